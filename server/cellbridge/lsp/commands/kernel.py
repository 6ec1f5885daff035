"""Commands for a notebook's kernel and its outputs."""

from __future__ import annotations

from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands import missing_ipykernel
from cellbridge.lsp.commands.invocation import Invocation, cell_index
from cellbridge.session.errors import SessionError


async def interrupt(call: Invocation, arguments: p.NotebookArguments) -> None:
    """Interrupt the running cell and clear the queue."""
    await call.context.notebook(arguments.uri).interrupt()


async def restart(call: Invocation, arguments: p.NotebookArguments) -> None:
    """Start a new kernel for the document."""
    notebook = call.context.notebook(arguments.uri)
    await missing_ipykernel.run_with_kernel(call.context, notebook, notebook.restart)


async def start_kernel(call: Invocation, arguments: p.NotebookArguments) -> None:
    """Start a kernel if none is running; return before it is ready."""
    await call.context.notebook(arguments.uri).warm(again=True)


async def shutdown(call: Invocation, arguments: p.NotebookArguments) -> None:
    """End the kernel and its session."""
    await call.context.notebook(arguments.uri).shutdown()


async def clear_outputs(call: Invocation, arguments: p.ClearOutputsArguments) -> None:
    """Clear the outputs of one cell, of the given runs, or of all cells."""
    notebook = call.context.notebook(arguments.uri)
    if arguments.runs is not None:
        await notebook.clear_runs(arguments.runs)
        return
    one = arguments.position is not None or arguments.cell is not None
    await notebook.clear_outputs([cell_index(call, notebook, arguments)] if one else None)


async def answer_input(call: Invocation, arguments: p.InputArguments) -> None:
    """Send the running cell the line that it waits for."""
    notebook = call.context.notebook(arguments.uri)
    for view in notebook.views_with_runs():
        if view.active is not None and view.active.waiting is not None:
            await notebook.answer_input(view.active.id, arguments.text)
            return
    raise SessionError(f"No cell of {notebook.name} waits for input; nothing was sent.")
