"""The breakpoints in the script, by the lines of the open text.

Owns the breakpoints, whether each one is verified, and their lines in each text that ran. It must
not know how they reach the kernel.

A breakpoint is on a line of the open text. It moves with the edits of its cell, and is set in each
text that contains this line: in functions that are older than the last run of their cell, too. Its
reason for not being verified is one sentence for the user.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, cast

from cellbridge.core.debug.open_text import OpenText, TextThatRan
from cellbridge.core.debug.stopping_lines import first_line_to_stop, line_to_stop
from cellbridge.core.runs.runs import Run
from cellbridge.kernel.queries.debugging import Breakpoint

FIRST_ID = 1_000_000
"""The ids of these breakpoints, from here on; pydevd counts those of other files from 0."""
LIMIT = 1000
"""Breakpoints in the script at most."""
PLACED_TEXTS = 1000
"""The texts, from the last one back, in which breakpoints are set."""
ENTRY_ID = FIRST_ID - 1
"""The id of the breakpoint at the first statement of a run."""

NOT_IN_A_CELL = "No cell with code has this line."
NO_CODE = "No code runs on this line, or below it in its cell."
NOT_RUN_YET = "This line runs with the next run of the cell."
REMOVED = "This line was removed. Remove the breakpoint, or set it on another line."
TOO_MANY = f"Only the first {LIMIT} breakpoints of a script are used."


@dataclass(slots=True)
class ScriptBreakpoint:
    """One breakpoint of the user."""

    id: int
    line: int
    """Its line in the open text, from 0."""
    condition: str = ""
    hit: str = ""
    log: str = ""
    stop: int | None = None
    """The line of the open text at which code stops for it; None if none does."""
    problem: str = ""
    """The reason why it is not verified."""

    @property
    def options(self) -> tuple[str, str, str]:
        """The condition, the condition on its hits, and the message to write."""
        return self.condition, self.hit, self.log


class ScriptBreakpoints:
    """The breakpoints in one script."""

    def __init__(self, script: str) -> None:
        self._path = self._script = script
        self._ids = itertools.count(FIRST_ID)
        self._all: list[ScriptBreakpoint] = []
        self._reported: dict[int, dict[str, Any]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def clear(self) -> None:
        """Remove all breakpoints."""
        self._all.clear()
        self._reported.clear()

    def replace(self, path: str, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Take the breakpoints of a ``setBreakpoints`` request in place of all earlier ones.

        ``path`` is the script's path as the client has it. One that is the same as before keeps its
        id, and so its count of hits.
        """
        self._path = path
        before = {(old.line, old.options): old.id for old in self._all}
        self._all = []
        for one in wanted:
            line = _whole_number(one.get("line"), 1) - 1
            condition, hit, log = (str(one.get(key) or "") for key in _OPTIONS)
            number = before.pop((line, (condition, hit, log)), None)
            number = next(self._ids) if number is None else number
            self._all.append(ScriptBreakpoint(number, line, condition, hit, log))
        self._reported.clear()

    def follow(self, before: OpenText, after: OpenText) -> None:
        """Move the breakpoints along with an edit."""
        for one in self._all:
            now = before.follow(after, one.line) if before else one.line
            if now is not None:
                one.line = now

    def check(self, text: OpenText, texts: Iterable[TextThatRan]) -> None:
        """Find the line at which each breakpoint stops, and whether it is verified."""
        ran = list(texts)
        for number, one in enumerate(self._all):
            one.stop, one.problem = _resolve(text, one.line) if text else (one.line, "")
            if number >= LIMIT:
                one.stop, one.problem = None, TOO_MANY
            elif one.stop is not None and not _has_run(text, ran, one.stop):
                one.problem = NOT_RUN_YET

    def describe(self) -> list[dict[str, Any]]:
        """Return all breakpoints as the Debug Adapter Protocol describes them, in order."""
        found = [self._describe(one) for one in self._all]
        self._reported = {one["id"]: one for one in found}
        return found

    def changes(self) -> list[dict[str, Any]]:
        """Return the breakpoints that have changed since they were last described."""
        before = self._reported
        return [one for one in self.describe() if before.get(one["id"], one) != one]

    def placed(self, text: OpenText, ran: TextThatRan) -> list[Breakpoint]:
        """Return the breakpoints in a text that ran, or is about to, for the kernel."""
        found: list[Breakpoint] = []
        for one in self._all:
            line = text.line_in(ran, one.stop) if one.stop is not None else None
            if line is not None:
                found.append(
                    {
                        "id": one.id,
                        "line": line + 1,
                        "condition": one.condition,
                        "hit": one.hit,
                        "log": one.log,
                    }
                )
        return found

    def lines(self, text: OpenText, first: int, last: int) -> list[int]:
        """Return the lines of the open text in a range at which code can stop."""
        found = {_resolve(text, line)[0] for line in range(first, min(last, first + 10_000) + 1)}
        return sorted(line for line in found if line is not None and first <= line <= last)

    def _describe(self, one: ScriptBreakpoint) -> dict[str, Any]:
        described: dict[str, Any] = {
            "id": one.id,
            "verified": not one.problem,
            "line": (one.line if one.stop is None else one.stop) + 1,
            "source": {"name": PurePath(self._path).name, "path": self._path},
        }
        return {**described, "message": one.problem} if one.problem else described


def entry_of(run: Run) -> Breakpoint | None:
    """Return the breakpoint that stops a run before its first statement; None without one."""
    line = first_line_to_stop(run.source)
    if line is None:
        return None
    number = run.origin.line + line + 1
    return {"id": ENTRY_ID, "line": number, "condition": "", "hit": "", "log": "", "once": True}


def _resolve(text: OpenText, line: int) -> tuple[int | None, str]:
    """Return the line at which code stops for a line, or None and the reason."""
    cell = text.cell_at(line) or text.cell_below(line)
    if cell is None:
        return None, NOT_IN_A_CELL
    found = line_to_stop(cell.source, max(0, line - cell.line))
    return (None, NO_CODE) if found is None else (cell.line + found, "")


def _has_run(text: OpenText, texts: Sequence[TextThatRan], line: int) -> bool:
    """Return False if the cell of a line has run, but without this line."""
    if not text:
        return True
    holders = [cell for cell in text.cells if 0 <= line - cell.line < len(text.keys(cell))]
    for ran in reversed(texts):
        cell = text.cell_of(ran)
        if cell is None or cell not in holders:
            continue
        if text.line_in(ran, line) is not None:
            return True
        if len(ran.lines) >= len(ran.origin_lines):  # A run of the cell, not of a part of it.
            return False
    return True


def _whole_number(value: object, otherwise: int) -> int:
    known = isinstance(value, int) and not isinstance(value, bool)
    return max(1, cast("int", value)) if known else otherwise


_OPTIONS = ("condition", "hitCondition", "logMessage")
