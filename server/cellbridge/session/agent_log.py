"""The log of the calls that agents made for a script, which the user can read.

Owns the file and its limits. It must not know the calls' meaning, or where the log is shown.

Bounds: an entry holds at most `ARGUMENTS_LIMIT` and `SUMMARY_LIMIT` characters of text, and names
at most `RUNS_LIMIT` runs; beyond `SIZE_LIMIT` bytes, the older half of the file is dropped.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Generator
from enum import StrEnum
from pathlib import Path

import msgspec

from cellbridge.kernel.trust import ownership
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location, make_private

ARGUMENTS_LIMIT = 2000
SUMMARY_LIMIT = 300
NAME_LIMIT = 100
"""Characters of the names of an agent and a tool."""
RUNS_LIMIT = 50
SIZE_LIMIT = 1024 * 1024 - 64 * 1024
"""Bytes of the file before an entry is added: with the longest entry, it has less than a MiB."""
CUT = " …"
"""The mark at the end of a text that was cut."""
_FILE = "agents.log"
_LOCK = "agents.lock"


class Outcome(StrEnum):
    """The outcome of an agent's call."""

    OK = "ok"
    REFUSED = "refused"
    """Nothing was done, for lack of permission or because the agent's text was out of date."""
    ERROR = "error"


class AgentCall(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One call of a tool by an agent."""

    time: float
    """Seconds since the epoch."""
    agent: str
    tool: str
    arguments: str = ""
    """The arguments as JSON."""
    outcome: Outcome = Outcome.OK
    summary: str = ""
    """One sentence about the answer."""
    runs: list[str] = []
    """The ids of the runs that the call started or concerns."""


_decoder = msgspec.json.Decoder(AgentCall)


def append(location: Location, call: AgentCall) -> None:
    """Add a call; texts beyond the limits are cut. Blocks while another process adds one.

    Raises:
        SessionError: the log cannot be written.
    """
    try:
        make_private(location.data)
        with _locked(location.data / _LOCK):
            file = location.data / _FILE
            _shorten(file)
            descriptor = ownership.open_own(file, os.O_RDWR | os.O_APPEND | os.O_CREAT)
            with os.fdopen(descriptor, "r+b", buffering=0) as log:
                # A full disk may have cut the last line, which then is damaged, but not the next.
                size = log.seek(0, os.SEEK_END)
                damaged = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
                log.write(b"\n" * damaged + msgspec.json.encode(_cut(call)) + b"\n")
    except OSError as error:
        raise SessionError(
            f"The log of agents' calls cannot be written ({error.strerror}); "
            f"check the directory {location.data}."
        ) from error


def read(location: Location, limit: int) -> list[AgentCall]:
    """Return the last ``limit`` calls, the oldest of them first, without damaged lines."""
    found: list[AgentCall] = []
    for line in reversed(_read_lines(location.data / _FILE)):
        if len(found) >= limit:
            break
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            found.append(_decoder.decode(line))
    return found[::-1]


def _cut(call: AgentCall) -> AgentCall:
    return AgentCall(
        time=call.time,
        agent=_shorter(call.agent, NAME_LIMIT),
        tool=_shorter(call.tool, NAME_LIMIT),
        arguments=_shorter(call.arguments, ARGUMENTS_LIMIT),
        outcome=call.outcome,
        summary=_shorter(call.summary, SUMMARY_LIMIT),
        runs=[_shorter(run, NAME_LIMIT) for run in call.runs[:RUNS_LIMIT]],
    )


def _shorter(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text, which may hold any characters."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT


def _shorten(file: Path) -> None:
    """Drop the older half of a log that has become too long."""
    try:
        if file.lstat().st_size <= SIZE_LIMIT:
            return
    except FileNotFoundError:
        return
    lines, kept = _read_lines(file), list[bytes]()
    room = SIZE_LIMIT // 2
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line + b"\n")
    ownership.write_own(file, b"".join(reversed(kept)))


def _read_lines(file: Path) -> list[bytes]:
    try:
        return ownership.read_own(file).splitlines()
    except (OSError, ValueError):  # It does not exist, or is not ours.
        return []


@contextlib.contextmanager
def _locked(path: Path) -> Generator[None]:
    descriptor = ownership.open_own(path, os.O_RDWR | os.O_CREAT)
    try:
        with contextlib.suppress(OSError):  # A file system without locks.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
