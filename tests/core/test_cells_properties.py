"""Properties of cells for any text: lossless, incremental, never raising, ids unique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count, pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from cellbridge.core.document.cells import Cell, Cells, parse
from cellbridge.core.document.header import header_of
from cellbridge.core.document.identity import Roster, carry, recognise, same_prefix, same_suffix
from cellbridge.core.document.languages import PYTHON, Language, language_of
from cellbridge.core.document.magics import mask
from cellbridge.core.document.structure import folds, levels, links, outline
from cellbridge.core.document.text import Change, Position, Range, Text, line_edit
from support.any_text import CHANGE, SCRIPT, many

LANGUAGE = st.sampled_from(["a.py", "a.R", "a.ts", "a.jl", "a.ml", "a.m", "a.sql"]).map(language_of)
CHANGES = st.lists(CHANGE, max_size=6)


def key(cell: Cell) -> str:
    return cell.slice.rstrip()


def id_counter() -> Callable[[], str]:
    numbers = count()
    return lambda: f"new {next(numbers)}"


def apply(text: Text, cells: Cells, change: Change) -> tuple[Text, Cells]:
    after = text.apply(change)
    lines = line_edit(text, change, after)
    return after, cells.apply_edit(after, lines.first, lines.removed, lines.inserted)


@many
@given(SCRIPT, LANGUAGE)
def test_the_slices_joined_are_the_text(content: str, language: Language) -> None:
    cells = parse(Text.of(content), language)
    assert "".join(cell.slice for cell in cells) == content
    assert len(cells) >= 1
    assert [cell.has_marker for cell in cells][1:] == [True] * (len(cells) - 1)
    assert sum(len(cell.lines) for cell in cells) == cells.line_count


@many
@given(SCRIPT, CHANGES, LANGUAGE)
def test_edited_is_parsed_from_scratch(
    content: str, changes: list[Change], language: Language
) -> None:
    text = Text.of(content)
    cells = parse(text, language)
    for change in changes:
        before = cells
        text, cells = apply(text, cells, change)
        check_kept_ends(before, cells)
        scratch = parse(text, language)
        assert cells == scratch
        assert cells.reaches == scratch.reaches
        assert len({id(cell) for cell in cells}) == len(cells)
        assert list(cells.first_lines) == list(scratch.first_lines)


def check_kept_ends(before: Cells, after: Cells) -> None:
    """Check that one edit notes the ends that comparing all cells would find."""
    if before is not after and (kept := after.kept_ends(before)) is not None:
        head = same_prefix(before.cells, after.cells)
        assert kept == (head, same_suffix(before.cells, after.cells, head))
    assert after.kept_ends(parse(Text.of(""), after.language)) is None


@many
@given(SCRIPT, LANGUAGE)
def test_nothing_raises_and_places_are_inside(content: str, language: Language) -> None:
    text = Text.of(content)
    cells = parse(text, language)
    for index, cell in enumerate(cells):
        assert cell.title is not None
        assert cell.depth >= 0
        assert cell.tags is not None
        assert cell.metadata is not None
        assert cell.kind
        last = cell.last_code_line
        assert last is None or cell.marker_lines <= last < len(cell.lines)
        if cell.kind == "code":
            assert cell.source.count("\n") == len(cell.lines) - cell.body_offset - 1 or (
                len(cell.lines) == cell.body_offset and cell.source == ""
            )
        masked = mask(cell.source)
        assert len(masked) == len(cell.source)
        assert [k for k, c in enumerate(masked) if c == "\n"] == [
            k for k, c in enumerate(cell.source) if c == "\n"
        ]
        assert cells.at(cells.first_line(index)) == cells.at(cells.last_line(index)) == index
    header_of(cells[0].lines, cells.language)


@many
@given(SCRIPT, LANGUAGE, st.integers(0, 50), st.integers(0, 20))
def test_structure_nests(content: str, language: Language, line: int, column: int) -> None:
    text = Text.of(content)
    cells = parse(text, language)
    whole = Range(Position(0, 0), text.end)

    def inside(inner: Range, outer: Range) -> bool:
        return outer.start <= inner.start <= inner.end <= outer.end

    def check_symbols(symbols, around: Range) -> None:
        for symbol in symbols:
            assert symbol.name.strip()
            assert inside(symbol.range, around)
            assert inside(symbol.selection, symbol.range)
            assert text.clamp(symbol.selection.end) == symbol.selection.end
            check_symbols(symbol.children, symbol.range)

    check_symbols(outline(cells), whole)
    found = folds(cells)
    for one in found:
        assert 0 <= one.first < one.last < len(text.lines)
        for other in found:
            assert (
                one.first > other.last
                or other.first > one.last
                or one is other
                or ((one.first, -one.last) < (other.first, -other.last) and one.last >= other.last)
                or ((other.first, -other.last) < (one.first, -one.last) and other.last >= one.last)
            )
    assert len({fold.first for fold in found}) == len(found)
    grown = levels(cells, text.clamp(Position(line, column)))
    assert grown
    assert grown[-1] == whole
    assert all(inside(a, b) and a != b for a, b in pairwise(grown))
    for link in links(cells):
        assert text.slice(link.range) == link.target


@many
@given(SCRIPT, CHANGES)
def test_ids_are_unique_and_untouched_cells_keep_theirs(
    content: str, changes: list[Change]
) -> None:
    text = Text.of(content)
    cells = parse(text, PYTHON)
    make = id_counter()
    roster = Roster(cells, tuple(make() for _ in cells))
    for change in changes:
        text, after = apply(text, cells, change)
        known = {id(cell): given for cell, given in zip(cells, roster.ids, strict=True)}
        roster = roster.after(after, make)
        assert len(roster.ids) == len(after) == len(set(roster.ids))
        for cell, given_id in zip(after, roster.ids, strict=True):
            assert known.get(id(cell), given_id) == given_id
        gone = [name for name, _ in roster.departed]
        assert len(set(gone)) == len(gone)
        assert not set(gone) & set(roster.ids)
        cells = after


@many
@given(SCRIPT, SCRIPT)
def test_recognised_ids_are_unique_and_the_same_text_keeps_all(one: str, other: str) -> None:
    before, after = parse(Text.of(one), PYTHON), parse(Text.of(other), PYTHON)
    stored = [(f"id {k}", cell.slice) for k, cell in enumerate(before)]
    ids = recognise(stored, after, id_counter())
    assert len(set(ids)) == len(after)
    assert recognise(stored, before, id_counter()) == tuple(name for name, _ in stored)
    assert len(set(carry(before, [name for name, _ in stored], after, id_counter()))) == len(after)


@many
@given(SCRIPT, CHANGE)
def test_undo_gives_every_id_back(content: str, change: Change) -> None:
    text = Text.of(content)
    cells = parse(text, PYTHON)
    make = id_counter()
    roster = Roster(cells, tuple(make() for _ in cells))
    after, changed = apply(text, cells, change)
    restored, back = apply(after, changed, inverse(text, change, after))
    assert restored == text
    undone = roster.after(changed, make).after(back, make)
    # Where a cell had an equal one, before or after, the two may have changed places.
    one, other = Counter(map(key, cells)), Counter(map(key, changed))
    for name, cell, given_id in zip(roster.ids, back, undone.ids, strict=True):
        if one[key(cell)] == 1 and other[key(cell)] <= 1:
            assert given_id == name


def inverse(before: Text, change: Change, after: Text) -> Change:
    """Return the change an editor sends for an undo."""
    assert change.range is not None
    start = before.clamp(change.range.start)
    end = max(start, before.clamp(change.range.end))
    removed = before.slice(Range(start, end))
    low = before.offset(start)
    area = Range(position(after, low), position(after, low + len(change.text)))
    # No position is between the two halves of a line ending that the change joined.
    assume(after.offset(area.start) == low)
    assume(after.offset(area.end) == low + len(change.text))
    return Change(area, removed)


def position(text: Text, offset: int) -> Position:
    line = 0
    while line + 1 < len(text.lines) and offset >= len(text.lines[line]):
        offset -= len(text.lines[line])
        line += 1
    return Position(line, offset)
