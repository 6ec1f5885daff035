"""The commands about a whole kernel: its limits, and its variables over a restart."""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.saved_variables import SavedVariables, restored_message, saved_message
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands import missing_ipykernel
from cellbridge.lsp.commands.invocation import Invocation


async def set_limits(call: Invocation, arguments: p.SetLimitsArguments) -> None:
    """Limit what the document's kernel may use."""
    notebook = call.context.notebook(arguments.uri)
    await notebook.set_limits(arguments.memory, arguments.time)


async def save_variables(call: Invocation, arguments: p.VariablesArguments) -> p.VariablesKept:
    """Save the kernel's variables, and say what could not be saved."""
    notebook = call.context.notebook(arguments.uri)
    kept = await notebook.save_variables(arguments.names)
    return _told(call, kept, saved_message(kept))


async def restore_variables(call: Invocation, arguments: p.VariablesArguments) -> p.VariablesKept:
    """Load the variables that were saved last."""
    notebook = call.context.notebook(arguments.uri)
    kept = await missing_ipykernel.attempt(
        call.context, notebook, lambda: notebook.restore_variables(arguments.names)
    )
    call.hub.variables.wake(notebook.uri)
    return _told(call, kept, restored_message(kept, call.context.now()))


def _told(call: Invocation, kept: SavedVariables, text: str) -> p.VariablesKept:
    # What could not be kept is told as a warning: it is what a person would miss later.
    call.context.editor.show(text, lsp.MessageType.Warning if kept.left else lsp.MessageType.Info)
    return p.VariablesKept(
        [p.KeptVariable(one.name, one.type, one.size) for one in kept.variables],
        [p.LeftVariable(one.name, one.type, one.reason) for one in kept.left],
        text,
    )
