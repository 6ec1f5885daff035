"""The process of the page, seen from other programs: it is found or started, and gives addresses.

Owns its directory, its lock, its start and the messages on its control socket. `cellbridge.page`
is the process itself. There is one for each user, whichever program needs it first.

Invariant: the start names no code and no script on a command line, which every user can read.
"""

from __future__ import annotations

import asyncio
import getpass
import importlib.util
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import msgspec

from cellbridge import __version__
from cellbridge.kernel.trust.ownership import is_own_peer, is_own_socket
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import check_owner, make_private, runtime_root

NO_EXTRA = (
    "The page needs the optional package aiohttp; install it with: pip install 'cellbridge[page]'"
)
LINE_LIMIT = 64 * 1024
"""Bytes of one message on the control socket."""
START_SECONDS = 30.0
"""Seconds in which a new process must be ready, or another one must have ended."""
ANSWER_SECONDS = 10.0
READY = "ready"
"""The line on standard output by which the process reports that it can be reached."""
TAKEN = "taken"
"""The line that reports that there is another process already."""
_POLL_SECONDS = 0.05


class Request(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """A request to the page's process: one line of JSON."""

    script: str = ""
    """The absolute path of the script that the address shows; empty for the list of sessions."""
    cell: str = ""
    """The id of a cell in it."""
    socket: str = ""
    """The absolute path of a Unix socket on which the page is to be reached, too."""
    stop: bool = False
    """True to end the process."""


class Answer(msgspec.Struct, omit_defaults=True):
    """The answer: one line of JSON."""

    url: str = ""
    """An address that works once."""
    port: int = 0
    version: str = ""
    """The version of Cellbridge that runs there."""
    error: str = ""
    """One sentence if the request failed."""


class PageError(SessionError):
    """The page cannot be started: a package is missing, or its files are not built."""


def directory() -> Path:
    """Return the directory of the page's process."""
    return runtime_root() / "page"


def socket_path() -> Path:
    """Return the path of the control socket."""
    return directory() / "control.sock"


def lock_path() -> Path:
    """Return the file that the process locks as long as it runs."""
    return directory() / "page.lock"


def has_extra() -> bool:
    """Return True if the packages that the page needs are installed here."""
    return importlib.util.find_spec("aiohttp") is not None


async def open_address(request: Request) -> Answer:
    """Return an address of the page; its process is started if none runs.

    Raises:
        PageError: the page cannot be started here.
        SessionError: the process cannot be reached, or refuses the request.
    """
    answer = await send(request)
    if answer is not None and answer.version != __version__:
        await send(Request(stop=True))
        answer = None
    if answer is None:
        if not has_extra():
            raise PageError(NO_EXTRA)
        answer = await _start(request)
    if answer.error:
        raise SessionError(answer.error)
    return answer


async def send(request: Request) -> Answer | None:
    """Send a request to the process; None if none runs.

    Raises:
        SessionError: it does not answer, or another user's program is in its place.
    """
    path = socket_path()
    await asyncio.to_thread(check_owner, path.parent)
    if not is_own_socket(path):
        return None
    try:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=LINE_LIMIT)
    except OSError:
        return None
    try:
        if not is_own_peer(writer.get_extra_info("socket")):
            raise SessionError(
                f"Another user's program answers at {path}, so it is not used; "
                "remove it or point CELLBRIDGE_RUNTIME_DIR elsewhere."
            )
        async with asyncio.timeout(ANSWER_SECONDS):
            writer.write(msgspec.json.encode(request) + b"\n")
            line = await reader.readline()
        return msgspec.json.decode(line, type=Answer) if line else None  # It is just ending.
    except ConnectionError:
        return None  # The same.
    except (OSError, TimeoutError, ValueError):
        raise SessionError(
            "The page's process does not answer; end it (cellbridge page --stop), and try again."
        ) from None
    finally:
        writer.close()


def forward_command(answer: Answer, request: Request) -> str:
    """Return the command that makes the address reachable over SSH; empty without SSH."""
    if "SSH_CONNECTION" not in os.environ:
        return ""
    here = shlex.quote(f"{getpass.getuser()}@{socket.gethostname()}")
    there = request.socket or f"127.0.0.1:{answer.port}"
    return f"ssh -N -L {shlex.quote(f'{answer.port}:{there}')} {here}"


async def _start(request: Request) -> Answer:
    """Start the process, and wait until it or another new one answers."""
    loop = asyncio.get_running_loop()
    until = loop.time() + START_SECONDS
    while True:
        await asyncio.to_thread(make_private, directory())
        line = await asyncio.to_thread(_launch)
        answer = await send(request) if line in {READY, TAKEN} else None
        if answer is not None:
            return answer
        if line not in {READY, TAKEN}:
            raise PageError(line or "The page's process has ended; see its log, page.log.")
        if loop.time() > until:
            raise SessionError("The page could not be started; another process holds its lock.")
        await asyncio.sleep(_POLL_SECONDS)  # Wait: another process ends, or becomes ready.


def _launch() -> str:
    """Start a process that outlives this one; return its report once it is ready or has failed."""
    with subprocess.Popen(
        [sys.executable, "-m", "cellbridge.page"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    ) as started:
        assert started.stdout is not None  # noqa: S101 (it was requested)
        # The process writes one line and closes its end, or it ends; either way this returns. The
        # process started here has forked and ended by then.
        return started.stdout.readline().decode("utf-8", "replace").strip()
