"""What is left on disk of a kernel that may outlive whoever started it.

Owns the records: enough to find a kernel again, to speak to it under the same name, and to know
that a process of that id is still the same one. It must not start, end or talk to anything, and
imports little: the language server reads records too.

A record names its kernel's files and sockets by the record's own name and one directory, so that it
cannot point at any other file. What is in it is believed only if it is the user's own file.
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
    """The fields of its `cellbridge.kernel.find.specs.Spec`."""
    cwd: str
    env: dict[str, str]
    connection_file: str
    """Its bare name, in ``directory``."""
    session: str
    """The identity of our sockets, under which the kernel answers."""
    generation: int
    """Counts those that have spoken to it, so that no message id is used twice."""
    info: KernelInfo | None = None
    """None until it has been ready."""
    directory: str = ""
    """Where its connection file and sockets lie; empty for the directory of this record."""


@dataclass(frozen=True, slots=True)
class Left:
    """A record with the file it was read from."""

    path: Path
    record: KernelRecord

    @property
    def directory(self) -> Path:
        """Where the kernel's connection file and sockets lie."""
        return Path(self.record.directory) if self.record.directory else self.path.parent

    @property
    def connection_file(self) -> Path:
        """The kernel's connection file."""
        return self.directory / f"{self.path.stem}.json"

    @property
    def output(self) -> Path:
        """Where the kernel writes what it says on its terminal."""
        return self.directory / f"{self.path.stem}.out"

    @property
    def is_sure(self) -> bool:
        """True while the process lives, is the user's and was started with this connection file."""
        return is_same(self.record.pid, self.record.started, self.mark)

    @property
    def mark(self) -> str:
        """The word on the kernel's command line by which it is known: its connection file."""
        return os.path.realpath(self.connection_file)

    @property
    def can_be_reached(self) -> bool:
        """True while the connection file and the sockets that it names are there, and ours."""
        info = connection_of(self.connection_file)
        if not info or not is_private(self.directory):
            return False
        needed = {name: value for name, value in info.items() if name != f"{PROBE}_port"}
        return own_sockets(needed, self.directory) == sockets(needed)


def write(name: str, record: KernelRecord, *directories: Path) -> Path:
    """Leave ``record`` in the first directory that takes it, and return its file.

    It is readable for its owner only, and replaces an older one in one step.

    Raises:
        OSError: no directory takes it.
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


def left_in(*directories: Path) -> Iterator[Left]:
    """Return every record in ``directories`` that can be read and believed."""
    for directory in directories:
        if not is_private(directory):
            continue
        for path in sorted(directory.glob(f"*{SUFFIX}")):
            try:
                left = Left(path, msgspec.json.decode(read_own(path), type=KernelRecord))
            except (OSError, ValueError, RecursionError):
                continue
            if _is_sound(left):
                yield left


def adoptable(*directories: Path) -> Left | None:
    """Return a kernel that lives, was ready and can be reached, where there is one."""
    found = left_in(*directories)
    return next((a for a in found if a.record.info and a.is_sure and a.can_be_reached), None)


def connection_of(file: Path) -> dict[str, Any]:
    """Return a connection file's content; empty where it cannot be read."""
    try:
        info = json.loads(read_own(file))
    except (OSError, ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", info) if isinstance(info, dict) else {}


def own_sockets(info: Mapping[str, Any], directory: Path) -> list[Path]:
    """Return the sockets of ours in ``directory`` that a connection file names, and no others."""
    return [path for path in sockets(info) if path.parent == directory and is_own_socket(path)]


def is_stem(name: str) -> bool:
    """Tell whether files of this name, without its suffix, can be a kernel's (launch.py)."""
    return _STEM.fullmatch(name) is not None


def _is_sound(left: Left) -> bool:
    """Tell whether a record names nothing but a kernel's own files, in a directory for them."""
    record, directory, beside = left.record, left.directory, left.path.parent
    ours = directory.name == "kernel" and directory.parent.name == beside.parent.name
    return (
        is_stem(left.path.stem)
        and record.connection_file == left.connection_file.name
        and "\0" not in record.directory
        and (directory == beside or (ours and directory.is_absolute()))
    )
