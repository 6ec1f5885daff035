"""Code actions for the frames of an error, or of code that has stopped in a debugger.

Owns which of them are offered: Debug Error at a cell whose last run has failed in the present
kernel, and the movement between frames everywhere in the document while one is selected.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from cellbridge.core.output.outputs import Failure
from cellbridge.core.runs.frames import Frame
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.lsp.current_frame import frame_name, frame_place
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.traceback_locations import last_failure

DEBUG_ERROR = "Debug error"


def failed_view(view: CellView) -> tuple[Run, Failure] | None:
    """Return the last run of a cell, or of lines of it, that ended with an exception."""
    found = [
        (shown.shown, failure)
        for shown in view.with_parts
        if shown.shown is not None
        and shown.shown.state is RunState.ERROR
        and not shown.shown.interrupted
        and (failure := last_failure(shown)) is not None
    ]
    return max(found, key=lambda pair: pair[0].ended_at or 0.0, default=None)


def frame_commands(notebook: Notebook, view: CellView) -> Iterator[lsp.Command]:
    """Yield the commands for frames that are possible at a cell."""
    uri: dict[str, object] = {"uri": notebook.uri}
    selected = notebook.debugging.status.frame
    if selected is not None:
        called_by = len(selected.frames) - 2 - selected.depth
        if called_by >= 0:
            title = f"Select calling frame: {_title(selected.frames[called_by])}"
            yield lsp.Command(title, "cellbridge.frameUp", arguments=[uri])
        if selected.depth > 0:
            title = f"Select called frame: {_title(selected.frames[-selected.depth])}"
            yield lsp.Command(title, "cellbridge.frameDown", arguments=[uri])
        if selected.run or selected.depth > 0:
            yield lsp.Command("Leave frames", "cellbridge.leaveFrames", arguments=[uri])
    if (run := debuggable_run(notebook, view)) and (selected is None or selected.run != run.id):
        yield debug_command(notebook, view)


def debuggable_run(notebook: Notebook, view: CellView) -> Run | None:
    """Return the run of a cell whose error can be debugged: its kernel is still running."""
    found = failed_view(view)
    if found is None or not found[1].frames or not notebook.kernel.life:
        return None
    return found[0] if found[0].life == notebook.kernel.life else None


def debug_command(notebook: Notebook, view: CellView) -> lsp.Command:
    """Return the command that debugs the error of a cell."""
    argument = {
        "uri": notebook.uri,
        "cell": view.id,
        "position": {"line": view.first_line, "character": 0},
    }
    return lsp.Command(DEBUG_ERROR, "cellbridge.debugError", arguments=[argument])


def error_action(
    notebook: Notebook, view: CellView, reported: list[lsp.Diagnostic]
) -> lsp.CodeAction | None:
    """Return the quick fix for the error of a cell among the diagnostics at the cursor."""
    run, found = debuggable_run(notebook, view), failed_view(view)
    if run is None or found is None:
        return None
    errors = [
        one
        for one in reported
        if one.source == "cellbridge" and one.code and one.code == found[1].ename
    ]
    if not errors:
        return None
    return lsp.CodeAction(
        DEBUG_ERROR,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=errors,
        command=debug_command(notebook, view),
    )


def _title(frame: Frame) -> str:
    return f"{frame_name(frame)}, {frame_place(frame)}"
