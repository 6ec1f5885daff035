"""The breakpoints that the user has set by a command, for editors without a debugger.

Owns the breakpoints of the open documents, and their lines: they follow each edit, and are where
the debugger has put them. It must not know how code is debugged (stepping.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cellbridge.core.runs.parts import follow_part
from cellbridge.core.runs.runs import Part
from cellbridge.workspace.notebook import Notebook


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """One breakpoint."""

    line: int
    id: int | None = None
    """The debugger's number; None until it has received the breakpoint."""
    problem: str = ""
    """The reason for which the code does not stop there; empty if it does."""


class Breakpoints:
    """The breakpoints of all open documents."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[Breakpoint, ...]] = {}
        self._lines: dict[str, Sequence[str]] = {}
        """By document, the lines to which the breakpoints refer."""

    def of(self, notebook: Notebook) -> tuple[Breakpoint, ...]:
        """Return the breakpoints of a document, in line order."""
        return self._of.get(notebook.uri, ())

    def toggle(self, notebook: Notebook, line: int) -> bool:
        """Set a breakpoint, or remove it; return True if it is set now."""
        others = tuple(one for one in self.of(notebook) if one.line != line)
        is_new = len(others) == len(self.of(notebook))
        self._store(notebook, (*others, Breakpoint(line)) if is_new else others)
        return is_new

    def edited(self, notebook: Notebook) -> None:
        """Move the breakpoints of an edited document with its lines."""
        if (known := self.of(notebook)) and self._lines[notebook.uri] is not notebook.text.lines:
            moved = self._moved(known, self._lines[notebook.uri], notebook.text.lines)
            self._store(notebook, tuple(moved))

    def closed(self, uri: str) -> None:
        """Forget a closed document."""
        self._of.pop(uri, None)
        self._lines.pop(uri, None)

    def placed(self, notebook: Notebook, answers: Sequence[Mapping[str, Any]]) -> None:
        """Take the debugger's answer for each breakpoint: its number, and the line it moved to."""
        pairs = zip(self.of(notebook), answers, strict=False)
        self._store(notebook, tuple(_placed(one, answer) for one, answer in pairs))

    def changed(self, notebook: Notebook, answer: Mapping[str, Any]) -> bool:
        """Take the debugger's news of one breakpoint; return True if it is of this document."""
        known = self.of(notebook)
        news = tuple(
            _placed(one, answer) if one.id is not None and one.id == answer.get("id") else one
            for one in known
        )
        if news == known:
            return False
        self._store(notebook, news)
        return True

    def _store(self, notebook: Notebook, found: tuple[Breakpoint, ...]) -> None:
        by_line = {one.line: one for one in found}
        self._of[notebook.uri] = tuple(by_line[line] for line in sorted(by_line))
        self._lines[notebook.uri] = notebook.text.lines

    @staticmethod
    def _moved(
        known: Sequence[Breakpoint], before: Sequence[str], after: Sequence[str]
    ) -> Iterator[Breakpoint]:
        for one in known:
            now = follow_part(Part(one.line, one.line), before, after)
            if now is not None:
                yield replace(one, line=now.first)


def _placed(one: Breakpoint, answer: Mapping[str, Any]) -> Breakpoint:
    line, number = answer.get("line"), answer.get("id")
    return Breakpoint(
        line - 1 if isinstance(line, int) and line > 0 else one.line,
        number if isinstance(number, int) else one.id,
        "" if answer.get("verified") else str(answer.get("message") or "not reached by this code"),
    )
