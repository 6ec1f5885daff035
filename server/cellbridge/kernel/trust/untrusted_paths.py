"""Safe queries about paths that are not ours: a project's, another user's, a setting's.

Owns these queries. Invariant: no query raises, whatever the path or its target, and none waits for
anything but the disk: a FIFO is never read, and a read has a bound. A path that is out of reach
counts as absent; `obstacle` returns the reason. It must not know the use of a path.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

SIZE_LIMIT = 1024 * 1024
"""Bytes of a file that are read by default; a larger file counts as absent."""

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR})
_ERRORS = (OSError, ValueError)
"""Errors of queries to the system: `ValueError` for a path with a NUL byte, or one that cannot be
encoded."""

Where = str | os.PathLike[str]


def is_file(path: Where) -> bool:
    """Return True if a regular file is in reach at ``path``, directly or through links."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises before Python 3.14


def is_folder(path: Where) -> bool:
    """Return True if a directory is in reach at ``path``, directly or through links."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises before Python 3.14


def exists(path: Where) -> bool:
    """Return True if anything is in reach at ``path``."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises before Python 3.14


def is_link(path: Where) -> bool:
    """Return True if ``path`` itself is a symbolic link, dangling or not."""
    return os.path.islink(path)  # noqa: PTH114 - Path.is_symlink raises before Python 3.14


def expanded(text: str) -> str:
    """Return a setting's text with the home directory and environment variables expanded."""
    try:
        return os.path.expanduser(os.path.expandvars(text))  # noqa: PTH111 - may be no path at all
    except _ERRORS:
        return text


def absolute(text: str, base: Path | None = None) -> Path:
    """Return the absolute path of a text, relative to ``base``; links are not followed."""
    path = Path(base or "", text)
    try:
        return Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps ".."
    except _ERRORS:
        return path  # The working directory is gone.


def is_program(path: Where) -> bool:
    """Return True if a file is in reach that this user may execute."""
    return is_file(path) and os.access(path, os.X_OK)


def real(path: Where) -> str:
    """Return the absolute ``path`` with its links followed as far as possible."""
    try:
        return os.path.realpath(path)
    except _ERRORS:
        return os.path.normpath(path)


def same(one: Where, other: Where) -> bool:
    """Return True if both paths lead to one file."""
    try:
        return Path(one).samefile(other)
    except _ERRORS:
        return False


def names(directory: Where) -> frozenset[str]:
    """Return the names in a directory; none if it cannot be read."""
    try:
        return frozenset(os.listdir(directory))  # noqa: PTH208 - names only, without an object each
    except _ERRORS:
        return frozenset()


def read_bytes(path: Where, limit: int = SIZE_LIMIT) -> bytes | None:
    """Return a regular file's content; None if it is absent, not a file, or too long.

    It does not wait even if another program replaces the file by a FIFO at this moment.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except _ERRORS:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content if len(content) <= limit else None


def read_text(path: Where, limit: int = SIZE_LIMIT) -> str:
    """Return a text file's content; empty if `read_bytes` returns None.

    Invalid UTF-8 becomes replacement characters, and a byte order mark is removed.
    """
    content = read_bytes(path, limit)
    return content.decode("utf-8-sig", errors="replace") if content is not None else ""


def obstacle(path: Where) -> str:
    """Return the system's reason why ``path`` is out of reach; empty if it is in reach.

    A path that is simply absent is not out of reach.
    """
    try:
        Path(path).stat()
    except OSError as error:
        return "" if error.errno in _ABSENT else os.strerror(error.errno or errno.EIO)
    except ValueError:
        return os.strerror(errno.EINVAL)
    return ""
