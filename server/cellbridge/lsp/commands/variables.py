"""The commands about a kernel's variables."""

from __future__ import annotations

from cellbridge.core.variables import DeleteVariable, RenameVariable
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.workspace.looking import change


async def delete_variable(call: Invocation, arguments: p.VariableArguments) -> None:
    """Delete a name in the kernel."""
    notebook = call.context.notebook(arguments.uri)
    await change(notebook, DeleteVariable(arguments.name))
    call.hub.variables.wake(notebook.uri)


async def rename_variable(call: Invocation, arguments: p.RenameVariableArguments) -> None:
    """Rename a name in the kernel."""
    notebook = call.context.notebook(arguments.uri)
    await change(notebook, RenameVariable(arguments.name, arguments.new_name))
    call.hub.variables.wake(notebook.uri)
