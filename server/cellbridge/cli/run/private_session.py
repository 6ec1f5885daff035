"""A session that belongs to a command, and ends with it or waits for the next command.

Owns the session's directories and its end. It must not know the cells that run in it.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from cellbridge.cli.errors import CommandError
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.session.client import SessionClient, SessionListener
from cellbridge.session.control import kill_session
from cellbridge.session.errors import SessionError, SessionLostError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, data_root, of_script, runtime_root
from cellbridge.session.messages import Warm

CLIENT = "cellbridge run"
ORPHAN_HOURS = 30 / 3600
"""The time that the session waits for its client before it ends."""
RESUME_HOURS = 1.0
"""The time that a session waits for ``--resume`` after a failing cell."""
_STOP_SECONDS = 15.0
"""The time for the kernel to end."""

T = TypeVar("T")


class PrivateSession:
    """A session for one script, separate from the session of an editor."""

    def __init__(self, script: Path, *, resumable: bool = False) -> None:
        self._resumable = resumable
        if resumable:
            key = f"run-{of_script(script).key}"
            data = data_root() / "sessions" / key
            self._plan = HostPlan(script.parent, RESUME_HOURS)
        else:
            key = f"run-{secrets.token_hex(6)}"
            data = Path(tempfile.mkdtemp(prefix="cellbridge-run-"))
            self._plan = HostPlan(script.parent, ORPHAN_HOURS, temporary=True)
        self._location = Location(key, str(script), runtime_root() / key, data)

    async def use(
        self,
        listener: SessionListener,
        work: Callable[[SessionClient], Awaitable[tuple[T, bool]]],
        first: Warm | None = None,
    ) -> T:
        """Run ``work`` in the session; it returns a result, and whether the session may end.

        ``first`` is the kernel that ``work`` will request, if it may be a new one.

        Raises:
            SessionError: the session could not be started, or was lost.
            CommandError: ``work`` raised it.
            BrokenPipeError: the reader of this process's output has closed the pipe.
        """
        fault: Exception | None = None
        outcome: list[T] = []
        async with asyncio.TaskGroup() as tasks:
            try:
                plan = replace(self._plan, first=first)
                own = ClientInfo(CLIENT)
                client = await SessionClient.open(self._location, own, listener, tasks, plan)
            except SessionError as error:
                # The error names the session's log, so the log is kept.
                fault = error
            else:
                over = not self._resumable
                try:
                    made, ended = await work(client)
                    outcome.append(made)
                    over = over or ended
                except (SessionError, CommandError, BrokenPipeError) as error:
                    fault = error  # Raised below, because a group would wrap it.
                finally:
                    await self._leave(client, over=over)
        if fault is not None:
            raise fault
        return outcome[0]

    async def _leave(self, client: SessionClient, *, over: bool) -> None:
        """End the session, or leave it for the next command."""
        try:
            if over:
                await self._end(client)
        finally:
            client.close()
            if over:
                for directory in (self._location.runtime, self._location.data):
                    shutil.rmtree(directory, ignore_errors=True)

    async def _end(self, client: SessionClient) -> None:
        """End the session, or kill it if it does not answer: no other client uses it."""
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await client.shutdown()
        except SessionLostError:
            return
        except (SessionError, TimeoutError):
            await kill_session(self._location, CLIENT)
