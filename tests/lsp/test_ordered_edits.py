"""Edits that arrive in another order than the editor made them."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

from cellbridge.core.document.text import Change, PositionEncoding, Text
from cellbridge.lsp.ordered_edits import KEPT, OrderedEdits, difference
from cellbridge.lsp.positions import Converter
from support.any_text import CHANGE, SCRIPT, many

CONVERT = Converter(PositionEncoding.UTF16)
Event = lsp.TextDocumentContentChangePartial


def typed(line: int, column: int, text: str) -> Event:
    here = lsp.Position(line, column)
    return Event(lsp.Range(here, here), text)


def received(content: str, arriving: list[tuple[int, list[Event]]], opened: int = 0) -> Text:
    """Return the text after edits have arrived."""
    text, edits = Text.of(content), OrderedEdits(opened)
    for version, events in arriving:
        text = taken(edits, text, version, events)
    assert not arriving or edits.version == max(version for version, _ in arriving)
    return text


def taken(edits: OrderedEdits, text: Text, version: int, events: list[Event]) -> Text:
    """Return the text with an edit, by the changes that are reported for it."""
    for change in edits.take(CONVERT, text, version, events):
        text = text.apply(change)
    return text


WORD = [(1, [typed(0, 5, "\n")]), (2, [typed(1, 0, "a")]), (3, [typed(1, 1, "b")])]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_word_typed_on_a_new_line_is_whole_in_whatever_order_its_letters_come(
    order: tuple[int, ...],
) -> None:
    assert received("above", [WORD[at] for at in order]).content == "above\nab"


def test_versions_need_not_follow_each_other() -> None:
    assert received("", [(5, [typed(0, 0, "a")]), (9, [typed(0, 1, "b")])]).content == "ab"


def test_the_same_version_again_comes_as_it_comes() -> None:
    same = [(0, [typed(0, 0, "a")]), (0, [typed(0, 0, "b")]), (0, [typed(0, 0, "c")])]
    assert received("", same).content == "cba"


def test_an_editor_that_counts_anew_is_followed() -> None:
    counted = [(7, [typed(0, 0, "a")]), (1, [typed(0, 0, "b")]), (2, [typed(0, 0, "c")])]
    text, edits = Text.of(""), OrderedEdits(6)
    for version, events in counted:
        text = taken(edits, text, version, events)
    assert (text.content, edits.version) == ("cba", 2)


def test_what_comes_later_than_all_that_is_kept_comes_as_it_comes() -> None:
    many_others = [(2 + at, [typed(0, 0, "x")]) for at in range(KEPT + 1)]
    text, edits = Text.of(""), OrderedEdits(0)
    for version, events in [*many_others, (1, [typed(0, 0, "late")])]:
        text = taken(edits, text, version, events)
    assert text.content == "late" + "x" * (KEPT + 1)


@many
@given(SCRIPT, st.lists(CHANGE, max_size=KEPT), st.randoms(use_true_random=False))
def test_any_edits_in_any_order_come_to_what_the_editor_has(
    content: str, changes: list[Change], random: Random
) -> None:
    text, sent = Text.of(content), list[tuple[int, list[Event]]]()
    for version, change in enumerate(changes, 1):
        assert change.range is not None
        sent.append((version, [Event(CONVERT.to_range(text, change.range), change.text)]))
        text = text.apply(Change(CONVERT.from_range(text, sent[-1][1][0].range), change.text))
    random.shuffle(sent)
    assert received(content, sent) == text


@many
@given(SCRIPT, SCRIPT)
def test_a_difference_leads_from_one_text_to_the_other(old: str, new: str) -> None:
    before, after = Text.of(old), Text.of(new)
    assert before.apply(difference(before, after)) == after
