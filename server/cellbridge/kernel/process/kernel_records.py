"""Records on disk of kernels that may outlive the process that started them.

Owns the records: enough to find a kernel again, to use the same session id, and to check that a
process id still belongs to it. It must not start, end or contact a process, and imports little: the
language server reads records too.

A record names its kernel's files and sockets by the record's own name and one directory, so that it
cannot point at any other file. Its content is trusted only if the file is the user's own.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from cellbridge.kernel.channels.names import PROBE
from cellbridge.kernel.process.launch import sockets
from cellbridge.kernel.trust.ownership import (
    is_own_socket,
    is_private,
    make_private,
    read_own,
    write_own,
)
from cellbridge.kernel.trust.process_identity import is_same

SUFFIX = ".kernel"
_STEM = re.compile(r"k\d+-\d+")


class KernelInfo(msgspec.Struct, frozen=True):
    """A kernel's information about itself."""

    name: str
    """The kernelspec's name."""
    language: str
    """Its language in lower case."""
    implementation: str
    supported_features: frozenset[str] = frozenset()
    has_probe: bool = False
    """True if the probe is in the kernel: lines are file lines, and it reports frames."""
    python: str = ""
    """The interpreter's path, if the probe has reported it."""

    @property
    def is_ipykernel(self) -> bool:
        """True for ipykernel, which answers on control while a cell runs."""
        return self.implementation == "ipython"


class KernelRecord(msgspec.Struct, frozen=True):
    """One kernel process and the data needed to connect to it."""

    pid: int
    started: float
    """When the process started, as `started_at` gives it."""
    spec: dict[str, Any]
    """The fields of its `cellbridge.kernel.find.specs.Spec`."""
    cwd: str
    env: dict[str, str]
    connection_file: str
    """Its bare name, in ``directory``."""
    session: str
    """The identity of our sockets, to which the kernel sends replies."""
    generation: int
    """The number of hosts that it has had, so that no message id is used twice."""
    info: KernelInfo | None = None
    """None before it is ready."""
    directory: str = ""
    """The directory of its connection file and sockets; empty if it is the record's own."""


@dataclass(frozen=True, slots=True)
class RecordedKernel:
    """A record with the file it was read from."""

    path: Path
    record: KernelRecord

    @property
    def directory(self) -> Path:
        """The directory of the kernel's connection file and sockets."""
        return Path(self.record.directory) if self.record.directory else self.path.parent

    @property
    def connection_file(self) -> Path:
        """The kernel's connection file."""
        return self.directory / f"{self.path.stem}.json"

    @property
    def output(self) -> Path:
        """The file of the kernel's terminal output."""
        return self.directory / f"{self.path.stem}.out"

    @property
    def is_sure(self) -> bool:
        """True while the process runs, is the user's and was started with this connection file."""
        return is_same(self.record.pid, self.record.started, self.mark)

    @property
    def mark(self) -> str:
        """The word on the kernel's command line that identifies it: its connection file."""
        return os.path.realpath(self.connection_file)

    @property
    def can_be_reached(self) -> bool:
        """True while the connection file and the sockets that it names exist and are ours."""
        info = connection_of(self.connection_file)
        if not info or not is_private(self.directory):
            return False
        needed = {name: value for name, value in info.items() if name != f"{PROBE}_port"}
        return own_sockets(needed, self.directory) == sockets(needed)


def write(name: str, record: KernelRecord, *directories: Path) -> Path:
    """Write ``record`` to the first directory where that is possible, and return its file.

    It is readable for its owner only, and replaces an older one in one step.

    Raises:
        OSError: it cannot be written to any directory.
    """
    content = msgspec.json.encode(record)
    for place, directory in enumerate(directories, 1):
        path = directory / f"{name}{SUFFIX}"
        try:
            make_private(directory)
            write_own(path, content)
        except OSError:
            if place == len(directories):
                raise
        else:
            return path
    raise FileNotFoundError(name)


def recorded_kernels(*directories: Path) -> Iterator[RecordedKernel]:
    """Yield every record in ``directories`` that can be read and is trusted."""
    for directory in directories:
        if not is_private(directory):
            continue
        for path in sorted(directory.glob(f"*{SUFFIX}")):
            try:
                recorded = RecordedKernel(
                    path, msgspec.json.decode(read_own(path), type=KernelRecord)
                )
            except (OSError, ValueError, RecursionError):
                continue
            if _is_sound(recorded):
                yield recorded


def find_adoptable(*directories: Path) -> RecordedKernel | None:
    """Return a kernel that runs, was ready and can be reached, or None."""
    found = recorded_kernels(*directories)
    return next((a for a in found if a.record.info and a.is_sure and a.can_be_reached), None)


def connection_of(file: Path) -> dict[str, Any]:
    """Return a connection file's content; empty if it cannot be read."""
    try:
        info = json.loads(read_own(file))
    except (OSError, ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", info) if isinstance(info, dict) else {}


def own_sockets(info: Mapping[str, Any], directory: Path) -> list[Path]:
    """Return our own sockets in ``directory`` that a connection file names, and no others."""
    return [path for path in sockets(info) if path.parent == directory and is_own_socket(path)]


def is_stem(name: str) -> bool:
    """Return True if files of this name, without its suffix, can be a kernel's (launch.py)."""
    return _STEM.fullmatch(name) is not None


def _is_sound(recorded: RecordedKernel) -> bool:
    """Return True if a record names nothing but a kernel's own files, in a directory for them."""
    record, directory, beside = recorded.record, recorded.directory, recorded.path.parent
    ours = directory.name == "kernel" and directory.parent.name == beside.parent.name
    return (
        is_stem(recorded.path.stem)
        and record.connection_file == recorded.connection_file.name
        and "\0" not in record.directory
        and (directory == beside or (ours and directory.is_absolute()))
    )
