"""The merge of the kernel's and the analyser's candidates into one list.

Owns which candidates are the same, and their order. Pure: it must not wait for anything nor know
where the lists come from beyond each candidate's `Source`.

All candidates here are in the columns of one line. Sources disagree on how much of it a candidate
replaces: for ``np.me|`` a kernel may offer ``np.mean`` from column 0, jedi ``mean`` from column 3.
`align` makes these the same thing before they are compared, as it does with a key in quotes:

    column       0123456
    line         np.me|
    kernel       np.mean      start 0  ─┐
    jedi            mean      start 3  ─┴─▶  mean, start 3
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from cellbridge.core.code_info import Candidate, Source

LIMIT = 1_000
"""Candidates in one list. Beyond it the worst are left out and the list counts as incomplete."""

_QUOTES = ("'", '"')
_WORD_END = re.compile(r"\w*\Z")


def word_start(line: str, column: int) -> int:
    """Return where the word that ends at ``column`` begins; ``column`` if there is no word."""
    found = _WORD_END.search(line[:column])
    return found.start() if found else column


def align(candidate: Candidate, line: str, column: int, limit: int) -> Candidate:
    """Return ``candidate`` so that it repeats nothing of ``line`` before its word.

    ``limit`` is where the word that ends at ``column`` begins.
    """
    start, text = candidate.start, candidate.text
    if candidate.kind == "path" and text[-1:] in _QUOTES:
        # jedi closes the string behind a file's name; kernels leave that to the editor.
        return msgspec.structs.replace(candidate, text=text[:-1])
    if start == limit:
        return candidate
    repeated = line[start:limit]
    # Only what ends in a dot is a repetition; a magic's percent signs are its own.
    if repeated.endswith(".") and text.startswith(repeated) and len(text) > len(repeated):
        return msgspec.structs.replace(candidate, text=text[len(repeated) :], start=limit)
    quote = line[start : start + 1]
    if start < column and quote in _QUOTES and len(text) > 2 and text[0] == text[-1] == quote:
        # A key in quotes where one quote is typed: kernels and editors take the key alone.
        return msgspec.structs.replace(candidate, text=text[1:-1], start=start + 1)
    return candidate


def merge(
    live: Iterable[Candidate], static: Iterable[Candidate], line: str, column: int
) -> list[Candidate]:
    """Return the candidates of both lists once each, best first.

    The order: continuations of the typed word in its case, then in any case, then the rest; within
    these public names before private ones before ``__dunder__``s; parameters of the call at hand
    first, then the keys and fields of the object in their own order, then the other live
    candidates, then static ones; then by name.
    """
    limit = word_start(line, column)
    known: dict[tuple[str, int, int], Candidate] = {}
    for candidate in (*live, *static):
        aligned = candidate.start == limit and candidate.kind != "path"
        item = candidate if aligned else align(candidate, line, column, limit)
        key = (item.text, item.start, item.end)
        first = known.setdefault(key, item)
        if first is not item:
            known[key] = _fill_in(first, item)
    return _ordered(known.values(), line, column)


def limit_candidates(candidates: Sequence[Candidate]) -> tuple[list[Candidate], bool]:
    """Return at most `LIMIT` candidates, and whether some were left out."""
    return list(candidates[:LIMIT]), len(candidates) > LIMIT


def _fill_in(first: Candidate, second: Candidate) -> Candidate:
    """Return ``first`` with what only ``second`` knows."""
    return msgspec.structs.replace(
        first, kind=first.kind or second.kind, detail=first.detail or second.detail
    )


_UNORDERED, _GUESSED, _NO_PARAMETER, _PRIVATE, _DUNDER, _NEXT_CASE = 1, 2, 4, 8, 16, 32
"""The weights of what puts a candidate behind others; each is more than all before it."""
_LIVE = Source.LIVE


def _ordered(items: Iterable[Candidate], line: str, column: int) -> list[Candidate]:
    """Return candidates, of which no two are the same, in the order that `merge` documents."""
    found: list[tuple[int, int, str, str, int, int, Candidate]] = []
    start, typed, folded_typed = -1, "", ""
    for item in items:
        if item.start != start:
            start = item.start
            typed = line[start:column]
            folded_typed = typed.casefold()
        text = item.text
        folded = text.casefold()
        order = 0
        if typed and not text.startswith(typed):
            order = _NEXT_CASE if folded.startswith(folded_typed) else 2 * _NEXT_CASE
        if text[:1] == "_" and typed[:1] != "_":
            order += _DUNDER if text.startswith("__") else _PRIVATE
        if item.kind != "param":
            order += _NO_PARAMETER
        if item.source is not _LIVE:
            order += _GUESSED
        if not item.place:
            order += _UNORDERED
        found.append((order, item.place, folded, text, start, item.end, item))
    found.sort()
    return [entry[-1] for entry in found]
