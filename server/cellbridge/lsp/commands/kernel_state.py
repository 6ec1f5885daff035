"""Commands for a kernel's limits, and for saving its variables across a restart."""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.saved_variables import SavedVariables, restored_message, saved_message
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands import missing_ipykernel
from cellbridge.lsp.commands.invocation import Invocation


async def set_limits(call: Invocation, arguments: p.SetLimitsArguments) -> None:
    """Set the limits of the document's kernel."""
    notebook = call.context.notebook(arguments.uri)
    await notebook.set_limits(arguments.memory, arguments.time)


async def save_variables(call: Invocation, arguments: p.VariablesArguments) -> p.SaveResult:
    """Save the kernel's variables, and report variables that could not be saved."""
    notebook = call.context.notebook(arguments.uri)
    kept = await notebook.save_variables(arguments.names)
    return _report(call, kept, saved_message(kept))


async def restore_variables(call: Invocation, arguments: p.VariablesArguments) -> p.SaveResult:
    """Load the most recently saved variables."""
    notebook = call.context.notebook(arguments.uri)
    kept = await missing_ipykernel.run_with_kernel(
        call.context, notebook, lambda: notebook.restore_variables(arguments.names)
    )
    call.notifier.variables.wake(notebook.uri)
    return _report(call, kept, restored_message(kept, call.context.now()))


def _report(call: Invocation, kept: SavedVariables, text: str) -> p.SaveResult:
    # Skipped variables make it a warning, because the user would miss them later.
    call.context.editor.show(text, lsp.MessageType.Warning if kept.left else lsp.MessageType.Info)
    return p.SaveResult(
        [p.SavedVariable(one.name, one.type, one.size) for one in kept.variables],
        [p.SkippedVariable(one.name, one.type, one.reason) for one in kept.left],
        text,
    )
