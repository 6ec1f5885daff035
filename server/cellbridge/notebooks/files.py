"""Bytes from and to disk: all of a file or nothing.

Owns: what may be read, and writing so that nobody ever sees half a file. It must not know what the
bytes mean.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cellbridge.notebooks.errors import FileError

LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read; beyond it memory would be the next thing to go wrong."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a file looked when it was last read; None for one that was not there."""

    stamp: tuple[int, int, int] | None

    @classmethod
    def of(cls, path: Path) -> Seen:
        """Look at a file without reading it."""
        try:
            found = path.stat()
        except OSError:
            return cls(None)
        return cls((found.st_mtime_ns, found.st_size, found.st_ino))


def read(path: Path, shown: str | None = None) -> bytes:
    """Return what a file holds; ``shown`` is what messages call it.

    Raises:
        FileError: there is no such file, it cannot be read, or it is too large.
    """
    shown = shown or str(path)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise FileError(f"{shown} is a directory; name one of the files in it.")
        if found.st_size > LARGEST:
            raise FileError(
                f"{shown} has {found.st_size / 2**20:.0f} MB, more than the {LARGEST // 2**20} MB "
                "that are read at once; clear its outputs first."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"{shown} does not exist; check the path.") from None
    except OSError as error:
        raise FileError(f"{shown} cannot be read: {error.strerror or error}.") from None


def write(path: Path, content: bytes, seen: Seen | None = None) -> None:
    """Have a file hold ``content``, replacing what is there at one stroke.

    A link stays a link, the file's permissions stay as they are, and a file that holds the content
    already is not touched. With ``seen``, what was read before must still be there.

    Raises:
        FileError: it cannot be written, or has changed since; what is there is untouched.
    """
    real = Path(os.path.realpath(path))
    try:
        if _holds(real, content):
            return
        _check(real, path)
        _replace(real, path, content, seen)
    except OSError as error:
        raise FileError(f"{path} could not be written: {error.strerror or error}.") from error


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _check(real: Path, path: Path) -> None:
    if real.is_dir():
        raise FileError(f"{path} is a directory; name a file in it.")
    if not real.parent.is_dir():
        raise FileError(
            f"{path} could not be written: its directory does not exist; make it first."
        )
    if real.exists() and not os.access(real, os.W_OK):
        raise FileError(f"{path} may not be written; change its permissions, or name another.")


def _replace(real: Path, path: Path, content: bytes, seen: Seen | None) -> None:
    mode = real.stat().st_mode & 0o7777 if real.exists() else 0o666 & ~_umask()
    descriptor, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        _unchanged(real, path, seen)
        Path(name).replace(real)
    except BaseException:  # Boundary: whatever happened, no half-written file is left behind.
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _unchanged(real: Path, path: Path, seen: Seen | None) -> None:
    if seen is not None and Seen.of(real) != seen:
        raise FileError(
            f"{path} was changed by something else meanwhile and is left as it is; try again."
        )


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
