"""The LSP completion list of candidates, as plain JSON.

Owns the format of completion lists. It must not import lsprotocol, because the first list may be
sent before that is imported (startup_requests.py), and a thousand items are too slow as objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cellbridge.analysis.completion import CompletionList
from cellbridge.analysis.sources import CursorQuery
from cellbridge.core.document.text import PositionEncoding, to_units

_KINDS = {
    "function": 3,
    "class": 7,
    "module": 9,
    "instance": 6,
    "statement": 6,
    "keyword": 14,
    "path": 17,
    "magic": 23,
    "param": 6,
    "property": 10,
    "key": 5,
    "field": 5,
}
"""``CompletionItemKind`` of the specification."""


@dataclass(frozen=True, slots=True)
class ListFormat:
    """The format of completion lists for one editor."""

    encoding: PositionEncoding
    edit_range_defaults: bool
    """True if the range that most items replace can be given once."""

    def render(self, question: CursorQuery, found: CompletionList, number: int) -> dict[str, Any]:
        """Return the list as JSON; ``number`` identifies it when an item is resolved."""
        ranges: dict[tuple[int, int], dict[str, Any]] = {}

        def area(span: tuple[int, int]) -> dict[str, Any]:
            if span not in ranges:
                columns = (to_units(question.line_text, at, self.encoding) for at in span)
                start, end = ({"line": question.line, "character": column} for column in columns)
                ranges[span] = {"start": start, "end": end}
            return ranges[span]

        answer: dict[str, Any] = {"isIncomplete": found.incomplete}
        common = (-1, -1)
        if found.items and self.edit_range_defaults:
            common = found.items[0].start, found.items[0].end
            answer["itemDefaults"] = {"editRange": area(common)}
        items: list[dict[str, Any]] = []
        for at, candidate in enumerate(found.items):
            text, span = candidate.text, (candidate.start, candidate.end)
            item: dict[str, Any] = {"label": text, "sortText": f"{at:05}", "data": (number, at)}
            if span != common:
                item["textEdit"] = {"range": area(span), "newText": text}
            if kind := _KINDS.get(candidate.kind):
                item["kind"] = kind
            if candidate.detail:
                item["detail"] = candidate.detail
            items.append(item)
        return {**answer, "items": items}
