"""Pairing cells of two versions of a document by their text.

Owns: the steps 2 to 5 of the rule that `identity` gives. It must not know ids.

All functions pair positions: a pair ``(2, 3)`` means that the cell at 2 is now at 3.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from cellbridge.core.equal_ends import equal_ends

from .cell import Cell

_SIMILAR = 0.5
"""Share of words (or of characters at either end) two texts must have in common."""
_LONGEST_TABLE = 250_000
"""Pairs compared in one table of `_in_order`; beyond it only texts that occur once are paired."""
_PAIR = 1_000_000_000
"""The weight of a pair in `_longest`, more than any sum of displacements."""
_WORDS = re.compile(r"\w+|[^\w\s]")


def text_key(cell: Cell) -> Hashable:
    """Return what two cells with equal text have in common: all but blank lines at the end."""
    return cell.slice.rstrip()


def _body_key(cell: Cell) -> Hashable:
    """The body's text; None if it is too short to identify a cell."""
    body = cell.body.strip()
    return body if len(body) >= 8 else None


def match_cells(old: Sequence[Cell], new: Sequence[Cell]) -> dict[int, int]:
    """Pair ``old`` with ``new`` by the rules 2 to 5; the result maps positions to positions."""
    pairs: dict[int, int] = {}
    for key in (text_key, _body_key):
        for step in (_in_order, match_anywhere):
            free_old = [at for at in range(len(old)) if at not in pairs]
            taken = set(pairs.values())
            free_new = [at for at in range(len(new)) if at not in taken]
            found = step([key(old[at]) for at in free_old], [key(new[at]) for at in free_new])
            pairs.update((free_old[at], free_new[to]) for at, to in found)
    pairs.update(_similar(old, new, pairs))
    return pairs


def _in_order(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Pair equal keys without crossing: equal ends, then texts that occur once, then a table."""
    low, tail = equal_ends(old, new)
    old_end, new_end = len(old) - tail, len(new) - tail
    pairs = [(at, at) for at in range(low)]
    pairs += [(old_end + at, new_end + at) for at in range(tail)]
    if (old_end - low) * (new_end - low) > _LONGEST_TABLE:
        pairs += _patience(old, new, range(low, old_end), range(low, new_end))
    else:
        pairs += _longest(old, new, range(low, old_end), range(low, new_end))
    return [(at, to) for at, to in pairs if old[at] is not None]


def _patience(
    old: Sequence[Hashable], new: Sequence[Hashable], in_old: range, in_new: range
) -> list[tuple[int, int]]:
    """Pair keys that occur once on either side, as many as do not cross."""
    once_old = Counter(old[at] for at in in_old)
    once_new = Counter(new[to] for to in in_new)
    place = {new[to]: to for to in in_new if once_new[new[to]] == 1}
    found = [(at, place[old[at]]) for at in in_old if once_old[old[at]] == 1 and old[at] in place]
    return _rising(found)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a longest subsequence of ``pairs`` whose second members rise."""
    tails: list[int] = []
    tops: list[int] = []
    previous: list[int] = []
    for number, (_, to) in enumerate(pairs):
        at = bisect_left(tails, to)
        if at == len(tails):
            tails.append(to)
            tops.append(number)
        else:
            tails[at], tops[at] = to, number
        previous.append(tops[at - 1] if at else -1)
    chain: list[tuple[int, int]] = []
    number = tops[-1] if tops else -1
    while number >= 0:
        chain.append(pairs[number])
        number = previous[number]
    return chain[::-1]


def _longest(
    old: Sequence[Hashable], new: Sequence[Hashable], in_old: range, in_new: range
) -> list[tuple[int, int]]:
    """Pair equal keys without crossing: as many as possible, and among those the least displaced.

    ``best[row][column]`` is the worth of the best pairing of what is left from there on.
    """
    height, width = len(in_old), len(in_new)
    best = [[0] * (width + 1) for _ in range(height + 1)]

    def pairing(row: int, column: int) -> int:
        key = old[in_old[row]]
        if key is None or key != new[in_new[column]]:
            return -1
        return best[row + 1][column + 1] + _PAIR - abs(row - column)

    for row in range(height - 1, -1, -1):
        here, below = best[row], best[row + 1]
        for column in range(width - 1, -1, -1):
            here[column] = max(below[column], here[column + 1], pairing(row, column))
    pairs: list[tuple[int, int]] = []
    row = column = 0
    while row < height and column < width:
        if best[row][column] == pairing(row, column):
            pairs.append((in_old[row], in_new[column]))
            row, column = row + 1, column + 1
        elif best[row][column] == best[row + 1][column]:
            row += 1
        else:
            column += 1
    return pairs


def match_anywhere(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Pair equal keys at any position, duplicates in order."""
    places: dict[Hashable, list[int]] = {}
    for to in range(len(new) - 1, -1, -1):
        places.setdefault(new[to], []).append(to)
    return [
        (at, places[key].pop()) for at, key in enumerate(old) if key is not None and places.get(key)
    ]


def _similar(old: Sequence[Cell], new: Sequence[Cell], pairs: dict[int, int]) -> dict[int, int]:
    """Rule 5: pair what is left between pairs that do not cross."""
    found: dict[int, int] = {}
    anchors = _rising(sorted(pairs.items()))
    taken = set(pairs.values())
    last_old = last_new = -1
    for stop_old, stop_new in (*anchors, (len(old), len(new))):
        left = [at for at in range(last_old + 1, stop_old) if at not in pairs]
        right = [to for to in range(last_new + 1, stop_new) if to not in taken]
        found.update(_best(old, new, _candidates(left, right)))
        last_old, last_new = stop_old, stop_new
    return found


def _candidates(left: Sequence[int], right: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Name the pairs worth comparing: all in a small gap, near ones in a large one."""
    if len(left) * len(right) <= 400:
        return [(at, to) for at in left for to in right]
    ratio = len(right) / len(left)
    near: list[tuple[int, int]] = []
    for number, at in enumerate(left):
        middle = int(number * ratio)
        near += [(at, right[k]) for k in range(max(0, middle - 3), min(len(right), middle + 4))]
    return near


def _best(
    old: Sequence[Cell], new: Sequence[Cell], candidates: Iterable[tuple[int, int]]
) -> dict[int, int]:
    """Pair the most similar first."""
    scored = sorted(
        ((_likeness(old[at], new[to]), at, to) for at, to in candidates),
        key=lambda entry: (-entry[0], entry[1], entry[2]),
    )
    found: dict[int, int] = {}
    taken: set[int] = set()
    for score, at, to in scored:
        if score < _SIMILAR:
            break
        if at not in found and to not in taken:
            found[at] = to
            taken.add(to)
    return found


def _likeness(old: Cell, new: Cell) -> float:
    """Weigh how likely ``new`` is what became of ``old``; from `_SIMILAR` on it is taken to be."""
    score = similarity(old.body.strip(), new.body.strip())
    return score + 0.5 if old.title and old.title == new.title else score


def similarity(one: str, other: str) -> float:
    """Return how much two texts have in common, from 0 to 1.

    The larger of two measures: what both begin and end with, and the words they share. The first
    sees typing in a long line, the second sees lines that moved.
    """
    longer = max(len(one), len(other))
    if longer == 0:
        return 1.0
    head, tail = equal_ends(one, other)
    mine, theirs = Counter(_WORDS.findall(one)), Counter(_WORDS.findall(other))
    total = mine.total() + theirs.total()
    shared = 2 * (mine & theirs).total() / total if total else 0.0
    return max((head + tail) / longer, shared)
