"""The LSP completion list of candidates, ready to be encoded.

Owns the format of completion lists. It must not import lsprotocol, because the first list may be
sent before that is imported (startup_requests.py), and a thousand items are too slow as objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from cellbridge.analysis.completion import CompletionList
from cellbridge.analysis.completion_merge import LIMIT
from cellbridge.analysis.sources import CursorQuery
from cellbridge.core.code_info import Candidate
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
_SORT_TEXTS = tuple(f"{at:0{len(str(LIMIT - 1))}}" for at in range(LIMIT))
"""For each place in a list, the text by which editors sort the items."""


class _Item(msgspec.Struct, omit_defaults=True, gc=False):
    """A ``CompletionItem``: encoded in half the time of a dict."""

    label: str
    sortText: str  # noqa: N815 (the specification's name, as below)
    kind: int = 0
    detail: str = ""
    data: int | None = None
    textEdit: dict[str, Any] | None = None  # noqa: N815


@dataclass(frozen=True, slots=True)
class ListFormat:
    """The format of completion lists for one editor."""

    encoding: PositionEncoding
    defaults: frozenset[str]
    """The properties that can be given once for all items: ``editRange``, ``data``."""

    def render(self, question: CursorQuery, found: CompletionList, number: int) -> dict[str, Any]:
        """Return the list for `message_bodies.encode`; see `candidate_of` for ``number``."""
        ranges: dict[tuple[int, int], dict[str, Any]] = {}

        def area(span: tuple[int, int]) -> dict[str, Any]:
            if span not in ranges:
                columns = (to_units(question.line_text, at, self.encoding) for at in span)
                start, end = ({"line": question.line, "character": column} for column in columns)
                ranges[span] = {"start": start, "end": end}
            return ranges[span]

        defaults: dict[str, Any] = {}
        common = (-1, -1)
        if found.items and "editRange" in self.defaults:
            common = found.items[0].start, found.items[0].end
            defaults["editRange"] = area(common)
        if found.items and "data" in self.defaults:
            defaults["data"] = number
        each = None if "data" in defaults else number
        items: list[_Item] = []
        for sort_text, one in zip(_SORT_TEXTS, found.items, strict=False):
            item = _Item(one.text, sort_text, _KINDS.get(one.kind, 0), one.detail, each)
            if (one.start, one.end) != common:
                item.textEdit = {"range": area((one.start, one.end)), "newText": one.text}
            items.append(item)
        shared = {"itemDefaults": defaults} if defaults else {}
        return {"isIncomplete": found.incomplete, **shared, "items": items}


def candidate_of(items: Sequence[Candidate], label: str, sort_text: str | None) -> Candidate | None:
    """Return the candidate of a sent item. The number of its list is the item's ``data``."""
    at = int(sort_text) if sort_text and sort_text.isdecimal() else -1
    if 0 <= at < len(items) and items[at].text == label:
        return items[at]
    return next((one for one in items if one.text == label), None)
