"""The engine's copy of a document: edits, positions, and answers in its units."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.analysis.engine import answers
from cellbridge.analysis.engine.documents import EngineDocument, plain_lines, smallest_edit
from cellbridge.core.code_info import Candidate, Signature
from cellbridge.core.document.text import (
    Change,
    Position,
    PositionEncoding,
    Range,
    Text,
    from_units,
)

LINES = st.lists(st.sampled_from(["", "a", "b = 1", "é𠮷 = 2", "x" * 9]), min_size=1, max_size=9)
ENCODINGS = st.sampled_from([PositionEncoding.UTF16, PositionEncoding.UTF32])


@given(LINES, LINES, ENCODINGS)
def test_the_edit_makes_one_text_of_the_other(
    before: list[str], after: list[str], encoding: PositionEncoding
) -> None:
    edit = smallest_edit(before, after, encoding)

    def place(of: dict[str, int]) -> Position:
        column = from_units(before[of["line"]], of["character"], encoding)
        return Position(of["line"], column)

    area = Range(place(edit["range"]["start"]), place(edit["range"]["end"]))
    changed = Text.of("\n".join(before)).apply(Change(area, edit["text"]))
    assert changed.content == "\n".join(after)


def test_an_edit_of_one_line_sends_one_line() -> None:
    document = EngineDocument("file:///a", PositionEncoding.UTF16, "a\n𠮷b\nc")
    change = document.change(["a", "𠮷bc", "c"], incremental=True)
    assert change == {
        "textDocument": {"uri": "file:///a", "version": 2},
        "contentChanges": [
            {
                "range": {
                    "start": {"line": 1, "character": 0},
                    "end": {"line": 1, "character": 3},
                },
                "text": "𠮷bc",
            }
        ],
    }
    assert document.change(["a", "𠮷bc", "c"], incremental=True) is None
    assert document.change(["x"], incremental=False) == {
        "textDocument": {"uri": "file:///a", "version": 3},
        "contentChanges": [{"text": "x"}],
    }


@given(st.lists(st.sampled_from(["a", "\f", "\r", "\n", "\r\n", "\u2028"])).map("".join))
def test_lines_are_those_of_the_document(content: str) -> None:
    text = Text.of(content)
    assert plain_lines(content) == [text.line(number) for number in range(len(text.lines))]


def completed(line: str, column: int, *items: dict[str, Any], **more: Any) -> list[Candidate]:
    document = EngineDocument("file:///a", PositionEncoding.UTF16, line)
    found: Any = {"items": list(items), **more} if more else list(items)
    return answers.completions(json.dumps(found).encode(), document, 0, column).items


def test_candidates_replace_the_typed_word() -> None:
    def edit(text: str, start: int, end: int) -> dict[str, Any]:
        ends = ({"line": 0, "character": at} for at in (start, end))
        first, last = ends
        return {"newText": text, "range": {"start": first, "end": last}}

    other = {"label": "an import", "textEdit": edit("imp", 4, 7), "additionalTextEdits": [{}]}
    found = completed(
        "𠮷 = imp",
        7,
        {"label": "impact", "kind": 3, "detail": "\n(a)\nmore"},
        {"label": "import (…)", "kind": 14, "textEdit": edit("import", 5, 8)},
        {"label": "impl=", "kind": 6},
        {"label": "nothing"},
        other,
    )
    assert found == [
        Candidate("impact", 4, 7, "function", "(a)"),
        Candidate("import", 4, 7, "keyword"),
        Candidate("impl=", 4, 7, "param"),
    ]
    assert completed("", 0, isIncomplete=True) == []


@pytest.mark.parametrize(
    ("contents", "shown"),
    [
        ("text", "text"),
        ({"kind": "markdown", "value": "a [b](command:c)"}, "a [b]\u2060(command:c)"),
        ({"kind": "plaintext", "value": "a ``` b"}, "```text\na ` ` ` b\n```"),
        ([{"language": "python", "value": "f()"}, "doc"], "```python\nf()\n```\n\ndoc"),
        ("", None),
    ],
)
def test_a_hover_is_markdown_that_runs_nothing(contents: Any, shown: str | None) -> None:
    found = answers.inspection(json.dumps({"contents": contents}).encode())
    assert found.data.get("text/markdown") == shown


def test_the_parameters_of_a_signature_are_found_by_place_or_by_text() -> None:
    signatures = [
        {"label": "g()"},
        {
            "label": "𠮷(a, ab)",
            "documentation": {"kind": "markdown", "value": "doc"},
            "parameters": [{"label": [3, 4]}, {"label": "ab"}],
        },
    ]
    answer = {"signatures": signatures, "activeSignature": 1, "activeParameter": 1}
    found = answers.signatures(json.dumps(answer).encode()).items
    assert found == [Signature("𠮷(a, ab)", [(2, 3), (5, 7)], 1, "doc"), Signature("g()", [])]
    assert answers.signatures(b"null").items == []


def test_only_files_are_places() -> None:
    area = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 2}}
    document = EngineDocument("file:///a/b.py", PositionEncoding.UTF16, "x\n𠮷 = 1")
    answer = [
        {"uri": "file:///a/b.py", "range": area},
        {"targetUri": "file:///a/%20c.py", "targetSelectionRange": area, "targetRange": area},
        {"uri": "vendored://x/y.py", "range": area},
    ]
    found = answers.locations(json.dumps(answer).encode(), document, "word")
    assert [(one.path, one.line, one.column, one.name) for one in found] == [
        (None, 1, 0, "𠮷"),
        ("/a/ c.py", 1, 0, "word"),
    ]
    assert answers.word_at("a.word_1 = 2", 4) == "word_1"
