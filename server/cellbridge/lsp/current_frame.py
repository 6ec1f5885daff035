"""The current position of the frame that the user examines, of stopped code or of a failed run.

Owns the position, and the code to which the names of the frame belong. It must not know how the
position is shown.

A frame in another file is shown at the nearest frame of the script that led to it. The names of a
frame are those of its function, so a query about code elsewhere is not about the frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.core.document.text import Position, Range
from cellbridge.core.names.lookup import scope_at, statement_scope
from cellbridge.core.names.model import ScopeKind
from cellbridge.core.names.script_names import Placed
from cellbridge.core.runs.debug_status import Stop
from cellbridge.core.runs.frames import Frame, SelectedFrame
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.traceback_locations import in_document, last_failure

_MODULE = "<module>"
_LAMBDA = "<lambda>"


@dataclass(frozen=True, slots=True)
class CurrentFrame:
    """The frame that the user examines, and the position at which it is shown."""

    area: Range
    """The range of the document."""
    selected: SelectedFrame | None
    """None if the code has stopped and its frames are unknown."""
    stop: Stop | None
    """The stop; None for the error of a failed run."""
    error: str = ""
    """The name of the exception of a failed run."""
    inside: bool = True
    """False if the frame itself is elsewhere, and this is the call that led to it."""


def current_frame(notebook: Notebook) -> CurrentFrame | None:
    """Return the frame to show in a document; None without one, or if its line is gone."""
    status = notebook.debugging.status
    selected = status.frame
    stop = None if selected is not None and selected.run else status.stopped
    innermost = selected is None or selected.depth == 0
    if innermost and (area := _area_of(notebook, stop)) is not None:
        return CurrentFrame(area, selected, stop)
    if selected is None:
        return None
    views, error = _views(notebook, selected.run)
    for depth in range(selected.depth, len(selected.frames)):
        place = in_document(notebook, views, selected.frames[-1 - depth])
        if place is not None and place.area is not None:
            inside = depth == selected.depth
            return CurrentFrame(place.area, selected, stop, error, inside=inside)
    return None


def innermost_own_frame(notebook: Notebook, run: str, frames: Sequence[Frame]) -> int:
    """Return the depth of the innermost frame that is in the document; 0 without one."""
    views, _ = _views(notebook, run)
    depths = range(len(frames))
    return next((at for at in depths if in_document(notebook, views, frames[-1 - at])), 0)


def frame_area(notebook: Notebook, run: str, frame: Frame) -> Range | None:
    """Return the range of a frame in the document; None outside, or if its line is gone."""
    place = in_document(notebook, _views(notebook, run)[0], frame)
    return None if place is None else place.area


def frame_name(frame: Frame) -> str:
    """Return the name of a frame for the user."""
    return "the cell" if frame.name == _MODULE and frame.cell else frame.name


def frame_place(frame: Frame) -> str:
    """Return the file and the line of a frame for the user."""
    return f"{Path(frame.path).name}, line {frame.line + 1}"


def frame_sentence(notebook: Notebook) -> str:
    """Return the sentence about the frame whose variables are shown; empty without one."""
    selected = notebook.debugging.status.frame
    if selected is None:
        return ""
    frame = selected.frame
    if frame.name == _MODULE and frame.cell:
        return ""  # Its variables are those of the kernel.
    current = current_frame(notebook)
    inside = current is not None and current.inside
    line = current.area.start.line + 1 if current is not None and inside else frame.line + 1
    where = f"line {line}" if inside else frame_place(frame)
    return f"These are the variables of the frame {frame_name(frame)}, {where}."


def is_in_frame(notebook: Notebook, at: Position) -> bool:
    """Return True if the names of the selected frame hold at a position of the document."""
    if notebook.debugging.status.frame is None:
        return False
    current = current_frame(notebook)
    if current is None or current.selected is None or not current.inside:
        return False
    here = _scope(notebook, at)
    name = current.selected.frame.name
    if name == _MODULE:
        return here[1] == 0
    # A position after the last character is inside a function that is written in one line.
    end = Position(current.area.end.line, len(notebook.text.line(current.area.end.line)))
    for place in (current.area.start, end):
        if _is_called(notebook, place, name):
            return here == _scope(notebook, place)
    return False


def _area_of(notebook: Notebook, stop: Stop | None) -> Range | None:
    """Return the line at which code has stopped, without its indentation."""
    if stop is None or stop.line is None or not (stop.cell or stop.path == notebook.name):
        return None
    text = notebook.text.line(stop.line)
    start = len(text) - len(text.lstrip())
    return Range(Position(stop.line, start), Position(stop.line, max(start, len(text.rstrip()))))


def _views(notebook: Notebook, run: str) -> tuple[list[CellView], str]:
    """Return the views in which frames are searched, a failed run's first, and its exception."""
    views = [shown for view in notebook.views_with_runs() for shown in view.with_parts]
    failed = [view for view in views if run and view.shown is not None and view.shown.id == run]
    failure = last_failure(failed[0]) if failed else None
    others = [view for view in views if view not in failed]
    return [*failed, *others], failure.ename if failure is not None else ""


def _scope(notebook: Notebook, at: Position) -> tuple[int, int]:
    """Return the piece of the script and the scope in it whose names hold at a position."""
    placed = notebook.names.at(at.line)
    return placed.line, statement_scope(placed, scope_at(placed, at))


def _is_called(notebook: Notebook, at: Position, name: str) -> bool:
    """Return True if the scope at a position has the name that Python gives its frame."""
    placed: Placed = notebook.names.at(at.line)
    _, index = _scope(notebook, at)
    scope = placed.names.scopes[index]
    if name.startswith("<"):
        return name != _LAMBDA or scope.kind is ScopeKind.LAMBDA
    if not index or scope.kind is ScopeKind.LAMBDA:
        return False
    return placed.names.bindings[scope.owner].name == name
