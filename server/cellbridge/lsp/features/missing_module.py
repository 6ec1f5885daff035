"""Code actions for a module that a cell could not import.

Owns the choice of actions: install it in the kernel's environment, switch to another environment
that has it, or restart the kernel if it is now installed. Environments are inspected through their
files, so no process is started for an answer.
"""

from __future__ import annotations

import asyncio
import sys

from lsprotocol import types as lsp

from cellbridge.core.output.escapes import strip_ansi
from cellbridge.core.python.distributions import distribution_of, missing_module
from cellbridge.core.runs.runs import RunState
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.find.kernel_choice import problem_of
from cellbridge.lsp.context import Context
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.traceback_locations import last_failure

_LIMIT = 3
"""The number of other environments that are offered."""


def missing_in(view: CellView) -> str:
    """Return the missing module that made the cell's last run fail; empty without one."""
    failed = view.shown is not None and view.shown.state is RunState.ERROR
    failure = last_failure(view) if failed else None
    if failure is None:
        return ""
    return missing_module(strip_ansi(failure.ename), strip_ansi(failure.evalue))


async def actions(context: Context, notebook: Notebook, view: CellView) -> list[lsp.CodeAction]:
    """Return the actions for the module that the cell could not import."""
    module = missing_in(view)
    top = module.partition(".")[0]
    if not top:
        return []
    here = await kernel_environment(notebook)
    found: list[lsp.CodeAction] = []
    if here is not None and await asyncio.to_thread(here.has, top):
        found.append(_action(f"Restart kernel: {top} is now installed", "restart", notebook))
    elif here is not None and top not in sys.stdlib_module_names:
        name = distribution_of(module)
        title = f"Install {name} in {here.title}"
        found.append(_action(title, "installPackage", notebook, package=name))
    known = await context.workspace.kernel_candidates.environments(
        notebook.kernels.without_choice(notebook.text)
    )
    for other in await asyncio.to_thread(_environments_with, known, here, top):
        title = f"Switch to {other.title}, which has {top}"
        found.append(_action(title, "selectKernel", notebook, id=str(other.python)))
    return found


async def kernel_environment(notebook: Notebook) -> Environment | None:
    """Return the environment in which the notebook's kernel runs, or would run."""
    if notebook.kernel.python:
        return await asyncio.to_thread(environments.of, notebook.kernel.python)
    return (await notebook.kernel_choice()).environment


def _environments_with(
    known: list[Environment], here: Environment | None, module: str
) -> list[Environment]:
    others = (one for one in known if here is None or one.key != here.key)
    fitting = (one for one in others if one.has(module) and not problem_of(one))
    return [one for _, one in zip(range(_LIMIT), fitting, strict=False)]


def _action(title: str, command: str, notebook: Notebook, **more: str) -> lsp.CodeAction:
    name = f"cellbridge.{command}"
    argument: dict[str, object] = {"uri": notebook.uri, **more}
    return lsp.CodeAction(
        title,
        kind=lsp.CodeActionKind.QuickFix,
        command=lsp.Command(title, name, arguments=[argument]),
    )
