"""Finding a notebook's host, and starting one where there is none.

Owns the race between clients that look at the same time. It must not know what is said to a host.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO

import msgspec

from cellbridge.core.shortage import shortage
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location
from cellbridge.session.plan import HostPlan

_FAILED = b"failed "
"""See `cellbridge.session.host.first.FAILED`."""
LAUNCH_TIMEOUT = 30.0
"""Seconds in which a new host must say that it is ready."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(location: Location) -> Streams | None:
    """Connect to the notebook's host; None where none runs.

    Raises:
        SessionError: the system is short of what it takes to find out.
    """
    try:
        return await asyncio.open_unix_connection(str(location.socket), limit=1 << 20)
    except OSError as error:
        if shortage(error):
            raise _could_not("looked for", error) from error
        return None


async def connect_or_start(location: Location, plan: HostPlan) -> Streams:
    """Connect to the notebook's host, starting it first where none runs.

    Raises:
        SessionError: no host could be started, or its directory is not private.
    """
    if streams := await connect(location):
        return streams
    try:
        return await _started(location, plan)
    except OSError as error:
        raise _could_not("started", error) from error


async def _started(location: Location, plan: HostPlan) -> Streams:
    location.prepare()
    # Whoever comes second waits here while the first one starts the host, and then finds it.
    with contextlib.closing(await asyncio.to_thread(_locked, location.launch_lock)):
        if streams := await connect(location):
            return streams
        await asyncio.wait_for(asyncio.to_thread(_start, location, plan), LAUNCH_TIMEOUT + 5)
        if streams := await connect(location):
            return streams
    raise SessionError(f"The session could not be started; its log says why: {location.log}")


def _could_not(what: str, error: OSError) -> SessionError:
    reason = shortage(error) or (f"{error}." if str(error) else "it took too long.")
    return SessionError(f"The session could not be {what}: {reason}")


def _existing(directory: Path) -> Path:
    """Return the nearest directory above that exists now, since a kernel must start somewhere."""
    while not directory.is_dir() and directory != directory.parent:
        directory = directory.parent
    return directory


def _locked(path: Path) -> IO[str]:
    """Return ``path`` opened and locked; closing it lets go of the lock."""
    file = path.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _start(location: Location, plan: HostPlan) -> None:
    """Start a host that outlives this process, and wait until it listens."""
    argv = [sys.executable, "-m", "cellbridge.session.host"]
    argv += ["--key", location.key, "--name", location.name]
    argv += ["--runtime", str(location.runtime), "--data", str(location.data)]
    argv += replace(plan, cwd=_existing(plan.cwd)).to_arguments()
    with location.log.open("ab") as errors:
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
