"""Directories, files and sockets that are surely the user's own.

Owns the checks that stand before everything that sessions and kernels leave on disk is used. A
directory may lie where other users can make entries first. It must not know what the files hold,
and imports little: a host uses it before it imports anything slow.

Invariants: nothing here follows a symbolic link in a path's last part, and no file is cut or
written over by being opened.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from pathlib import Path

FILE_LIMIT = 1024 * 1024
"""Bytes of a file of ours; a longer one is none."""
_NOT_OURS = "it belongs to someone else"
_LOCAL_PEERCRED = 1
"""The option of BSD and macOS that names a peer (``sys/un.h``), on the level 0."""
_XUCRED = struct.Struct("IIh66x")
"""Its answer (``sys/ucred.h``): a version, the user, and groups."""
_UCRED = struct.Struct("3i")
"""Linux's (unix(7)): process, user, group."""


def is_private(directory: Path) -> bool:
    """Tell whether this is a directory of the user's, not a link to one, and for them alone."""
    status = _status(directory)
    return status is not None and _is_own_directory(status) and not status.st_mode & 0o077


def secure(directory: Path) -> bool:
    """Tell whether this is a directory of the user's; if others had rights to it, they lose them.

    What lies in it may have been put there before: each entry is checked for itself.
    """
    status = _status(directory)
    if status is None or not _is_own_directory(status):
        return False
    if status.st_mode & 0o077:
        try:
            directory.chmod(0o700)
        except OSError:  # As on a disk that is mounted for reading.
            return False
    return True


def make_private(directory: Path) -> None:
    """Make a directory for the user alone, and each one above it that is missing.

    Raises:
        OSError: it cannot be made.
        PermissionError: something else, or something of another user's, lies there.
    """
    make_missing(directory)
    if not secure(directory):
        raise PermissionError(0, _NOT_OURS, str(directory))


def make_missing(directory: Path) -> None:
    """Make a directory and each missing one above it, for the user alone.

    Raises:
        OSError: a directory cannot be made.
    """
    missing = [directory]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for level in reversed(missing):
        try:
            level.mkdir(0o700)
        except FileExistsError:
            continue  # Made by another process, or what is checked below.


def open_own(path: Path, flags: int) -> int:
    """Open a file of the user's; a new one is for them alone. Returns the descriptor.

    Raises:
        OSError: it cannot be opened, is a link or no plain file, or belongs to someone else.
    """
    # Not blocking: a pipe that was put here would have this process wait for its other end.
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
        os.close(descriptor)
        raise PermissionError(0, _NOT_OURS, str(path))
    return descriptor


def read_own(path: Path) -> bytes:
    """Return the content of a file of the user's.

    Raises:
        OSError: see `open_own`; or it is longer than `FILE_LIMIT`.
    """
    with os.fdopen(open_own(path, os.O_RDONLY), "rb") as file:
        content = file.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        raise OSError(0, "it is too long", str(path))
    return content


def write_own(path: Path, content: bytes) -> None:
    """Write a file of the user's in one step, for them alone.

    Raises:
        OSError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(open_own(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
        file.write(content)
    beside.replace(path)


def is_own_socket(path: Path) -> bool:
    """Tell whether a Unix socket of the user's lies at ``path``."""
    status = _status(path)
    return status is not None and stat.S_ISSOCK(status.st_mode) and status.st_uid == os.getuid()


def is_own_peer(connection: socket.socket) -> bool:
    """Tell whether the other side of a Unix socket is a process of the user's."""
    try:
        if hasattr(socket, "SO_PEERCRED"):
            told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
            return _UCRED.unpack(told)[1] == os.getuid()
        told = connection.getsockopt(0, _LOCAL_PEERCRED, _XUCRED.size)
        return _XUCRED.unpack_from(told)[1] == os.getuid()
    except (OSError, struct.error):
        return False


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except (OSError, ValueError):  # A path with a null byte is no path.
        return None


def _is_own_directory(status: os.stat_result) -> bool:
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
