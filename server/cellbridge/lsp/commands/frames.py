"""Commands for the frames of an error, or of code that has stopped in a debugger."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types as lsp

from cellbridge.core.runs.frames import Frame, SelectedFrame
from cellbridge.core.runs.runs import RunState
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation, cell_index
from cellbridge.lsp.context import Context
from cellbridge.lsp.current_frame import frame_area, innermost_own_frame
from cellbridge.lsp.documents.show_document import show_line
from cellbridge.lsp.features.frame_actions import failed_view
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook

NO_ERROR = "This cell has no error to debug. Select a cell whose last run has failed."
NO_FRAMES = "The kernel reported no frames for this error, so it cannot be debugged."
NO_SELECTION = "No frame is selected. Debug the error of a cell first."
OUTERMOST = "The outermost frame is selected, so there is no frame that called it."
INNERMOST = "The innermost frame is selected, so there is no frame that it called."


async def debug_error(call: Invocation, arguments: p.CellPosition) -> p.FramesResult:
    """Select the innermost frame of the script in the error of a cell's last run."""
    notebook = call.context.notebook(arguments.uri)
    await notebook.ready()
    view = notebook.view(cell_index(call, notebook, arguments))
    found = failed_view(view)
    if found is None:
        raise SessionError(NO_ERROR)
    run, failure = found
    if run.state is not RunState.ERROR or not failure.frames:
        raise SessionError(NO_FRAMES)
    depth = innermost_own_frame(notebook, run.id, failure.frames)
    return await _select(call, notebook, depth, run.id)


async def frame_up(call: Invocation, arguments: p.NotebookArguments) -> p.FramesResult:
    """Select the frame that called the selected one."""
    return await _move(call, arguments.uri, 1)


async def frame_down(call: Invocation, arguments: p.NotebookArguments) -> p.FramesResult:
    """Select the frame that the selected one called."""
    return await _move(call, arguments.uri, -1)


async def leave_frames(call: Invocation, arguments: p.NotebookArguments) -> None:
    """Select no frame, or the innermost frame of code that has stopped."""
    notebook = call.context.notebook(arguments.uri)
    status = notebook.debugging.status
    if status.frame is not None:
        await notebook.debugging.select_frame(None if status.stopped is None else 0)


async def _move(call: Invocation, uri: str, steps: int) -> p.FramesResult:
    notebook = call.context.notebook(uri)
    selected = notebook.debugging.status.frame
    if selected is None:
        raise SessionError(NO_SELECTION)
    depth = selected.depth + steps
    if not 0 <= depth < len(selected.frames):
        raise SessionError(INNERMOST if depth < 0 else OUTERMOST)
    return await _select(call, notebook, depth, selected.run)


async def _select(call: Invocation, notebook: Notebook, depth: int, run: str) -> p.FramesResult:
    """Select a frame, and have the editor show its line."""
    context = call.context
    selected = await notebook.debugging.select_frame(depth, run)
    if selected is None:
        raise SessionError(NO_SELECTION)
    frames = [_frame(context, notebook, selected, frame) for frame in selected.frames]
    shown = frames[-1 - selected.depth]
    if shown.uri and shown.range is not None:
        # An editor that waits for the answer to the command may not answer before.
        context.background.begin(show_line(context, shown.uri, shown.range.start))
    return p.FramesResult(frames, len(frames) - 1 - selected.depth)


def _frame(
    context: Context, notebook: Notebook, selected: SelectedFrame, frame: Frame
) -> p.StackFrame:
    if (area := frame_area(notebook, selected.run, frame)) is not None:
        return p.StackFrame(frame.name, notebook.uri, context.convert.to_range(notebook.text, area))
    path = Path(frame.path)
    if frame.cell or not path.is_absolute():
        return p.StackFrame(frame.name)
    start = lsp.Position(frame.line, 0)
    return p.StackFrame(frame.name, path.as_uri(), lsp.Range(start, start))
