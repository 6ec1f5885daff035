"""The connection to a notebook's host, which is started if none runs.

Owns the race between clients that connect at the same time, and the checks before a connection: the
host's directories, socket and process belong to the user. It must not know the messages to a host.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO

import msgspec

from cellbridge.core.resource_errors import shortage
from cellbridge.kernel.trust.ownership import is_own_peer, is_own_socket, open_own
from cellbridge.session import presence
from cellbridge.session.errors import SessionError, SessionSilentError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, check_owner

_FAILED = b"failed "
"""See `cellbridge.session.host.launch_report.FAILED`."""
LAUNCH_TIMEOUT = 30.0
"""Seconds in which a new host must report that it is ready."""
REACH_SECONDS = 8.0
"""Seconds to wait for a running host that does not listen: it checks its socket every two
seconds."""
POLL_SECONDS = 0.05
"""Seconds between two attempts in that time."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(location: Location) -> Streams | None:
    """Connect to the notebook's host; None if none runs.

    A running host that does not listen has just started, or is creating its socket again; this
    function waits for it.

    Raises:
        SessionSilentError: the host cannot be reached.
        SessionError: the directory or socket in its place is another user's.
    """
    until = asyncio.get_running_loop().time() + REACH_SECONDS
    # Usually the host listens at this process's own path; then no file is read.
    place = location
    while True:
        refusal: SessionError | None = None
        try:
            if streams := await _connect_to(place):
                return streams
        except SessionError as error:
            refusal = error  # A running host will move to another directory.
        found, expected = await asyncio.to_thread(_find_host, location)
        if found == place:
            if not expected and refusal is not None:
                raise refusal
            if not expected:
                return None
            await asyncio.sleep(POLL_SECONDS)  # Wait: no event reports a new socket.
        if asyncio.get_running_loop().time() > until:
            raise refusal or SessionSilentError(
                f"The session of {location.name} runs but cannot be reached; "
                "stop it (cellbridge sessions stop) and run a cell to start a new one."
            )
        place = found


async def connect_or_start(location: Location, plan: HostPlan) -> Streams:
    """Connect to the notebook's host; start one if none runs.

    Raises:
        SessionError: no host could be started or reached, or its directory is not private.
    """
    if streams := await connect(location):
        return streams
    try:
        return await _start_and_connect(location, plan)
    except OSError as error:
        raise _failure("started", error) from error


async def ensure_host(location: Location, plan: HostPlan) -> None:
    """Start the notebook's host if none runs; without a client it soon ends again.

    Raises:
        SessionError: it could not be started or reached, or its directory is not private.
    """
    _, writer = await connect_or_start(location, plan)
    writer.close()


async def _start_and_connect(location: Location, plan: HostPlan) -> Streams:
    await asyncio.to_thread(location.prepare)
    # A second client waits here while the first one starts the host, and then finds it.
    lock = await asyncio.to_thread(presence.acquire_lock, location, presence.LAUNCH, LAUNCH_TIMEOUT)
    if lock is None:
        raise SessionError(
            "Another program has been starting this session for "
            f"{LAUNCH_TIMEOUT:.0f} seconds; wait for it or end it, and run the cell again."
        )
    with lock:
        if streams := await connect(location):
            return streams
        await asyncio.wait_for(asyncio.to_thread(_start_host, location, plan), LAUNCH_TIMEOUT + 5)
        if streams := await connect(location):
            return streams
    raise SessionError(f"The session could not be started; see its log: {location.log}")


def _find_host(location: Location) -> tuple[Location, bool]:
    """See `cellbridge.session.registry.find_host`."""
    from cellbridge.session import registry  # noqa: PLC0415 (kept out of the server's start)

    return registry.find_host(location)


async def _connect_to(place: Location) -> Streams | None:
    """Connect to the socket of a host; None if no process listens.

    Raises:
        SessionError: a directory on its path, or the listening process, is another user's.
    """
    check_owner(place.runtime)
    if not is_own_socket(place.socket):
        return None
    try:
        reader, writer = await asyncio.open_unix_connection(str(place.socket), limit=1 << 20)
    except OSError as error:
        if shortage(error):
            raise _failure("looked for", error) from error
        return None
    if writer.get_extra_info("peername") is None:
        writer.close()  # Too many clients already wait for a host that accepts none of them.
        return None
    if is_own_peer(writer.get_extra_info("socket")):
        return reader, writer
    writer.close()
    raise SessionError(
        f"Another user's program answers at {place.socket}, so it is not used; "
        "remove it or point CELLBRIDGE_RUNTIME_DIR elsewhere."
    )


def _failure(what: str, error: OSError) -> SessionError:
    reason = shortage(error) or (f"{error}." if str(error) else "it took too long.")
    return SessionError(f"The session could not be {what}: {reason}")


def _nearest_existing(directory: Path) -> Path:
    """Return the nearest existing directory at or above ``directory``, for a kernel to start in."""
    while not directory.is_dir() and directory != directory.parent:
        directory = directory.parent
    return directory


def _start_host(location: Location, plan: HostPlan) -> None:
    """Start a host that outlives this process, and wait until it listens."""
    argv = [sys.executable, "-m", "cellbridge.session.host"]
    argv += ["--key", location.key, "--name", location.name]
    argv += ["--runtime", str(location.runtime), "--data", str(location.data)]
    argv += replace(plan, cwd=_nearest_existing(plan.cwd)).to_arguments()
    with _open_log(location) as errors:
        host = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd="/",
            start_new_session=True,
        )
    assert host.stdin is not None  # noqa: S101 (it was requested)
    assert host.stdout is not None  # noqa: S101 (it was requested)
    with host.stdout as output:
        with contextlib.suppress(BrokenPipeError), host.stdin:  # Broken: see its log.
            # Not on the command line, which every user can read: variables may be secrets.
            host.stdin.write(msgspec.json.encode(plan.first) if plan.first is not None else b"")
        # The host writes one line and closes its end, or it ends; either way this read returns.
        line = output.readline()
    # The process started here has forked the host and ended, so this wait is short.
    host.wait()
    if line.startswith(_FAILED):
        raise SessionError(line.removeprefix(_FAILED).decode("utf-8", "replace").strip())
    if not line:
        raise SessionError(
            f"The session's process ended while it started; see its log: {location.log}"
        )


def _open_log(location: Location) -> IO[bytes]:
    """Open the file for the host's standard error: its log, or the null device on a full disk."""
    try:
        return os.fdopen(open_own(location.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab")
    except OSError:
        return open(os.devnull, "ab")  # noqa: PTH123 (a device)
