"""Commands for a document's kernel, and for the sessions on this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import KernelState
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.kernel_choice import problem_of
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.lsp.features.kernel_hover import kernel_sentences
from cellbridge.lsp.status_text import force_stopped_message
from cellbridge.session.errors import SessionError
from cellbridge.workspace.workspace import path_of

if TYPE_CHECKING:
    from cellbridge.session.locations import Location
    from cellbridge.session.registry import HostRecord

_LIVE_STATES = {KernelState.IDLE, KernelState.BUSY, KernelState.STARTING, KernelState.RESTARTING}


async def select_kernel(call: Invocation, arguments: p.SelectKernelArguments) -> None:
    """Select the document's kernel; a running kernel is replaced."""
    notebook = call.context.notebook(arguments.uri)
    if arguments.id:
        await asyncio.to_thread(_check, arguments.id, notebook.language.name)
    notebook.kernels.pick(arguments.id)
    if notebook.kernel.state in _LIVE_STATES:
        await notebook.restart()


async def show_kernel_details(call: Invocation, arguments: p.NotebookArguments) -> p.KernelDetails:
    """Show the document's kernel and the reason, even without a header to hover over."""
    text = " ".join(await kernel_sentences(call.context.notebook(arguments.uri)))
    call.context.editor.show(text, lsp.MessageType.Info)
    return p.KernelDetails(text)


async def stop_session(call: Invocation, arguments: p.NotebookArguments) -> None:
    """End the session of a script, which need not be open here."""
    notebook = call.context.workspace.get(arguments.uri)
    if notebook is not None:
        await notebook.shutdown()
        return
    from cellbridge.session.control import stop_session  # noqa: PLC0415 (only when asked)

    location, record = await asyncio.to_thread(_session_of, arguments.uri)
    if (problem := await stop_session(location, record, call.context.client.name)) is not None:
        raise problem


async def force_stop_session(call: Invocation, arguments: p.NotebookArguments) -> None:
    """Kill a session that does not answer; its script need not be open here."""
    context = call.context
    notebook = context.workspace.get(arguments.uri)
    if notebook is not None:
        await notebook.force_stop()
        context.editor.show(force_stopped_message(notebook.name), lsp.MessageType.Info)
        return
    from cellbridge.session.control import kill_session  # noqa: PLC0415 (only when asked)

    location, record = await asyncio.to_thread(_session_of, arguments.uri)
    if not await kill_session(location, context.client.name):
        raise SessionError(
            f"The session of {record.name} (process {record.pid}) could not be stopped, possibly "
            "because it is waiting for a disk; try again later."
        )
    context.editor.show(force_stopped_message(record.name), lsp.MessageType.Info)


def _session_of(uri: str) -> tuple[Location, HostRecord]:
    """Return the location of a script's session, and the record of its host.

    Raises:
        SessionError: No session is running.
    """
    from cellbridge.session.locations import of_script  # noqa: PLC0415 (only when asked)
    from cellbridge.session.registry import list_sessions  # noqa: PLC0415

    path = path_of(uri)
    key = of_script(path).key if path is not None else ""
    for location, record in list_sessions():
        if record.key == key:
            return location, record
    raise SessionError(f"No session runs for {path or uri}.")


def _check(chosen: str, language: str) -> None:
    """Check that the chosen kernel exists and can run.

    Raises:
        SessionError: It cannot; the message contains what to do.
    """
    from cellbridge.kernel.find.specs import find, missing_program  # noqa: PLC0415 (slow to import)

    try:
        spec = find(chosen, language)
        problem = str(missing_program(spec) or "")
    except KernelError as error:
        raise SessionError(str(error)) from None
    environment = environments.of(chosen) if "/" in chosen else None
    if environment is not None:
        problem = problem_of(environment)
    if problem:
        raise SessionError(problem)
