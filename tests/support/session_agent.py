"""An agent as a client of a session, without the protocol by which real agents talk to it.

Owns the requests of such an agent in tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from cellbridge.core.runs.agents import ClientInfo, ClientKind
from cellbridge.session.client import SessionClient
from cellbridge.session.locations import of_script
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.open_script import SilentListener
from cellbridge.workspace.workspace import Workspace
from support.sessions import Watcher

AGENT = ClientInfo("Claude\x1b[31m Code", ClientKind.AGENT)
"""An agent whose name holds an escape, which no text for the user may contain."""


@asynccontextmanager
async def asking(script: Path) -> AsyncIterator[asyncio.Task[bool | None]]:
    """An agent that waits for the user's permission."""
    async with asyncio.TaskGroup() as tasks:
        place = of_script(script)
        session = await SessionClient.attach(place, AGENT, Watcher(), tasks, observer=True)
        assert session is not None
        yield tasks.create_task(session.ask_access())
        session.close()


async def ask(script: Path) -> bool | None:
    """Wait for the user's permission, and return it."""
    async with asking(script) as answer:
        return await answer


@asynccontextmanager
async def agent_in(script: Path, text: str, *, allowed: bool = False) -> AsyncIterator[Notebook]:
    """An agent that has opened the script, whose file has this text."""
    agent = msgspec.structs.replace(AGENT, allowed=allowed)
    async with Workspace(SilentListener(), client=agent) as workspace:
        notebook = workspace.open(script.as_uri(), "python", 1, "")
        await notebook.follow_text(text)
        yield notebook
