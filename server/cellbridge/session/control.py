"""The list of this machine's sessions, the end of one of them and its agents, from outside.

Owns the description of sessions without using them: an observer does not count as a client, so an
unattended session stays unattended. It starts no session, unless the caller gives a plan for it.

Invariant: a session that does not answer delays no other, and is awaited for a bounded time.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cellbridge.core.runs.agents import ClientInfo
from cellbridge.session import agent_permission
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import NOT_ANSWERING, SessionError, SessionSilentError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.launch import ensure_host
from cellbridge.session.locations import Location, record_script
from cellbridge.session.messages import Description
from cellbridge.session.registry import (
    HostRecord,
    end_kernels,
    has_host,
    has_orphaned_kernel,
    is_host_process,
    list_sessions,
    prune,
    read_record,
    signal_host,
)

ANSWER_SECONDS = 5.0
STOP_SECONDS = 15.0
DEATH_SECONDS = 5.0
"""Seconds that a killed process gets to end: one that waits for a disk may take long."""

T = TypeVar("T")

SessionStatus = tuple[Location, HostRecord, Description | SessionError]


class _NoListener:
    """A listener that ignores all changes."""

    def session_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        """See `cellbridge.session.client.SessionListener`."""

    def session_lost(self) -> None:
        """See `cellbridge.session.client.SessionListener`."""


async def describe_sessions(client: str) -> list[SessionStatus]:
    """Return the description of every session, or the error; the oldest first."""
    found = await asyncio.to_thread(list_sessions)
    replies = await asyncio.gather(*(describe_session(location, client) for location, _ in found))
    return [(*entry, answer) for entry, answer in zip(found, replies, strict=True)]


async def describe_session(location: Location, client: str) -> Description | SessionError:
    """Return the description of a session, or the error."""
    answer = await observe(location, ClientInfo(client), SessionClient.describe, ANSWER_SECONDS)
    return answer or SessionError("The session is starting or has just ended.")


async def observe(
    location: Location,
    client: ClientInfo,
    request: Callable[[SessionClient], Awaitable[T]],
    seconds: float | None,
    *,
    start: HostPlan | None = None,
) -> T | SessionError | None:
    """Return a session's reply to an observer's request, or the error; None if no session runs.

    ``seconds``: the time limit; None for a request that the host itself limits. With ``start``, a
    session is started if none runs.
    """
    async with asyncio.TaskGroup() as tasks:
        try:
            async with asyncio.timeout(seconds):
                if start is not None:
                    await ensure_host(location, start)
                session = await SessionClient.attach(
                    location, client, _NoListener(), tasks, observer=True
                )
                if session is None:
                    return None
                try:
                    return await request(session)
                finally:
                    session.close()
        except SessionError as error:
            return error
        except TimeoutError:
            return SessionSilentError(NOT_ANSWERING)


async def allow_agents(location: Location, client: str, *, allowed: bool) -> None:
    """Allow agents in all sessions of a script, or in none; a running session takes it at once.

    Raises:
        SessionError: the permission could not be changed; or it was, and the session does not
            answer.
    """
    agent_permission.write(location, allowed=allowed)
    if allowed:
        record_script(location)

    async def request(session: SessionClient) -> None:
        await session.allow_agents(allowed=allowed, remember=True)

    answer = await observe(location, ClientInfo(client), request, ANSWER_SECONDS)
    if isinstance(answer, SessionError):
        raise answer


async def stop_session(location: Location, record: HostRecord, client: str) -> SessionError | None:
    """End a session and its kernel; return the error if it has not ended, else None."""
    async with asyncio.TaskGroup() as tasks:
        try:
            session = await SessionClient.attach(
                location, ClientInfo(client), _NoListener(), tasks, observer=True
            )
            if session is None:
                gone = await asyncio.to_thread(_wait_for_end, location, record)
                return None if gone else SessionSilentError(NOT_ANSWERING)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await session.shutdown()
            finally:
                session.close()
        except TimeoutError:
            return SessionError(
                f"The session of {record.name} (process {record.pid}) does not end; "
                "end it with cellbridge sessions stop --force."
            )
        except SessionSilentError as error:
            return error
        except SessionError:
            # A host of another version cannot decode requests, but every host ends at SIGTERM.
            signal_host(location, record, signal.SIGTERM)
            if not await asyncio.to_thread(_wait_for_end, location, record, STOP_SECONDS):
                return SessionSilentError(NOT_ANSWERING)
    return None


async def kill_session(location: Location, client: str) -> bool:
    """Kill the kernel of a session and its host; return True if the session is gone.

    The outputs stay in the store, as far as they had arrived.
    """
    if not await asyncio.to_thread(_kill, location):
        return False
    # Another editor may have started a host in the meantime, to adopt the kernel.
    again = await asyncio.to_thread(_read_live_record, location)
    return again is None or await stop_session(location, again, client) is None


def _kill(location: Location) -> bool:
    record = _read_live_record(location)
    if record is not None:
        if not is_host_process(record):
            return False
        # First the kernel: a client that notices the host's end adopts a kernel that is left.
        end_kernels(location)
        if not signal_host(location, record, signal.SIGKILL):
            return False
    if not _wait_for_end(location, record):
        return False
    prune(location)
    return has_host(location) or not has_orphaned_kernel(location)


def _wait_for_end(
    location: Location, record: HostRecord | None, seconds: float = DEATH_SECONDS
) -> bool:
    """Wait for the end of a host; return True if it has ended in time."""
    end = time.monotonic() + seconds
    while has_host(location):
        now = read_record(location)
        if record is not None and now is not None and now.pid != record.pid:
            break  # Another host has taken its place.
        if time.monotonic() > end:
            return False
        time.sleep(0.02)  # Wait: for the end of a process that is not a child of this one.
    return True


def _read_live_record(location: Location) -> HostRecord | None:
    """Return the record of a session's host; None if it has no host."""
    return read_record(location) if has_host(location) else None
