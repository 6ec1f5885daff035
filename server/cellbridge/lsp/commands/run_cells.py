"""Commands that run cells.

Owns which cells each command runs, and its answer. Cancelling such a request only stops the wait
for its answer, because editors cancel requests for their own reasons and no run may be lost to
that. `cellbridge.interrupt` and Cancel on the progress notification stop a run.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.text import Position, Range
from cellbridge.core.runs.runs import KernelState
from cellbridge.lsp import protocol as p
from cellbridge.lsp import protocol_views
from cellbridge.lsp.commands import missing_ipykernel, set_next_input
from cellbridge.lsp.commands.invocation import Invocation, body_start, cell_index
from cellbridge.session.errors import SessionError
from cellbridge.session.messages import RunView
from cellbridge.workspace.notebook import Notebook


async def run_cell(call: Invocation, arguments: p.CellArguments) -> p.RunResult:
    """Run one cell."""
    notebook = call.context.notebook(arguments.uri)
    index = cell_index(call, notebook, arguments)
    return await _run(call, notebook, [index], arguments)


async def run_cell_and_advance(call: Invocation, arguments: p.CellArguments) -> p.AdvanceResult:
    """Run one cell and return the start of the next."""
    notebook = call.context.notebook(arguments.uri)
    index = cell_index(call, notebook, arguments)
    following = notebook.ids[min(index + 1, len(notebook.cells) - 1)]
    result = await _run(call, notebook, [index], arguments)
    # The document may have been edited meanwhile: return the next cell's current position.
    ids = notebook.ids
    at = ids.index(following) if following in ids else min(index + 1, len(ids) - 1)
    return p.AdvanceResult(result.cells, body_start(notebook, at))


async def run_above(call: Invocation, arguments: p.CellArguments) -> p.RunResult:
    """Run all cells above one."""
    notebook = call.context.notebook(arguments.uri)
    index = cell_index(call, notebook, arguments)
    return await _run(call, notebook, range(index), arguments)


async def run_below(call: Invocation, arguments: p.CellArguments) -> p.RunResult:
    """Run one cell and all below it."""
    notebook = call.context.notebook(arguments.uri)
    index = cell_index(call, notebook, arguments)
    return await _run(call, notebook, range(index, len(notebook.cells)), arguments)


async def run_all(call: Invocation, arguments: p.RunAllArguments) -> p.RunResult:
    """Run all cells."""
    notebook = call.context.notebook(arguments.uri)
    return await _run(call, notebook, range(len(notebook.cells)), arguments)


async def restart_and_run_all(call: Invocation, arguments: p.RunAllArguments) -> p.RunResult:
    """Restart the kernel, then run all cells as they are after the restart."""
    notebook = call.context.notebook(arguments.uri)
    await missing_ipykernel.run_with_kernel(call.context, notebook, notebook.restart)
    return await _run(call, notebook, range(len(notebook.cells)), arguments)


async def run_selection(call: Invocation, arguments: p.SelectionArguments) -> p.RunResult:
    """Run the lines that a range touches."""
    notebook = call.context.notebook(arguments.uri)
    area = call.context.convert.from_range(notebook.text, arguments.range)
    whole = _whole_line(notebook, area)
    indexes = range(notebook.index_at(whole.start.line), notebook.index_at(whole.end.line) + 1)
    return await _answer(
        call, notebook, indexes, lambda: notebook.run_selection(whole), arguments.wait
    )


async def _run(
    call: Invocation,
    notebook: Notebook,
    indexes: Sequence[int],
    arguments: p.CellArguments | p.RunAllArguments,
) -> p.RunResult:
    stop = isinstance(arguments, p.CellArguments) and arguments.stop_on_entry
    work = partial(notebook.run, indexes, stop_on_entry=stop)
    return await _answer(call, notebook, indexes, work, arguments.wait)


async def _answer(
    call: Invocation,
    notebook: Notebook,
    indexes: Sequence[int],
    work: Callable[[], Coroutine[Any, Any, list[RunView]]],
    wait: bool,  # noqa: FBT001 (passed through from the arguments)
) -> p.RunResult:
    """Wait for the runs, or run them in the background and return the queued cells."""
    runs = _run_to_end(call, notebook, work)
    if not wait:
        queued = [
            p.CellResult(notebook.ids[index], p.RunState.QUEUED)
            for index in indexes
            if notebook.cells[index].kind is CellKind.CODE
        ]
        call.context.background.begin(runs)
        return p.RunResult(queued)
    with call.notifier.progress.of_request(call.token, notebook):
        ended = await runs
    return p.RunResult([protocol_views.result(view.run, view.outputs) for view in ended])


async def run_by_line(call: Invocation, notebook: Notebook, index: int) -> list[RunView]:
    """Run a cell to its end, and have the debugger stop before its first statement."""
    return await _run_to_end(call, notebook, lambda: notebook.run([index], stop_on_entry=True))


async def _run_to_end(
    call: Invocation, notebook: Notebook, work: Callable[[], Coroutine[Any, Any, list[RunView]]]
) -> list[RunView]:
    """Run to the end, and apply the next inputs that the runs have set."""

    async def work_with_breakpoints() -> list[RunView]:
        await _prepare(call, notebook)
        return await work()

    ended = await missing_ipykernel.run_with_kernel(call.context, notebook, work_with_breakpoints)
    await set_next_input.take(call.context, notebook, ended)
    return ended


async def _prepare(call: Invocation, notebook: Notebook) -> None:
    """Have the breakpoints hold for the next run; it runs without them if that is not possible."""
    try:
        await call.context.stepping.prepare_run(notebook)
    except SessionError as error:
        if notebook.kernel.state is KernelState.DEAD:
            raise
        call.context.editor.show(str(error))


def _whole_line(notebook: Notebook, area: Range) -> Range:
    """Return the range, or its line if the range is empty."""
    if area.start != area.end:
        return area
    line = area.start.line
    return Range(Position(line, 0), Position(line, len(notebook.text.line(line))))
