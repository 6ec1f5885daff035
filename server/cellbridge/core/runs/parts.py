"""Runs of selected lines: which lines of a cell they were, and where these lines are now.

Owns the rule for what such a run replaces, and the following of lines through edits. It must not
know documents or where results are shown.

A run of selected lines is not a run of its cell: it leaves the mark, the outputs and the freshness
of the cell as they are. It stays until the next run of the cell or of an overlapping selection.

    lines at the run   a  b  X  c         equal lines before X: 2, after it: 1
    lines now          a  b  b' X  c      X is now the fourth line
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.core.equal_ends import equal_ends
from cellbridge.core.runs.runs import Part, Run


def replaces(later: Run, earlier: Run) -> bool:
    """Return True if the result of ``earlier`` ends when ``later`` starts."""
    if later.cell_id != earlier.cell_id or later.id == earlier.id or not later.cell_id:
        return False
    if later.part is None or earlier.part is None:
        return later.part is None
    if later.cell_source == earlier.cell_source:
        now = earlier.part
    else:
        now = follow_part(
            earlier.part, earlier.cell_source.split("\n"), later.cell_source.split("\n")
        )
    return now is None or (now.first <= later.part.last and later.part.first <= now.last)


def follow_part(part: Part, before: Sequence[str], after: Sequence[str]) -> Part | None:
    """Return where the lines of ``part`` are after an edit; None if they are gone.

    A line that was edited itself stays at its place between the lines that were not.
    """
    head, tail = equal_ends(before, after)
    removed, added = len(before) - head - tail, len(after) - head - tail

    def edited(line: int, *, from_end: bool) -> int:
        """Return the place of an edited line, counted from the unedited lines next to it."""
        if not added:  # The line next to the gap, on the side of the part.
            return head - 1 if from_end else head
        shift = added - removed if from_end else 0
        return max(head, min(line + shift, head + added - 1))

    first = follow_line(before, after, part.first)
    last = follow_line(before, after, part.last)
    if first is None and last is None and not added:
        return None
    first = edited(part.first, from_end=False) if first is None else first
    last = edited(part.last, from_end=True) if last is None else last
    return Part(first, last) if first <= last else None


def follow_line(before: Sequence[str], after: Sequence[str], line: int) -> int | None:
    """Return the index in ``after`` of a line of ``before``; None if it was edited or removed.

    Equal lines at the start and at the end are matched. Between them, a line is found only if it
    occurs exactly once.
    """
    head, tail = equal_ends(before, after)
    if line < head:
        return line
    if line >= len(before) - tail:
        return line + len(after) - len(before)
    wanted = before[line]
    between = [
        number
        for number in range(head, len(after) - tail)
        if wanted.strip() and after[number] == wanted
    ]
    return between[0] if len(between) == 1 else None
