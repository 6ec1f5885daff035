"""Checks that directories, files and sockets are the user's own.

Owns the checks before any use of the files that sessions and kernels leave on disk. Other users may
be able to create entries in a parent directory first. It must not know the content of the files,
and imports little: a host uses it before it imports anything slow.

Invariants: nothing here follows a symbolic link in a path's last part, and opening a file never
truncates or overwrites it.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from pathlib import Path

FILE_LIMIT = 1024 * 1024
"""Bytes of one of our files; a longer one is not ours."""
_NOT_OURS = "it belongs to someone else"
_LOCAL_PEERCRED = 1
"""The option of BSD and macOS that names a peer (``sys/un.h``), on the level 0."""
_XUCRED = struct.Struct("IIh66x")
"""Its answer (``sys/ucred.h``): a version, the user, and groups."""
_UCRED = struct.Struct("3i")
"""Linux's (unix(7)): process, user, group."""


def is_private(directory: Path) -> bool:
    """Return True for a private directory of the user, not a link to one."""
    status = _status(directory)
    return status is not None and _is_own_directory(status) and not status.st_mode & 0o077


def secure(directory: Path) -> bool:
    """Return True for the user's own directory; other users' rights to it are removed.

    Its entries may be older than that, so each is checked separately.
    """
    status = _status(directory)
    if status is None or not _is_own_directory(status):
        return False
    if status.st_mode & 0o077:
        try:
            directory.chmod(0o700)
        except OSError:  # For example on a read-only disk.
            return False
    return True


def make_private(directory: Path) -> None:
    """Create a private directory, and its missing parents.

    Raises:
        OSError: it cannot be created.
        PermissionError: the path is not a directory, or belongs to another user.
    """
    make_missing(directory)
    if not secure(directory):
        raise PermissionError(0, _NOT_OURS, str(directory))


def make_missing(directory: Path) -> None:
    """Create a directory and its missing parents, all private.

    Raises:
        OSError: a directory cannot be created.
    """
    missing = [directory]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for level in reversed(missing):
        try:
            level.mkdir(0o700)
        except FileExistsError:
            continue  # Created by another process, or checked by the caller.


def open_own(path: Path, flags: int) -> int:
    """Open the user's own file, or create it as private; return the descriptor.

    Raises:
        OSError: it cannot be opened, is a link or not a regular file, or belongs to another user.
    """
    # Non-blocking: a planted pipe would make this process wait for its other end.
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
        os.close(descriptor)
        raise PermissionError(0, _NOT_OURS, str(path))
    return descriptor


def read_own(path: Path) -> bytes:
    """Read the user's own file and return its content.

    Raises:
        OSError: see `open_own`; or it is longer than `FILE_LIMIT`.
    """
    with os.fdopen(open_own(path, os.O_RDONLY), "rb") as file:
        content = file.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        raise OSError(0, "it is too long", str(path))
    return content


def write_own(path: Path, content: bytes) -> None:
    """Write a private file in one step.

    Raises:
        OSError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(open_own(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
        file.write(content)
    beside.replace(path)


def is_own_socket(path: Path) -> bool:
    """Return True if there is a Unix socket of the user at ``path``."""
    status = _status(path)
    return status is not None and stat.S_ISSOCK(status.st_mode) and status.st_uid == os.getuid()


def is_own_peer(connection: socket.socket) -> bool:
    """Return True if the peer of a Unix socket is a process of the user."""
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
    except (OSError, ValueError):  # A path with a null byte is invalid.
        return None


def _is_own_directory(status: os.stat_result) -> bool:
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
