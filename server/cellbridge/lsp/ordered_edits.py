"""The edits of a document in the order of their versions, even if they arrive in another order.

Owns the last edits, with which a late edit is applied at its correct place. It must not know cells.

In LSP 3.17 versions increase with each change. If an editor sends from several threads, like Helix
25.01, a later change can overtake an earlier one on a busy machine. Applied in the order of
arrival, they would make the server's text differ from the editor's from then on:

    arrives          3  1  4  2          texts before them are kept
    applied          3
                     1 3
                     1 3 4
                     1 2 3 4

Bound: the last `KEPT` edits; an edit that arrives after more later edits is applied when it
arrives. So is an edit with a repeated version, or with a version older than all stored ones,
because an editor may number versions in any way.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lsprotocol import types as lsp

from cellbridge.core.document.text import Change, Position, Range, Text
from cellbridge.core.equal_ends import equal_ends
from cellbridge.lsp.positions import Converter

KEPT = 16
"""The number of stored edits, each with the text before it; the texts share most of their lines.
"""

Events = Sequence[lsp.TextDocumentContentChangeEvent]


class _Edit(NamedTuple):
    version: int
    before: Text
    events: Events


@dataclass(slots=True)
class OrderedEdits:
    """The last edits of one document that was opened with ``version``."""

    version: int
    """The highest applied version; the editor's version once all edits have arrived."""
    _last: list[_Edit] = field(default_factory=list[_Edit])
    _floor: int = field(init=False)
    """The version of the text before the first stored edit."""

    def __post_init__(self) -> None:
        self._floor = self.version

    def take(self, convert: Converter, text: Text, version: int, events: Events) -> list[Change]:
        """Return the changes that convert ``text`` to the text with an edit."""
        known = [edit.version for edit in self._last]
        if not (self._floor < version < self.version) or version in known:
            return self._follow(convert, text, version, events)
        at = bisect(known, version)
        later = self._last[at:]
        del self._last[at:]
        right = later[0].before
        for edit in (_Edit(version, right, events), *later):
            self._last.append(edit._replace(before=right))
            right = _applied(right, convert.changes(right, edit.events))
        self._forget()
        return [difference(text, right)]

    def _follow(self, convert: Converter, text: Text, version: int, events: Events) -> list[Change]:
        """Apply an edit that arrives in order, or whose order is unknown."""
        if version < self.version:
            self._last.clear()
            self._floor = version - 1
        self._last.append(_Edit(version, text, events))
        self.version = version
        self._forget()
        return convert.changes(text, events)

    def _forget(self) -> None:
        for edit in self._last[:-KEPT]:
            self._floor = edit.version
        del self._last[:-KEPT]


def difference(old: Text, new: Text) -> Change:
    """Return one change, of whole lines, that converts ``old`` to ``new``."""
    before, after = old.lines, new.lines
    first, last = equal_ends(before, after)
    area = Range(Position(first, 0), Position(len(before) - last, 0))
    return Change(area, "".join(after[first : len(after) - last]))


def _applied(text: Text, changes: Sequence[Change]) -> Text:
    for change in changes:
        text = text.apply(change)
    return text
