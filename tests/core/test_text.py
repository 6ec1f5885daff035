"""Positions, changes and units against the most naive implementations of the same rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.document.text import (
    Change,
    Position,
    PositionEncoding,
    Range,
    Text,
    from_units,
    split_lines,
    to_units,
    without_ending,
)

ENDINGS = ("\r\n", "\n", "\r")
CONTENT = st.text(st.sampled_from("ab\r\n\x0b\x0c\x1c\x85\u2028é漢😀"), max_size=40)
LINE = st.text(st.sampled_from("aé漢😀\ud800\u0301"), max_size=20)
POSITION = st.builds(Position, st.integers(0, 12), st.integers(0, 12))
ENCODING = st.sampled_from(PositionEncoding)


def naive_lines(content: str) -> list[str]:
    """Split as the protocol defines it, one character at a time."""
    lines = [""]
    at = 0
    while at < len(content):
        ending = next((mark for mark in ENDINGS if content.startswith(mark, at)), "")
        lines[-1] += ending or content[at]
        at += len(ending) or 1
        if ending:
            lines.append("")
    return lines


def naive_offset(content: str, position: Position) -> int:
    lines = naive_lines(content)
    if position.line >= len(lines):
        return len(content)
    width = len(lines[position.line].rstrip("\r\n"))
    return sum(map(len, lines[: position.line])) + min(position.column, width)


@given(CONTENT)
def test_lines_are_the_protocols(content: str) -> None:
    assert list(split_lines(content)) == naive_lines(content)
    assert Text.of(content).content == content


@given(CONTENT, POSITION, POSITION, CONTENT)
def test_a_change_is_what_it_is_on_the_whole_content(
    content: str, one: Position, other: Position, inserted: str
) -> None:
    start, end = sorted((one, other))
    low, high = naive_offset(content, start), naive_offset(content, end)
    expected = content[:low] + inserted + content[high:]
    text = Text.of(content).apply(Change(Range(start, end), inserted))
    assert text.content == expected
    assert text.lines == split_lines(expected)


@given(CONTENT, st.lists(st.tuples(POSITION, POSITION, CONTENT), max_size=5))
def test_changes_one_after_the_other(
    content: str, changes: list[tuple[Position, Position, str]]
) -> None:
    text = Text.of(content)
    for one, other, inserted in changes:
        start, end = sorted((one, other))
        before = text.content
        low, high = naive_offset(before, start), naive_offset(before, end)
        text = text.apply(Change(Range(start, end), inserted))
        assert text.content == before[:low] + inserted + before[high:]
    assert text.lines == split_lines(text.content)


def test_a_change_without_a_range_replaces_all() -> None:
    assert Text.of("a\nb").apply(Change(None, "c\r\nd")).lines == ["c\r\n", "d"]


def test_a_range_that_runs_backwards_inserts_at_its_start() -> None:
    change = Change(Range(Position(0, 2), Position(0, 1)), "x")
    assert Text.of("abc").apply(change).content == "abxc"


@given(CONTENT, POSITION)
def test_offset_and_slice_agree_with_the_content(content: str, position: Position) -> None:
    text = Text.of(content)
    offset = naive_offset(content, position)
    assert text.offset(position) == offset
    start = Position(0, 0)
    assert text.slice(Range(start, position)) == content[:offset]
    assert text.slice(Range(position, text.end)) == content[offset:]


@pytest.mark.parametrize("line", ["a", "a\n", "a\r", "a\r\n", "a \x0c\n", "", "\n"])
def test_without_ending_takes_only_the_ending(line: str) -> None:
    assert without_ending(line) == line.rstrip("\r\n")


def naive_units(text: str, encoding: PositionEncoding) -> int:
    if encoding is PositionEncoding.UTF32:
        return len(text)
    codec = "utf-8" if encoding is PositionEncoding.UTF8 else "utf-16-le"
    width = 1 if encoding is PositionEncoding.UTF8 else 2
    return len(text.encode(codec, "surrogatepass")) // width


@given(LINE, st.integers(0, 25), ENCODING)
def test_units_are_what_the_codec_writes(
    line: str, column: int, encoding: PositionEncoding
) -> None:
    assert to_units(line, column, encoding) == naive_units(line[:column], encoding)


@given(LINE, st.integers(-3, 80), ENCODING)
def test_a_column_in_units_is_the_last_character_it_reaches(
    line: str, units: int, encoding: PositionEncoding
) -> None:
    reached = [k for k in range(len(line) + 1) if naive_units(line[:k], encoding) <= units]
    assert from_units(line, units, encoding) == max(reached, default=0)


@given(LINE, st.integers(0, 20), ENCODING)
def test_there_and_back(line: str, column: int, encoding: PositionEncoding) -> None:
    column = min(column, len(line))
    assert from_units(line, to_units(line, column, encoding), encoding) == column
