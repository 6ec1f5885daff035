"""The question to the user when a kernel could not start because ipykernel is missing.

Owns the question and its answers. It must not install anything itself (package_installation.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import KernelState
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.find.kernel_choice import problem_of
from cellbridge.lsp.commands.package_installation import install
from cellbridge.lsp.context import Context
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook

T = TypeVar("T")

INSTALL = "Install ipykernel"
OWN = "Use Cellbridge's Python"
NOT_NOW = "Not Now"


async def run_with_kernel(
    context: Context, notebook: Notebook, work: Callable[[], Awaitable[T]]
) -> T:
    """Do work that needs a kernel; if ipykernel is missing, offer to install it and try again.

    Raises:
        SessionError: The work failed, and the user has not chosen a solution.
    """
    try:
        return await work()
    except SessionError:
        environment = await _environment_without_ipykernel(notebook)
        if environment is None or not await _offer_installation(context, notebook, environment):
            raise
    return await work()


async def _environment_without_ipykernel(notebook: Notebook) -> Environment | None:
    """Return the environment without ipykernel in which the kernel could not start, if any."""
    if notebook.kernel.state is not KernelState.DEAD:
        return None
    environment = (await notebook.kernel_choice()).environment
    if environment is None or not await asyncio.to_thread(problem_of, environment):
        return None
    return environment


async def _offer_installation(
    context: Context, notebook: Notebook, environment: Environment
) -> bool:
    """Ask the user what to do; return True if a kernel can start now.

    Raises:
        SessionError: ipykernel could not be installed.
    """
    chosen = await context.editor.choose(
        f"ipykernel is not installed in {environment.title} ({environment.python}), "
        "so cells cannot run there.",
        (INSTALL, OWN, NOT_NOW),
        lsp.MessageType.Error,
    )
    if chosen == INSTALL:
        await install(context, notebook, environment, "ipykernel")
        return True
    if chosen == OWN:
        own = await asyncio.to_thread(environments.own)
        notebook.kernels.pick(str(own.python))
        return True
    return False
