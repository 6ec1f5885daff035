"""A session that belongs to one command and ends with it.

Owns its directories and its end. It must not know what is run in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from cellbridge.cli.errors import CommandError
from cellbridge.session.client import SessionClient, SessionListener
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location, runtime_root
from cellbridge.session.plan import HostPlan

CLIENT = "cellbridge run"
ORPHAN_HOURS = 30 / 3600
"""How long the session waits for its client; afterwards it ends with it."""
_STOP_SECONDS = 15.0
"""What the kernel gets to end."""

T = TypeVar("T")


async def in_private_session(
    script: Path, listener: SessionListener, use: Callable[[SessionClient], Awaitable[T]]
) -> T:
    """Return what ``use`` makes of a new session for ``script``; the session ends with it.

    Raises:
        SessionError: the session could not be started, or broke off.
        CommandError: ``use`` raised it.
        BrokenPipeError: whoever read this process's output has gone.
    """
    key = f"run-{secrets.token_hex(6)}"
    data = Path(tempfile.mkdtemp(prefix="cellbridge-run-"))
    location = Location(key, str(script), runtime_root() / key, data)
    plan = HostPlan(script.parent, ORPHAN_HOURS, temporary=True)
    fault: Exception | None = None
    outcome: list[T] = []
    async with asyncio.TaskGroup() as tasks:
        try:
            client = await SessionClient.open(location, CLIENT, listener, tasks, plan)
        except SessionError as error:
            # Its log, which the sentence names, stays for who wants to read it.
            fault = error
        else:
            try:
                outcome.append(await use(client))
            except (SessionError, CommandError, BrokenPipeError) as error:
                fault = error  # Raised below: a group would wrap it.
            finally:
                await _stop(client)
                for directory in (location.runtime, data):
                    shutil.rmtree(directory, ignore_errors=True)
    if fault is not None:
        raise fault
    return outcome[0]


async def _stop(client: SessionClient) -> None:
    try:
        with contextlib.suppress(SessionError, TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await client.shutdown()
    finally:
        client.close()
