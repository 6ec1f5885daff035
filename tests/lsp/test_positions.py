"""Positions between the editor's units and ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

from cellbridge.core.document.text import Position, PositionEncoding, Range, Text
from cellbridge.lsp.positions import Converter

ENCODINGS = st.sampled_from(list(PositionEncoding))
CONTENT = st.text(st.sampled_from("aé😀\n\r\f\u2028"), max_size=30)


@given(CONTENT, ENCODINGS, st.integers(0, 40), st.integers(0, 40))
def test_there_and_back_is_the_same_place(
    content: str, encoding: PositionEncoding, line: int, column: int
) -> None:
    text, convert = Text.of(content), Converter(encoding)
    place = text.clamp(Position(line, column))
    assert convert.from_position(text, convert.to_position(text, place)) == place


@given(CONTENT, ENCODINGS, st.integers(0, 40), st.integers(0, 40))
def test_places_outside_the_text_are_clamped(
    content: str, encoding: PositionEncoding, line: int, character: int
) -> None:
    text, convert = Text.of(content), Converter(encoding)
    place = convert.from_position(text, lsp.Position(line, character))
    assert place == text.clamp(place)


def test_a_range_written_backwards_is_turned_round() -> None:
    text, convert = Text.of("one\ntwo\n"), Converter(PositionEncoding.UTF16)
    backwards = lsp.Range(lsp.Position(1, 2), lsp.Position(0, 1))
    assert convert.from_range(text, backwards) == Range(Position(0, 1), Position(1, 2))


@pytest.mark.parametrize("encoding", PositionEncoding)
def test_each_edit_counts_in_the_text_that_the_one_before_left(encoding: PositionEncoding) -> None:
    text, convert = Text.of("😀b\n"), Converter(encoding)
    wide = {"utf-8": 4, "utf-16": 2, "utf-32": 1}[encoding]
    events: list[lsp.TextDocumentContentChangeEvent] = [
        lsp.TextDocumentContentChangePartial(at(0, wide, wide), "😀"),
        lsp.TextDocumentContentChangePartial(at(0, 2 * wide, 2 * wide + 1), "c"),
        lsp.TextDocumentContentChangePartial(at(0, 0, wide), ""),
    ]
    for change in convert.changes(text, events):
        text = text.apply(change)
    assert text.content == "😀c\n"
    (whole,) = convert.changes(text, [lsp.TextDocumentContentChangeWholeDocument("x")])
    assert text.apply(whole).content == "x"


def at(line: int, first: int, last: int) -> lsp.Range:
    return lsp.Range(lsp.Position(line, first), lsp.Position(line, last))
