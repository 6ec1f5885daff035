"""A look at the sessions of this machine, and an end to one of them, from outside.

Owns asking a session about itself without using it: whoever only looks is no client, so an
unattended session stays unattended. It must not start a session.

Invariant: a session that does not answer holds up no other, and is waited for a bounded time.
"""

from __future__ import annotations

import asyncio
import signal
import time

from cellbridge.session.client import SessionClient
from cellbridge.session.errors import NOT_ANSWERING, SessionError, SessionSilentError
from cellbridge.session.locations import Location
from cellbridge.session.messages import Description
from cellbridge.session.registry import (
    HostRecord,
    end_kernels,
    occupied,
    orphaned,
    prune,
    record_of,
    sessions,
    signal_host,
    verified,
)

ANSWER_SECONDS = 5.0
STOP_SECONDS = 15.0
DEATH_SECONDS = 5.0
"""Seconds that a killed process gets to be gone: one that waits for a disk may take long."""

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
            async with asyncio.timeout(ANSWER_SECONDS):
                there = await SessionClient.attach(
                    location, client, _Nobody(), tasks, only_looking=True
                )
                if there is None:
                    return SessionError("The session is starting or has just ended.")
                try:
                    return await there.describe()
                finally:
                    there.close()
        except SessionError as error:
            return error
        except TimeoutError:
            return SessionSilentError(NOT_ANSWERING)


async def stopped(location: Location, record: HostRecord, client: str) -> SessionError | None:
    """End a session and its kernel; returns why it has not ended, or None."""
    async with asyncio.TaskGroup() as tasks:
        try:
            there = await SessionClient.attach(
                location, client, _Nobody(), tasks, only_looking=True
            )
            if there is None:
                gone = await asyncio.to_thread(_left, location, record)
                return None if gone else SessionSilentError(NOT_ANSWERING)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await there.shutdown()
            finally:
                there.close()
        except TimeoutError:
            return SessionError(
                f"The session of {record.name} (process {record.pid}) does not end; "
                "end it with cellbridge sessions stop --force."
            )
        except SessionSilentError as error:
            return error
        except SessionError:
            # A host of another version understands no request, but every host ends at SIGTERM.
            signal_host(location, record, signal.SIGTERM)
            if not await asyncio.to_thread(_left, location, record, STOP_SECONDS):
                return SessionSilentError(NOT_ANSWERING)
    return None


async def killed(location: Location, client: str) -> bool:
    """Kill the kernel of a session and its host; returns whether the session is gone.

    The outputs stay in the store, as far as they had come.
    """
    if not await asyncio.to_thread(_killed, location):
        return False
    # Another editor may have started a host meanwhile, to go on with the kernel.
    again = await asyncio.to_thread(_record_of, location)
    return again is None or await stopped(location, again, client) is None


def _killed(location: Location) -> bool:
    record = _record_of(location)
    if record is not None:
        if not verified(record):
            return False
        # First the kernel: whoever sees the host's end goes on with a kernel that is left.
        end_kernels(location)
        if not signal_host(location, record, signal.SIGKILL):
            return False
    if not _left(location, record):
        return False
    prune(location)
    return occupied(location) or not orphaned(location)


def _left(location: Location, record: HostRecord | None, seconds: float = DEATH_SECONDS) -> bool:
    """Wait for the end of a host; returns whether it has ended in time."""
    end = time.monotonic() + seconds
    while occupied(location):
        now = record_of(location)
        if record is not None and now is not None and now.pid != record.pid:
            break  # Another host has taken its place.
        if time.monotonic() > end:
            return False
        time.sleep(0.02)  # Wait: for the end of a process that is no child of this one.
    return True


def _record_of(location: Location) -> HostRecord | None:
    """Return the record of a session's host, where it has one."""
    return record_of(location) if occupied(location) else None
