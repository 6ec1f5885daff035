"""The open text of a script, and the way from its lines to the texts that ran and back.

Owns the mapping of lines. It must not know breakpoints, frames, or how a text is run.

A text that ran belongs to a cell. Its lines are followed through the edits of that cell by the same
rule as in tracebacks (core/runs/parts.py). Indentation does not count: the lines of a cell
inside a block, and selected lines, run without it.

    open text          cell c, from line 4      the text that ran, from line 2
    4  x = 1           0  x = 1                 2  x = 1
    5  print(x)        1  print(x)              3  y = x * 2
    6  y = x * 2       2  y = x * 2

Line 6 of the open text is line 3 of the text that ran, and line 5 is nowhere in it.

All lines count from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cellbridge.core.runs.debug_status import TextCell
from cellbridge.core.runs.parts import follow_line, follow_part
from cellbridge.core.runs.runs import Part, Run


@dataclass(frozen=True)
class TextThatRan:
    """The text of a run, in the lines of the file that Python has it in."""

    path: str
    """The file name of its code; empty before it has run."""
    script: str
    first: int
    """The line of the file of the first line of the text: its line in the script at the run."""
    cell: str
    """The id of the cell."""
    text: str
    """The text as Python compiled it, without the end of its last line."""
    run: str = ""
    """The id of the message that carried it."""
    before: tuple[str, ...] = ()
    """The lines of the script, at the run, of which `text` is a part; empty if not known."""
    offset: int = 0
    """The index in `before` of the first line of `text`."""

    @classmethod
    def of_run(cls, run: Run, path: str = "", text: str | None = None) -> TextThatRan:
        """Return the text of a run; ``text`` is the text that Python compiled, if it is known."""
        part, source = run.part, run.source
        return cls(
            path=path,
            script=run.origin.path,
            first=run.origin.line,
            cell=run.cell_id,
            text=source if text is None else text,
            run=run.message,
            before=_keys(source if part is None else run.cell_source),
            offset=0 if part is None else part.first,
        )

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the text."""
        return tuple(self.text.split("\n"))

    @cached_property
    def origin_lines(self) -> tuple[str, ...]:
        """The lines of the script that contain the text, without their indentation."""
        return self.before or tuple(line.strip() for line in self.lines)

    def line(self, number: int) -> str:
        """Return a line of the file; empty outside the text."""
        at = number - self.first
        return self.lines[at] if 0 <= at < len(self.lines) else ""


class OpenText:
    """The cells of the open text."""

    def __init__(self, cells: Sequence[TextCell] = ()) -> None:
        self.cells = tuple(cells)
        self._by_id = {cell.id: cell for cell in reversed(self.cells)}
        self._keys: dict[str, tuple[str, ...]] = {}

    def __bool__(self) -> bool:
        """Return True if a client has sent the text."""
        return bool(self.cells)

    def cell(self, cell_id: str) -> TextCell | None:
        """Return the cell of an id."""
        return self._by_id.get(cell_id)

    def keys(self, cell: TextCell) -> tuple[str, ...]:
        """Return the lines of a cell without their indentation."""
        if (known := self._keys.get(cell.id)) is not None and self._by_id.get(cell.id) is cell:
            return known
        self._keys[cell.id] = found = _keys(cell.source)
        return found

    def line(self, number: int) -> str:
        """Return a line of the text; empty outside its cells."""
        if (cell := self.cell_at(number)) is None:
            return ""
        return cell.source.split("\n")[number - cell.line]

    def cell_at(self, line: int) -> TextCell | None:
        """Return the cell that a line is in; the innermost one if cells run as a part of others."""
        found = [c for c in self.cells if c.line <= line < c.line + len(self.keys(c))]
        return max(found, key=lambda c: c.line, default=None)

    def cell_below(self, line: int) -> TextCell | None:
        """Return the cell whose marker is on a line: the one that begins right below it."""
        return next((c for c in self.cells if c.line == line + 1), None)

    def cell_of(self, ran: TextThatRan) -> TextCell | None:
        """Return the cell of a text that ran.

        A client that has opened the script by itself may know the cell under another id.
        """
        if (cell := self.cell(ran.cell)) is not None:
            return cell
        same = [c for c in self.cells if self.keys(c) == ran.origin_lines]
        return same[0] if len(same) == 1 else None

    def line_of(self, ran: TextThatRan, number: int) -> int | None:
        """Return the line of the open text for a line of a file; None if it is not there now."""
        if not self.cells:
            return number
        if (cell := self.cell_of(ran)) is None:
            return None
        at = ran.offset + number - ran.first
        before, after = ran.origin_lines, self.keys(cell)
        if not ran.offset <= at < ran.offset + len(ran.lines):
            return None
        now = _follow(before, after, at)
        return None if now is None else cell.line + now

    def line_in(self, ran: TextThatRan, line: int) -> int | None:
        """Return the line of a file for a line of the open text; None if it did not run there."""
        if not self.cells:
            return line if ran.line(line).strip() else None
        cell = self.cell_of(ran)
        if cell is None or not 0 <= line - cell.line < len(self.keys(cell)):
            return None
        then = _follow(self.keys(cell), ran.origin_lines, line - cell.line)
        if then is None or not ran.offset <= then < ran.offset + len(ran.lines):
            return None
        return ran.first + then - ran.offset

    def follow(self, after: OpenText, line: int) -> int | None:
        """Return where a line is in a later text; None if its cell, or the line, is gone.

        A line that was edited itself stays at its place between those that were not.
        """
        cell = self.cell_at(line)
        if cell is None:
            if (below := self.cell_below(line)) is None or (now := after.cell(below.id)) is None:
                return None
            return now.line - 1
        if (now := after.cell(cell.id)) is None:
            return None
        at = line - cell.line
        found = follow_part(Part(at, at), self.keys(cell), after.keys(now))
        return None if found is None else now.line + found.first


def _keys(source: str) -> tuple[str, ...]:
    """Return the lines of a source as they are compared: without their indentation."""
    return tuple(line.strip() for line in source.split("\n"))


def _follow(before: Sequence[str], after: Sequence[str], line: int) -> int | None:
    """Follow a line, if the way back leads to the same one."""
    if not 0 <= line < len(before):
        return None
    now = follow_line(before, after, line)
    if now is None or not 0 <= now < len(after):
        return None
    return now if follow_line(after, before, now) == line else None
