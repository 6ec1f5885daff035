"""Code actions for the kernel's variables: show, save and restore them, and show one as a table.

Owns the lookup of the name at a position. The actions are offered while a kernel is running; the
table only if the kernel confirms in time that the name is a table, because a menu must not wait for
an unresponsive kernel. Saved variables can be restored without a kernel: one is then started.
"""

from __future__ import annotations

import asyncio
import keyword

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import KernelState
from cellbridge.core.variables import ListVariables, VariablesPage
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query

TIMEOUT = 0.5
"""Seconds that a menu waits for the kernel."""


async def variable_actions(
    context: Context, notebook: Notebook, selected: lsp.Range
) -> list[lsp.Command]:
    """Return the commands that show, save and restore the kernel's variables."""
    commands = await _show_commands(context, notebook, selected)
    if commands and notebook.kernel.language == "python":
        commands.append(_command("Save variables", "saveVariables", notebook))
    if await notebook.has_saved_variables():
        commands.append(_command("Restore saved variables", "restoreVariables", notebook))
    return commands


async def _show_commands(
    context: Context, notebook: Notebook, selected: lsp.Range
) -> list[lsp.Command]:
    if notebook.kernel.state not in {KernelState.IDLE, KernelState.BUSY}:
        return []
    uri = notebook.uri
    commands = [_command("Show variables", "showVariables", notebook)]
    at = context.convert.from_position(notebook.text, selected.start)
    name = name_in(notebook.text.line(at.line), at.column)
    if name and await is_table(notebook, name):
        argument = {"uri": uri, "name": name}
        title = f"Show {name} as table"
        commands.append(lsp.Command(title, "cellbridge.showTable", arguments=[argument]))
    return commands


def _command(title: str, command: str, notebook: Notebook) -> lsp.Command:
    return lsp.Command(title, f"cellbridge.{command}", arguments=[{"uri": notebook.uri}])


async def is_table(notebook: Notebook, name: str) -> bool:
    """Return True if the kernel confirms in time that a name is a table."""
    try:
        async with asyncio.timeout(TIMEOUT):
            page = await query(notebook, ListVariables(only=[name]), VariablesPage)
    except TimeoutError:
        return False
    return isinstance(page, VariablesPage) and any(one.table for one in page.variables)


def name_in(line: str, column: int) -> str:
    """Return the name that touches a column of a line; empty where none does.

    An attribute's name does not count, because it is not in the kernel's namespace.
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
