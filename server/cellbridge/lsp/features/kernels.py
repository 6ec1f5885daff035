"""cellbridge/kernels and cellbridge/sessions: a script's available kernels, and all sessions.

Owns only the translation. No kernel is started for an answer.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from cellbridge.core.runs.runs import KernelState
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.kernel_choice import Choice, same_kernel
from cellbridge.lsp.context import Context
from cellbridge.lsp.protocol import (
    KernelChoice,
    KernelsParams,
    KernelsResult,
    Session,
    SessionsParams,
    SessionsResult,
)
from cellbridge.session.errors import SessionError, SessionSilentError
from cellbridge.session.messages import Description
from cellbridge.workspace.kernel_candidates import KernelCandidate, candidate_of
from cellbridge.workspace.notebook import Notebook

_LIVE_STATES = {KernelState.IDLE, KernelState.BUSY, KernelState.STARTING, KernelState.RESTARTING}


async def kernels(context: Context, params: KernelsParams) -> KernelsResult:
    """Return the kernels in which a document can run."""
    notebook = context.notebook(params.uri)
    choice = await notebook.kernel_choice()
    offers = context.workspace.kernel_candidates
    searching = params.search and await offers.search(context.folders(notebook))
    found = await offers.choices(notebook.kernels.without_choice(notebook.text), choice)
    current = _current(notebook, choice, found)
    marked = await asyncio.to_thread(_with_current, found, current)
    return KernelsResult([_choice(*each) for each in marked], choice.why, searching)


async def sessions(context: Context, params: SessionsParams) -> SessionsResult:  # noqa: ARG001 - the message has no fields
    """Return the sessions on this machine."""
    from cellbridge.session.control import describe_sessions  # noqa: PLC0415 (only when asked)

    seen = await describe_sessions(context.client.name)
    return SessionsResult([_session(record.name, record.started, said) for _, record, said in seen])


def _session(name: str, started: float, said: Description | SessionError) -> Session:
    uri = Path(name).as_uri() if name.startswith("/") else ""
    if isinstance(said, SessionError):
        silent = isinstance(said, SessionSilentError)
        state = KernelState.UNRESPONSIVE.value if silent else "unknown"
        return Session(uri, name, "", state, started_at=started)
    return Session(
        uri=uri,
        name=name,
        kernel=said.kernel.name,
        state=said.kernel.state.value,
        memory=said.memory,
        cpu=said.cpu,
        clients=said.clients,
        agents=said.agents.connected,
        started_at=started,
        last_used=said.last_used,
        running_since=said.running_since,
    )


def _with_current(
    offers: list[KernelCandidate], current: str
) -> list[tuple[KernelCandidate, bool]]:
    """Return each kernel, and whether it is the current one; that is added if it is missing."""
    marked = [(offer, same_kernel(offer.id, current)) for offer in offers]
    if not current or any(is_current for _, is_current in marked):
        return marked
    environment = environments.of(current) if os.sep in current else None
    return marked if environment is None else [(candidate_of(environment), True), *marked]


def _choice(offer: KernelCandidate, is_current: bool) -> KernelChoice:  # noqa: FBT001 - one of a pair
    return KernelChoice(
        id=offer.id,
        title=offer.title,
        detail=offer.detail,
        kind="environment" if offer.environment is not None else "kernelspec",
        language=offer.language,
        current=is_current,
        runnable=offer.runnable,
        problem=offer.problem,
    )


def _current(notebook: Notebook, choice: Choice, offers: list[KernelCandidate]) -> str:
    """Return the id of the kernel that runs, otherwise of the kernel that would be started."""
    if notebook.kernel.state in _LIVE_STATES and notebook.kernel.id:
        return notebook.kernel.id
    if choice.id is not None:
        return choice.id
    language = notebook.language.name.casefold()
    fitting = [offer.id for offer in offers if offer.language.casefold() == language]
    return fitting[0] if fitting else ""
