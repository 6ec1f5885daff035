"""Commands for a kernel's variables."""

from __future__ import annotations

from cellbridge.core.variables import DeleteVariable, RenameVariable
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.lsp.documents import variable_text
from cellbridge.lsp.documents.document_uri import Address
from cellbridge.lsp.documents.show_document import show_text
from cellbridge.workspace.variables import change


async def delete_variable(call: Invocation, arguments: p.VariableArguments) -> None:
    """Delete a variable in the kernel."""
    notebook = call.context.notebook(arguments.uri)
    await change(notebook, DeleteVariable(arguments.name))
    call.notifier.variables.wake(notebook.uri)


async def rename_variable(call: Invocation, arguments: p.RenameVariableArguments) -> None:
    """Rename a variable in the kernel."""
    notebook = call.context.notebook(arguments.uri)
    await change(notebook, RenameVariable(arguments.name, arguments.new_name))
    call.notifier.variables.wake(notebook.uri)


async def show_variables(call: Invocation, arguments: p.ShowVariablesArguments) -> p.TextResult:
    """Show the kernel's variables as a text document."""
    notebook = call.context.notebook(arguments.uri)
    address = Address("variables", notebook.uri)
    text = await variable_text.variables(call.context, address)
    title = f"{variable_text.variables_title(notebook)}.txt"
    return await _show(call, address, title, text) if arguments.show else p.TextResult(text)


async def show_table(call: Invocation, arguments: p.ShowTableArguments) -> p.TextResult:
    """Show a variable that is a table as a text document."""
    notebook = call.context.notebook(arguments.uri)
    address = Address(
        "table",
        notebook.uri,
        name=arguments.name,
        start=arguments.start,
        sort=arguments.sort,
    )
    text = await variable_text.table(call.context, address)
    title = f"{arguments.name}.txt"
    return await _show(call, address, title, text) if arguments.show else p.TextResult(text)


async def _show(call: Invocation, address: Address, title: str, text: str) -> p.TextResult:
    async def again() -> str:
        return text

    return p.TextResult(text, await show_text(call.context, address, title, again))
