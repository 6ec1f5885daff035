"""A look at the sessions of this machine, and an end to one of them, from outside.

Owns asking a session about itself without using it: whoever only looks is no client, so an
unattended session stays unattended. It must not start a session.
"""

from __future__ import annotations

import asyncio
import signal

from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location
from cellbridge.session.messages import Description
from cellbridge.session.registry import HostRecord, sessions, signal_host

ANSWER_SECONDS = 5.0
STOP_SECONDS = 15.0

Seen = tuple[Location, HostRecord, Description | SessionError]


class _Nobody:
    """A listener for who only looks once."""

    def session_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        """See `cellbridge.session.client.SessionListener`."""

    def session_lost(self) -> None:
        """See `cellbridge.session.client.SessionListener`."""


async def look_at_all(client: str) -> list[Seen]:
    """Return what every session says of itself, or why it says nothing; the oldest first."""
    found = await asyncio.to_thread(sessions)
    said = await asyncio.gather(*(described(location, client) for location, _ in found))
    return [(*entry, answer) for entry, answer in zip(found, said, strict=True)]


async def described(location: Location, client: str) -> Description | SessionError:
    """Return what a session says of itself, or why it says nothing."""
    async with asyncio.TaskGroup() as tasks:
        try:
            there = await SessionClient.attach(
                location, client, _Nobody(), tasks, only_looking=True
            )
            if there is None:
                return SessionError("The session has just ended.")
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await there.describe()
            finally:
                there.close()
        except SessionError as error:
            return error
        except TimeoutError:
            return SessionError("The session does not answer.")


async def stopped(location: Location, pid: int, client: str) -> bool:
    """End a session; returns whether it has ended."""
    async with asyncio.TaskGroup() as tasks:
        try:
            there = await SessionClient.attach(
                location, client, _Nobody(), tasks, only_looking=True
            )
            if there is None:
                return True
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await there.shutdown()
            finally:
                there.close()
        except TimeoutError:
            return False
        except SessionError:
            # A host of another version understands no request, but every host ends at SIGTERM.
            for where, record in sessions():
                if where.key == location.key and record.pid == pid:
                    signal_host(location, record, signal.SIGTERM)
    return True
