"""Completion lists as they are sent, and the candidates of items that come back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cellbridge.analysis.completion import CompletionList
from cellbridge.analysis.sources import CursorQuery
from cellbridge.base_protocol.message_bodies import encode
from cellbridge.core.code_info import Candidate
from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import PositionEncoding, Text
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.lsp.completion_list import ListFormat, candidate_of

LINE = "é.pa"
CANDIDATES = [
    Candidate("pay", 2, 4, "function", "(amount)"),
    Candidate("é.pay", 0, 4),
    Candidate("pay", 3, 4),
]


def sent(*defaults: str, candidates: list[Candidate] = CANDIDATES) -> dict[str, Any]:
    """Return a list as an editor receives it, which takes these properties for all items."""
    text = Text.of(LINE)
    names = ScriptNames.of(parse(text, PYTHON))
    question = CursorQuery(text, lambda: names, 0, 4, None, LINE, 4, LINE)
    form = ListFormat(PositionEncoding.UTF8, frozenset(defaults))
    answer = form.render(question, CompletionList(candidates, incomplete=False), 7)
    return json.loads(encode(answer))


def area(start: int, end: int) -> dict[str, Any]:
    return {"start": {"line": 0, "character": start}, "end": {"line": 0, "character": end}}


def test_a_plain_list_has_all_in_its_items() -> None:
    answer = sent()
    assert "itemDefaults" not in answer
    assert answer["items"][0] == {
        "label": "pay",
        "sortText": "000",
        "kind": 3,
        "detail": "(amount)",
        "data": 7,
        "textEdit": {"range": area(3, 5), "newText": "pay"},
    }


def test_what_all_items_share_is_sent_once() -> None:
    answer = sent("editRange", "data", "commitCharacters")
    assert answer["itemDefaults"] == {"editRange": area(3, 5), "data": 7}
    first, second, _ = answer["items"]
    assert first == {"label": "pay", "sortText": "000", "kind": 3, "detail": "(amount)"}
    assert second["textEdit"] == {"range": area(0, 5), "newText": "é.pay"}


def test_a_lone_surrogate_is_sent() -> None:
    answer = sent(candidates=[Candidate("\ud800", 2, 4)])
    assert [item["label"] for item in answer["items"]] == ["\ud800"]


def test_items_have_the_order_of_the_candidates() -> None:
    many = [Candidate(f"name_{number}", 2, 4) for number in range(1000)]
    labels = [item["label"] for item in sorted(sent(candidates=many)["items"], key=by_sort_text)]
    assert labels == [one.text for one in many]


def by_sort_text(item: dict[str, Any]) -> str:
    return item["sortText"]


@pytest.mark.parametrize(
    ("label", "sort_text", "index"),
    [
        ("pay", "000", 0),
        ("pay", "002", 2),
        ("é.pay", "001", 1),
        # Some editors replace the property by one of their own.
        ("é.pay", None, 1),
        ("é.pay", "the editor's", 1),
        ("pay", "9999", 0),
        ("pay", "²", 0),
    ],
)
def test_the_candidate_of_an_item_is_found(label: str, sort_text: str | None, index: int) -> None:
    assert candidate_of(CANDIDATES, label, sort_text) is CANDIDATES[index]


def test_an_item_of_another_list_has_no_candidate() -> None:
    assert candidate_of(CANDIDATES, "other", "000") is None
