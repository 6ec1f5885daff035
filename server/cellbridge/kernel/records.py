"""What is left on disk of a kernel that may outlive whoever started it.

Owns the records: enough to find a kernel again, to speak to it under the same name, and to know
that a process of that id is still the same one. It must not start, end or talk to anything, and
imports little: the language server reads records too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

SUFFIX = ".kernel"


class KernelInfo(msgspec.Struct, frozen=True):
    """What a kernel said about itself."""

    name: str
    """The kernelspec's name."""
    language: str
    """Its language in lower case."""
    implementation: str
    supported_features: frozenset[str] = frozenset()
    has_probe: bool = False
    """True where our code is in the kernel: lines are file lines, and it can tell frames."""
    python: str = ""
    """The interpreter's path, where the probe told it."""

    @property
    def is_ipykernel(self) -> bool:
        """True for ipykernel, whose control channel answers while a cell runs."""
        return self.implementation == "ipython"


class KernelRecord(msgspec.Struct, frozen=True):
    """One kernel process and how it is spoken to."""

    pid: int
    started: float
    """When the process started, as `started_at` gives it."""
    spec: dict[str, Any]
    """The fields of its `cellbridge.kernel.specs.Spec`."""
    cwd: str
    env: dict[str, str]
    connection_file: str
    session: str
    """The identity of our sockets, under which the kernel answers."""
    generation: int
    """Counts those that have spoken to it, so that no message id is used twice."""
    info: KernelInfo | None = None
    """None until it has been ready."""


@dataclass(frozen=True, slots=True)
class Left:
    """A record with the file it was read from."""

    path: Path
    record: KernelRecord

    @property
    def living(self) -> bool:
        """True while the process lives."""
        return is_living(self.record.pid, self.record.started)

    @property
    def output(self) -> Path:
        """Where the kernel writes what it says on its terminal."""
        return self.path.with_suffix(".out")


def write(path: Path, record: KernelRecord) -> None:
    """Leave ``record``, readable for its owner only; replaces an older one in one step."""
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(record))
    beside.replace(path)


def left_in(directory: Path) -> Iterator[Left]:
    """Return every record below ``directory`` that can be read."""
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        try:
            yield Left(path, msgspec.json.decode(path.read_bytes(), type=KernelRecord))
        except (OSError, msgspec.DecodeError, RecursionError):
            continue


def adoptable(directory: Path) -> Left | None:
    """Return a kernel that lives and was ready, where there is one."""
    return next((left for left in left_in(directory) if left.living and left.record.info), None)


def is_living(pid: int, started: float) -> bool:
    """Tell whether the process of that id lives and is the one that was meant."""
    return pid > 0 and started_at(pid) == started


def started_at(pid: int) -> float | None:
    """Return a number that tells a process from later ones of the same id; None if it has ended.

    On Linux, the clock ticks between the machine's start and the process's, which no change of the
    clock can alter.
    """
    try:
        # The name, in parentheses, may hold anything; the state is the first field after it.
        state, *rest = (
            Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        )
        return None if state in "ZX" else float(rest[18])
    except (OSError, ValueError, IndexError):
        if Path("/proc/self/stat").exists():
            return None
    import psutil  # noqa: PLC0415 (not needed on Linux, and slow to import)

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None
