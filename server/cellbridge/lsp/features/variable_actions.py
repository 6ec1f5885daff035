"""Code actions about the kernel's variables: to show, save and restore them, and one as a table.

Owns which name stands at a place. They are offered while a kernel lives, the table only where the
kernel says in time that the name is one: a menu does not wait for a kernel that is silent. What was
saved can be restored without a kernel too: one is started for it.
"""

from __future__ import annotations

import asyncio
import keyword

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import KernelState
from cellbridge.core.variables import ListVariables, VariablesPage
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import look

PATIENCE = 0.5
"""Seconds that a menu waits for the kernel."""


async def variable_actions(
    context: Context, notebook: Notebook, selected: lsp.Range
) -> list[lsp.Command]:
    """Return the commands that show, save and restore what the kernel holds."""
    commands = await _shown(context, notebook, selected)
    if commands and notebook.kernel.language == "python":
        commands.append(_on_all("Save variables", "saveVariables", notebook))
    if await notebook.has_saved_variables():
        commands.append(_on_all("Restore saved variables", "restoreVariables", notebook))
    return commands


async def _shown(context: Context, notebook: Notebook, selected: lsp.Range) -> list[lsp.Command]:
    if notebook.kernel.state not in {KernelState.IDLE, KernelState.BUSY}:
        return []
    uri = notebook.uri
    commands = [_on_all("Show variables", "showVariables", notebook)]
    at = context.convert.from_position(notebook.text, selected.start)
    name = name_in(notebook.text.line(at.line), at.column)
    if name and await is_table(notebook, name):
        argument = {"uri": uri, "name": name}
        title = f"Show {name} as table"
        commands.append(lsp.Command(title, "cellbridge.showTable", arguments=[argument]))
    return commands


def _on_all(title: str, command: str, notebook: Notebook) -> lsp.Command:
    return lsp.Command(title, f"cellbridge.{command}", arguments=[{"uri": notebook.uri}])


async def is_table(notebook: Notebook, name: str) -> bool:
    """Tell whether the kernel says in time that a name is a table."""
    try:
        async with asyncio.timeout(PATIENCE):
            page = await look(notebook, ListVariables(only=name), VariablesPage)
    except TimeoutError:
        return False
    return isinstance(page, VariablesPage) and any(one.table for one in page.variables)


def name_in(line: str, column: int) -> str:
    """Return the name that touches a column of a line; empty where none does.

    The name of an attribute is none: it is not in the kernel's namespace.
    """
    start = end = min(column, len(line))
    while start and f"a{line[start - 1]}".isidentifier():
        start -= 1
    while end < len(line) and f"a{line[end]}".isidentifier():
        end += 1
    name = line[start:end]
    if not name.isidentifier() or keyword.iskeyword(name) or line[:start].endswith("."):
        return ""
    return name
