"""The user's permission for the agent of this process.

Owns the order in which permission is searched for and requested. It must not know tools.

The order: the option ``--allow``; the permission remembered for the script; that of the session;
the user's answer in an editor that is connected to the session; the user's answer in the agent's
own program; and, if that cannot ask, the user's answer in an editor that has the script open while
no session runs yet. A refusal holds until the user allows agents by other means. Editors in which
the user does not answer are not asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from cellbridge.core.output.escapes import label
from cellbridge.core.runs.agents import ClientInfo, ClientKind
from cellbridge.mcp.answers import RefusedError, ToolError
from cellbridge.mcp.scripts import OpenScript, ScriptPath
from cellbridge.session import agent_permission, control
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, of_script
from cellbridge.workspace.script_file import ScriptFileError, read_script
from cellbridge.workspace.workspace import IDLE_HOURS

HOW_TO_ALLOW = (
    "The user can allow it by the editor's command Allow Agents, by `cellbridge agents allow "
    "{script}`, or by starting `cellbridge mcp --allow {script}`."
)

_IGNORED_SECONDS = 10.0
"""Seconds after which a question without an answer was shown in an editor, and not answered."""


class Questioner(Protocol):
    """The means to ask the user for an agent."""

    agent: str
    ask: Callable[[str, str], Awaitable[bool | None]]


class Permission:
    """The permission for this process's agent, script by script."""

    def __init__(self, allowed: Sequence[Path] = (), *, restart: bool = False) -> None:
        """Allow the scripts and folders in ``allowed``; ``restart``: allow restarts too.

        Links in the paths ``allowed`` are resolved.
        """
        self._allowed = allowed
        self._restart = restart
        self._accepted: set[Path] = set()
        self._refused: set[Path] = set()
        self._ignored: set[Path] = set()
        """The scripts for which the user did not answer in an editor."""
        self._awaited: set[Path] = set()
        """The scripts for which a session was started once, so that an editor could connect."""
        self._asking: dict[Path, asyncio.Lock] = {}

    async def obtain(
        self, place: ScriptPath, script: OpenScript | None, call: Questioner
    ) -> ClientInfo:
        """Return the client as which the agent may use a script, which may be open already.

        Raises:
            ToolError: the user does not allow it, or the file is not a script.
        """
        if script is not None and script.notebook.has_session and script.client.name == call.agent:
            return script.client
        # Calls at one time ask the user once.
        async with self._asking.setdefault(place.real, asyncio.Lock()):
            return await self._obtain(place, call)

    async def _obtain(self, place: ScriptPath, call: Questioner) -> ClientInfo:
        key = place.real
        if self._is_configured(key) or key in self._accepted:
            return ClientInfo(call.agent, ClientKind.AGENT, allowed=True)
        client = ClientInfo(call.agent, ClientKind.AGENT)
        location = await asyncio.to_thread(_locate, place.path)
        if await asyncio.to_thread(agent_permission.read, location):
            return client
        if await self._ask_in_editors(location, client, key):
            return client
        question = f"{call.agent} wants to read and run {place.path} in its session. Allow this?"
        answer = None if key in self._refused else await call.ask("access", question)
        if answer:
            self._accepted.add(key)
            return ClientInfo(call.agent, ClientKind.AGENT, allowed=True)
        if answer is False:
            self._refused.add(key)
        elif key not in self._refused | self._ignored | self._awaited:
            self._awaited.add(key)
            start = HostPlan(place.path.parent, IDLE_HOURS)
            if await self._ask_in_editors(location, client, key, start=start):
                return client
        raise RefusedError(_refusal(place.path, refused=key in self._refused))

    async def confirm_restart(self, path: Path, call: Questioner) -> None:
        """Check that the user allows the restart of a kernel.

        Raises:
            RefusedError: the user does not allow it.
        """
        question = f"{call.agent} wants to restart the kernel of {path}. All variables are lost."
        if self._restart or await call.ask("restart", question):
            return
        raise RefusedError(
            f"The kernel of {label(path.name)} was not restarted, because the user has not allowed "
            "it. Ask the user to restart it in the editor, or to start `cellbridge mcp` with "
            "--allow-restart."
        )

    def _is_configured(self, path: Path) -> bool:
        return any(path == allowed or allowed in path.parents for allowed in self._allowed)

    async def _ask_in_editors(
        self, location: Location, client: ClientInfo, key: Path, *, start: HostPlan | None = None
    ) -> bool:
        """Return True if the session allows agents, or the user does so in an editor now.

        With ``start``, a session is started if none runs.
        """

        async def request(session: SessionClient) -> bool | None:
            if (await session.describe()).agents.allowed:
                return True
            if key in self._refused | self._ignored:
                return None
            return await session.ask_access(new=start is not None)

        begun = asyncio.get_running_loop().time()
        answer = await control.observe(location, client, request, None, start=start)
        if answer is None and asyncio.get_running_loop().time() - begun > _IGNORED_SECONDS:
            self._ignored.add(key)
        if isinstance(answer, SessionError):
            raise ToolError(str(answer))
        if answer is False:
            self._refused.add(key)
        return bool(answer)


def _locate(path: Path) -> Location:
    """Return the location of a script's session, if the file is a script."""
    try:
        read_script(path)
    except ScriptFileError as error:
        raise ToolError(label(str(error))) from None
    return of_script(path)


def _refusal(path: Path, *, refused: bool) -> str:
    what = "The user has refused agents" if refused else "The user has not allowed agents"
    return f"{what} for {label(path.name)}. {HOW_TO_ALLOW.format(script=label(str(path)))}"
