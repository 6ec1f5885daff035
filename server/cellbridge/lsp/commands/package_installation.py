"""cellbridge.installKernelPackage and cellbridge.installPackage: installing missing packages.

Owns the questions to the user and the progress that is shown. The installation itself is in
kernel/find/package_installation.py.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from lsprotocol import types as lsp

from cellbridge.core.output.preview import shorten
from cellbridge.core.runs.runs import KernelState
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find import environments, package_installation
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.find.package_installation import ManagedError, ReportLine
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.missing_module import kernel_environment
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook

CREATE = "Create .venv and Install"
NOT_NOW = "Not Now"
_LIVE_STATES = {KernelState.IDLE, KernelState.BUSY}
_NO_ENVIRONMENT = (
    "Packages can be installed only in a Python environment; choose one with Select Kernel."
)
_numbers = itertools.count(1)


async def install_kernel_package(
    call: Invocation, arguments: p.InstallKernelPackageArguments
) -> None:
    """Install ipykernel in an environment, and make the document run there."""
    notebook = call.context.notebook(arguments.uri)
    environment = await _environment(notebook, arguments.id)
    await install(call.context, notebook, environment, "ipykernel", call.token)
    if arguments.id and await asyncio.to_thread(lambda: environment.ipykernel):
        notebook.kernels.pick(str(environment.python))
        if notebook.kernel.state in _LIVE_STATES:
            await notebook.restart()


async def install_package(call: Invocation, arguments: p.InstallPackageArguments) -> None:
    """Install a package in the environment of the document's kernel."""
    notebook = call.context.notebook(arguments.uri)
    environment = await kernel_environment(notebook)
    if environment is None:
        raise SessionError(_NO_ENVIRONMENT)
    await install(call.context, notebook, environment, arguments.package, call.token)
    done = f"{arguments.package} is installed; run the cell again."
    call.context.editor.show(done, lsp.MessageType.Info)


async def install(
    context: Context,
    notebook: Notebook,
    environment: Environment,
    package: str,
    token: lsp.ProgressToken | None = None,
) -> None:
    """Install a package into an environment, with progress.

    Raises:
        SessionError: The installation failed; the message contains the installer's reason.
    """
    try:
        step = await asyncio.to_thread(package_installation.plan, environment, [package])
        async with _progress(context, f"Installing {package}", token) as say:
            say(step.command)
            await package_installation.run(step, say)
    except ManagedError as error:
        await _offer_environment(context, notebook, environment, package, error)
    except KernelError as error:
        raise SessionError(str(error)) from error
    context.workspace.kernel_candidates.forget()


async def _environment(notebook: Notebook, chosen: str | None) -> Environment:
    if chosen is None:
        environment = (await notebook.kernel_choice()).environment
    else:
        environment = await asyncio.to_thread(environments.of, chosen)
    if environment is None:
        raise SessionError(_NO_ENVIRONMENT)
    return environment


async def _offer_environment(
    context: Context,
    notebook: Notebook,
    base: Environment,
    package: str,
    refused: ManagedError,
) -> None:
    """Offer to create a virtual environment next to the script, and create it.

    Raises:
        SessionError: The user declined, or it cannot be created.
    """
    if notebook.path is None:
        raise SessionError(f"{refused} Save the script first.")
    directory = notebook.path.parent
    question = f"{refused} Create .venv in {directory}?"
    if await context.editor.choose(question, (CREATE, NOT_NOW)) != CREATE:
        raise SessionError(str(refused))
    try:
        step, prefix = await asyncio.to_thread(
            package_installation.new_environment, base, directory
        )
        async with _progress(context, "Creating .venv") as say:
            say(step.command)
            await package_installation.run(step, say)
        environment = await asyncio.to_thread(package_installation.created_environment, prefix)
    except KernelError as error:
        raise SessionError(str(error)) from error
    if package != "ipykernel":
        await install(context, notebook, environment, "ipykernel")
    await install(context, notebook, environment, package)
    notebook.kernels.pick(str(environment.python))
    if notebook.kernel.state in _LIVE_STATES:
        await notebook.restart()


@asynccontextmanager
async def _progress(
    context: Context, title: str, given: lsp.ProgressToken | None = None
) -> AsyncGenerator[ReportLine]:
    """Show progress, if the editor supports it."""
    token = given
    if token is None and context.client.progress:
        token = f"cellbridge-install-{next(_numbers)}"
        create = lsp.WorkDoneProgressCreateParams(token)
        await context.editor.request(lsp.WINDOW_WORK_DONE_PROGRESS_CREATE, create)
    if token is None:
        yield lambda _: None
        return
    shown = token
    context.editor.progress(shown, lsp.WorkDoneProgressBegin(title))

    def say(line: str) -> None:
        report = lsp.WorkDoneProgressReport(message=shorten(line, 80))
        context.editor.progress(shown, report)

    try:
        yield say
    finally:
        context.editor.progress(shown, lsp.WorkDoneProgressEnd())
