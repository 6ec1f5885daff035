"""The locations of traceback frames in the current documents.

Owns the conversion from a line at the start of the run to a location in the current text. It must
not know diagnostics or how a traceback is drawn.

A frame of the script belongs to the cell, or to the selected lines, whose run defined its code, as
the probe reports; without a report, to the one whose shown run covered its line at the start. The
text of the line as it ran must be in the shown run: a function may be older than that. The line is
followed through edits of that cell (core/runs/parts.py). Once the line itself has been edited, it
has no location.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.core.document.text import Position, Range
from cellbridge.core.output.outputs import Failure
from cellbridge.core.runs.frames import Frame
from cellbridge.core.runs.parts import follow_line
from cellbridge.core.runs.runs import Run
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook


@dataclass(frozen=True, slots=True)
class Place:
    """The current location of a frame."""

    frame: Frame
    cell: int | None
    """The index of its cell; None outside the document."""
    area: Range | None
    """The range in the document; None outside it."""

    @property
    def uri(self) -> str | None:
        """The file's URI, for a frame in a file outside the document."""
        path = Path(self.frame.path)
        return path.as_uri() if path.is_absolute() else None


def last_failure(view: CellView) -> Failure | None:
    """Return the exception that ended the cell's last run."""
    for output in reversed(view.outputs):
        if isinstance(output, Failure):
            return output
    return None


def places(
    notebook: Notebook, views: Sequence[CellView], failed: CellView, frames: Iterable[Frame]
) -> list[Place]:
    """Return the current locations of ``frames`` of the cell ``failed``, outermost first.

    Frames of the script whose lines no longer exist are omitted.
    """
    if failed.shown is None:
        return []
    own_first = [failed, *(view for view in views if view is not failed)]
    found: list[Place] = []
    for frame in frames:
        if frame.path != failed.shown.origin.path:
            found.append(Place(frame, None, None))
        elif place := in_document(notebook, own_first, frame):
            found.append(place)
    return found


def in_document(notebook: Notebook, views: Iterable[CellView], frame: Frame) -> Place | None:
    """Return the current location of a frame of the script; None if its line no longer exists."""
    for view in views:
        run = view.shown
        if run is None or run.origin.path != frame.path:
            continue
        relative = line_in(run, frame)
        if relative is None:
            continue
        start = run.part.first if run.part is not None else 0
        before, after = run.cell_source.split("\n"), view.cell.source.split("\n")
        now = follow_line(before, after, start + relative)
        if now is None:
            return None
        line = view.first_line + view.cell.body_offset + now
        return Place(frame, view.index, _area(notebook, run, frame, relative, line))
    return None


def line_in(run: Run, frame: Frame) -> int | None:
    """Return the line of a run's source, from 0, at which a frame is; None outside the source."""
    lines = run.source.split("\n")
    known = bool(frame.cell) and frame.cell_line is not None
    if known and frame.cell != run.cell_id:
        return None
    if known and frame.text:
        same = [number for number, line in enumerate(lines) if line.rstrip() == frame.text.rstrip()]
        return frame.cell_line if frame.cell_line in same else same[0] if len(same) == 1 else None
    relative = frame.line - run.origin.line
    if not 0 <= relative < len(lines):
        return None
    return relative if frame.text.strip() in {"", lines[relative].strip()} else None


def _area(notebook: Notebook, run: Run, frame: Frame, relative: int, line: int) -> Range:
    """Return the range of the failing expression if the kernel reports it, else of the line."""
    text = notebook.text.line(line)
    source = run.source.split("\n")[relative]
    if frame.column is not None and frame.end_column is not None and source == text:
        return Range(Position(line, frame.column), Position(line, frame.end_column))
    start = len(text) - len(text.lstrip())
    return Range(Position(line, start), Position(line, max(start, len(text.rstrip()))))
