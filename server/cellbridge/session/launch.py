"""Finding a notebook's host, and starting one where there is none.

Owns the race between clients that look at the same time, and the checks before a host is spoken to:
its directories, its socket and its process are the user's. It must not know what is said to a host.
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
from cellbridge.session.locations import Location, refuse_others

_FAILED = b"failed "
"""See `cellbridge.session.host.launch_report.FAILED`."""
LAUNCH_TIMEOUT = 30.0
"""Seconds in which a new host must say that it is ready."""
REACH_SECONDS = 8.0
"""How long a host that lives is waited for when it does not listen: it looks every two seconds
whether its socket is still there."""
POLL_SECONDS = 0.05
"""How often it is tried meanwhile."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(location: Location) -> Streams | None:
    """Connect to the notebook's host; None where none runs.

    A host that lives and does not listen has just begun, or makes its socket again: it is waited
    for.

    Raises:
        SessionSilentError: it cannot be reached.
        SessionError: what is in its place is another user's.
    """
    until = asyncio.get_running_loop().time() + REACH_SECONDS
    # Most often it listens where this process would; no file is read then.
    place = location
    while True:
        refusal: SessionError | None = None
        try:
            if streams := await _reach(place):
                return streams
        except SessionError as error:
            refusal = error  # A running host will move away from there.
        found, expected = await asyncio.to_thread(_look_up, location)
        if found == place:
            if not expected and refusal is not None:
                raise refusal
            if not expected:
                return None
            await asyncio.sleep(POLL_SECONDS)  # Wait: a socket that is made again tells nobody.
        if asyncio.get_running_loop().time() > until:
            raise refusal or SessionSilentError(
                f"The session of {location.name} runs but cannot be reached; "
                "stop it (cellbridge sessions stop) and run a cell to start a new one."
            )
        place = found


async def connect_or_start(location: Location, plan: HostPlan) -> Streams:
    """Connect to the notebook's host, starting it first where none runs.

    Raises:
        SessionError: no host could be started or reached, or its directory is not private.
    """
    if streams := await connect(location):
        return streams
    try:
        return await _started(location, plan)
    except OSError as error:
        raise _could_not("started", error) from error


async def _started(location: Location, plan: HostPlan) -> Streams:
    await asyncio.to_thread(location.prepare)
    # Whoever comes second waits here while the first one starts the host, and then finds it.
    lock = await asyncio.to_thread(presence.taken, location, presence.LAUNCH, LAUNCH_TIMEOUT)
    if lock is None:
        raise SessionError(
            "Another program has been starting this session for "
            f"{LAUNCH_TIMEOUT:.0f} seconds; wait for it or end it, and run the cell again."
        )
    with lock:
        if streams := await connect(location):
            return streams
        await asyncio.wait_for(asyncio.to_thread(_start, location, plan), LAUNCH_TIMEOUT + 5)
        if streams := await connect(location):
            return streams
    raise SessionError(f"The session could not be started; its log says why: {location.log}")


def _look_up(location: Location) -> tuple[Location, bool]:
    """Return where the notebook's host listens or would listen, and whether it can be waited for.

    Raises:
        SessionError: it runs on another machine.
    """
    from cellbridge.session import registry  # noqa: PLC0415 (kept out of the server's start)

    return registry.placed(location), registry.expected(location)


async def _reach(place: Location) -> Streams | None:
    """Connect to the socket of a host; None where no process listens.

    Raises:
        SessionError: a directory on the way to it, or the process that listens, is another user's.
    """
    refuse_others(place.runtime)
    if not is_own_socket(place.socket):
        return None
    try:
        reader, writer = await asyncio.open_unix_connection(str(place.socket), limit=1 << 20)
    except OSError as error:
        if shortage(error):
            raise _could_not("looked for", error) from error
        return None
    if writer.get_extra_info("peername") is None:
        writer.close()  # Too many wait already for a host that takes none of them.
        return None
    if is_own_peer(writer.get_extra_info("socket")):
        return reader, writer
    writer.close()
    raise SessionError(
        f"Another user's program answers at {place.socket}, so it is not used; "
        "remove it or point CELLBRIDGE_RUNTIME_DIR elsewhere."
    )


def _could_not(what: str, error: OSError) -> SessionError:
    reason = shortage(error) or (f"{error}." if str(error) else "it took too long.")
    return SessionError(f"The session could not be {what}: {reason}")


def _existing(directory: Path) -> Path:
    """Return the nearest directory above that exists now, since a kernel must start somewhere."""
    while not directory.is_dir() and directory != directory.parent:
        directory = directory.parent
    return directory


def _start(location: Location, plan: HostPlan) -> None:
    """Start a host that outlives this process, and wait until it listens."""
    argv = [sys.executable, "-m", "cellbridge.session.host"]
    argv += ["--key", location.key, "--name", location.name]
    argv += ["--runtime", str(location.runtime), "--data", str(location.data)]
    argv += replace(plan, cwd=_existing(plan.cwd)).to_arguments()
    with _opened_log(location) as errors:
        host = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd="/",
            start_new_session=True,
        )
    assert host.stdin is not None  # noqa: S101 (it was asked for)
    assert host.stdout is not None  # noqa: S101 (it was asked for)
    with host.stdout as said:
        with contextlib.suppress(BrokenPipeError), host.stdin:  # Broken: its log says why.
            # Not on the command line, which everyone can read: variables may be secrets.
            host.stdin.write(msgspec.json.encode(plan.first) if plan.first is not None else b"")
        # The host writes one line and closes its end, or ends; either way this read returns.
        line = said.readline()
    # The process started here has forked the real host and ended, so nothing is left to reap.
    host.wait()
    if line.startswith(_FAILED):
        raise SessionError(line.removeprefix(_FAILED).decode("utf-8", "replace").strip())
    if not line:
        raise SessionError(
            f"The session's process ended while it started; its log says why: {location.log}"
        )


def _opened_log(location: Location) -> IO[bytes]:
    """Return where the host writes what it cannot log: its log, or nowhere on a full disk."""
    try:
        return os.fdopen(open_own(location.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab")
    except OSError:
        return open(os.devnull, "ab")  # noqa: PTH123 (a device)
