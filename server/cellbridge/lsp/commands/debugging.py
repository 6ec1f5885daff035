"""Commands that step through code: *Run by Line* and its steps.

Owns the requests to the debugger, and the answers with the place at which the code has stopped.
The editor receives a request to show that place only after a command of the user, and only if the
place is probably not visible. stepping.py owns the time for which a document is debugged.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.runs.debug_status import Stop
from cellbridge.lsp import protocol as p
from cellbridge.lsp import protocol_views, status_text
from cellbridge.lsp.commands import missing_ipykernel, run_cells
from cellbridge.lsp.commands.invocation import Invocation, cell_index
from cellbridge.lsp.documents.show_document import show_line
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook

if TYPE_CHECKING:
    from cellbridge.lsp.debugged_document import Debugged, SteppedRun

_NEAR = 12
"""The number of lines around the last place that the user is expected to see."""


async def run_by_line(call: Invocation, arguments: p.RunByLineArguments) -> p.StepResult:
    """Run a cell and stop before its first line; in a cell that has stopped, run its next line.

    Raises:
        SessionError: there is nothing to run, or the kernel cannot be debugged.
    """
    notebook = call.context.notebook(arguments.uri)
    index = cell_index(call, notebook, arguments)
    view, cell = notebook.view(index), notebook.ids[index]
    if view.cell.kind is not CellKind.CODE or view.cell.last_code_line is None:
        raise SessionError(
            f"This cell of {notebook.name} has no code to run by line; place the cursor in a code "
            "cell."
        )
    debugged = call.context.stepping.of(notebook)
    stepped = next((run for run in debugged.runs if run.cell == cell), None) if debugged else None
    if debugged is not None and stepped is not None and debugged.stop is not None:
        return await _step(call, debugged, "next", wait=arguments.wait)
    if debugged is None or stepped is None:
        debugged = await missing_ipykernel.run_with_kernel(
            call.context, notebook, lambda: call.context.stepping.load().attach(notebook)
        )
        stepped = call.context.stepping.load().start(
            debugged, cell, lambda: run_cells.run_by_line(call, notebook, index)
        )
    before = debugged.stop.number if debugged.stop is not None else 0
    near = view.first_line + view.cell.marker_lines
    return await _answer(call, debugged, before, near, stepped, wait=arguments.wait)


async def next_line(call: Invocation, arguments: p.StepArguments) -> p.StepResult:
    """Run one line."""
    return await _step(call, _stopped(call, arguments), "next", wait=arguments.wait)


async def step_into(call: Invocation, arguments: p.StepArguments) -> p.StepResult:
    """Stop in the function that the line calls."""
    return await _step(call, _stopped(call, arguments), "stepIn", wait=arguments.wait)


async def step_out(call: Invocation, arguments: p.StepArguments) -> p.StepResult:
    """Run the rest of the function."""
    return await _step(call, _stopped(call, arguments), "stepOut", wait=arguments.wait)


async def continue_code(call: Invocation, arguments: p.StepArguments) -> p.StepResult:
    """Run on to the next breakpoint, or to the end."""
    return await _step(call, _stopped(call, arguments), "continue", wait=arguments.wait)


async def stop_debugging(call: Invocation, arguments: p.StepArguments) -> p.StepResult:
    """Stop debugging; the code runs on to its end.

    Raises:
        SessionError: this server does not debug the document, or the session does not answer.
    """
    notebook = call.context.notebook(arguments.uri)
    stepping = call.context.stepping
    debugged = stepping.of(notebook) or stepping.stopped_in(notebook)
    if debugged is None:
        raise _not_stopped(call, notebook)
    await stepping.load().detach(debugged)
    return p.StepResult("running" if debugged.is_busy else "ended")


def _stopped(call: Invocation, arguments: p.StepArguments) -> Debugged:
    """Return the document that a command means, whose code has stopped.

    Raises:
        SessionError: it has not stopped, or this server does not debug it.
    """
    notebook = call.context.notebook(arguments.uri)
    if (debugged := call.context.stepping.stopped_in(notebook)) is None:
        raise _not_stopped(call, notebook)
    return debugged


def _not_stopped(call: Invocation, notebook: Notebook) -> SessionError:
    name, client = notebook.name.rpartition("/")[2], notebook.debugging.status.client
    other = client and call.context.stepping.of(notebook) is None
    sentence = status_text.DEBUGGED_BY if other else status_text.NOT_STOPPED
    return SessionError(sentence.format(name=name, client=client))


async def toggle_breakpoint(call: Invocation, arguments: p.CellPosition) -> p.BreakpointResult:
    """Set a breakpoint at a line, or remove it.

    Raises:
        ArgumentError: there is no position.
        SessionError: the line belongs to no code, or the kernel cannot be debugged.
    """
    notebook = call.context.notebook(arguments.uri)
    index = cell_index(call, notebook, arguments)
    view = notebook.view(index)
    line = view.first_line if arguments.position is None else arguments.position.line
    if view.cell.kind is not CellKind.CODE:
        raise SessionError(
            f"Line {line + 1} of {notebook.name} is not in a code cell, so code cannot stop there."
        )
    is_set = await call.context.stepping.load().toggle_breakpoint(notebook, line)
    call.notifier.breakpoints_changed(notebook)
    return p.BreakpointResult(is_set, lsp.Position(line, 0))


async def _step(call: Invocation, debugged: Debugged, request: str, *, wait: bool) -> p.StepResult:
    stop = debugged.stop
    assert stop is not None  # noqa: S101 (checked by the caller)
    run = debugged.running
    await debugged.notebook.debugging.request(request, {"threadId": stop.thread})
    near = stop.line if debugged.is_own(stop) else None
    return await _answer(call, debugged, stop.number, near, run, wait=wait)


async def _answer(
    call: Invocation,
    debugged: Debugged,
    before: int,
    near: int | None,
    run: SteppedRun | None,
    *,
    wait: bool,
) -> p.StepResult:
    """Wait for the next stop and show it; in the background if the client does not wait."""

    async def follow() -> p.StepResult:
        stop = await debugged.next_stop(before, run)
        if stop is None:
            ended = None if run is None else run.ended
            cells = [protocol_views.result(view.run, view.outputs) for view in ended or ()]
            over = run.over if run is not None else not debugged.is_busy
            return p.StepResult("ended" if over else "running", cells=cells)
        return await _show(call, debugged, stop, near)

    if not wait:
        call.context.background.begin(follow())
        return p.StepResult("running")
    with call.notifier.progress.of_request(call.token, debugged.notebook):
        return await follow()


async def _show(call: Invocation, debugged: Debugged, stop: Stop, near: int | None) -> p.StepResult:
    """Return a stop as the answer; have the editor show it if it is far from line ``near``."""
    own, path = debugged.is_own(stop), Path(stop.path)
    if stop.line is None or not (own or path.is_absolute()):  # Code of `exec` has no file.
        return p.StepResult("stopped", name=stop.name)
    uri = debugged.notebook.uri if own else call.context.uri_of(path)
    start = lsp.Position(stop.line, 0)
    if not own or near is None or abs(stop.line - near) > _NEAR:
        await show_line(call.context, uri, start)
    return p.StepResult("stopped", uri, start, stop.name)
