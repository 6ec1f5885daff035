"""Bytes from and to disk: all of a file or nothing.

Owns: which files may be read, and writing so that no reader ever sees half a file. It must not know
the meaning of the bytes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.kernel.trust.untrusted_paths import is_link
from cellbridge.notebooks.errors import FileError

_FOLDER = os.O_DIRECTORY | getattr(os, "O_PATH", os.O_RDONLY)
LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read; a larger one might exhaust memory."""


@dataclass(frozen=True, slots=True)
class FileVersion:
    """The state of a file when it was last read; None for a file that did not exist."""

    stamp: tuple[int, int, int] | None

    @classmethod
    def of(cls, path: Path) -> FileVersion:
        """Return a file's state without reading it."""
        try:
            return cls.from_status(path.stat())
        except OSError:
            return cls(None)

    @classmethod
    def from_status(cls, found: os.stat_result | None) -> FileVersion:
        """Return how a file looks by its status; None for one that is not there."""
        return cls(found and (found.st_mtime_ns, found.st_size, found.st_ino))


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


def write(
    path: Path,
    content: bytes,
    seen: FileVersion | None = None,
    *,
    like: Sequence[Path] = (),
    inside: Path | None = None,
) -> None:
    """Write ``content`` to a file, replacing its old content in one step.

    A file's permissions and group stay as they are; a new one is as private as those it is made
    from, ``like``. A file that holds the content already is not touched. With ``seen``, the file
    must still be in that state.

    A link stays a link, unless the file has to be ``inside`` a folder: then neither it nor a
    folder on the way to it may be a link, and missing folders are made.

    Raises:
        FileError: it cannot be written, or has changed since; its old content is untouched.
    """
    real = Path(os.path.realpath(path)) if inside is None else path
    try:
        if inside is None:
            _check(real, path)
            folder = os.open(real.parent, _FOLDER)
        else:
            folder = _folder_inside(path, inside, like)
        try:
            _replace(_Target(folder, real.name, path), content, seen, like)
        finally:
            os.close(folder)
    except OSError as error:
        raise FileError(f"{path} could not be written: {error.strerror or error}.") from error


def check_inside(path: Path, folder: Path) -> None:
    """Make sure that writing ``path`` changes nothing but a file inside ``folder``.

    Raises:
        FileError: it is elsewhere, or leads through a link.
    """
    if not path.is_relative_to(folder) or ".." in path.relative_to(folder).parts:
        raise FileError(_outside(path, folder))
    for step in (path, *path.parents):
        if step == folder:
            return
        if is_link(step):
            raise FileError(_through(step, path))


def _outside(path: Path, folder: Path) -> str:
    return (
        f"{path} was not written because it lies outside the project {folder}; "
        "name a place inside it, or use cellbridge convert with both names."
    )


def _through(step: Path, path: Path) -> str:
    led = "it is a link" if step == path else f"{step} is a link"
    return (
        f"{path} was not written because {led}; "
        "replace the link by what it leads to, or use cellbridge convert with both names."
    )


def mode_like(sources: Sequence[Path], usual: int = 0o666) -> int:
    """Return the permissions of a new file that is made from others: none that these withhold.

    Its owner may always write it.
    """
    mode = usual & ~_umask()
    for source in sources:
        with contextlib.suppress(OSError):
            given = source.stat().st_mode
            # Who may read a file may pass the folder that is made of it.
            mode &= 0o700 | (given & 0o066) | (given & 0o044) >> 2
    return mode | 0o600


def make_folder(path: Path, like: Sequence[Path]) -> None:
    """Make a folder, and those above it, as private as the files that it is made from.

    Raises:
        OSError: it cannot be made.
    """
    missing = [step for step in (path, *path.parents) if not step.exists()]
    for step in reversed(missing):
        step.mkdir(mode=mode_like(like, 0o777), exist_ok=True)


def _check(real: Path, path: Path) -> None:
    if real.is_dir():
        raise FileError(f"{path} is a directory; name a file in it.")
    if not real.parent.is_dir():
        raise FileError(
            f"{path} could not be written: its directory does not exist; make it first."
        )


@dataclass(frozen=True, slots=True)
class _Target:
    """A file by its name in a folder that is held open, so that none can exchange the folder."""

    folder: int
    name: str
    shown: Path

    def status(self) -> os.stat_result | None:
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def holds(self, content: bytes) -> bool:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            descriptor = os.open(self.name, flags, dir_fd=self.folder)
        except OSError:
            return False  # It may be written, and not read.
        with os.fdopen(descriptor, "rb") as file:
            return file.read(len(content) + 1) == content


def _folder_inside(path: Path, inside: Path, like: Sequence[Path]) -> int:
    """Open the folder of ``path``, one step after the other below ``inside``, through no link."""
    check_inside(path, inside)
    folder, step = os.open(inside, _FOLDER), inside
    try:
        for part in path.relative_to(inside).parts[:-1]:
            step = step / part
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, mode_like(like, 0o777), dir_fd=folder)
            try:
                below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            except OSError as error:
                if error.errno in {errno.ELOOP, errno.ENOTDIR} and is_link(step):
                    raise FileError(_through(step, path)) from None
                raise
            os.close(folder)
            folder = below
    except BaseException:
        os.close(folder)
        raise
    return folder


def _replace(
    target: _Target, content: bytes, seen: FileVersion | None, like: Sequence[Path]
) -> None:
    there = target.status()
    if there is not None and stat.S_ISLNK(there.st_mode):
        raise FileError(_through(target.shown, target.shown))
    if there is not None and not stat.S_ISREG(there.st_mode):
        raise FileError(f"{target.shown} is not a regular file; name another.")
    if there is not None and there.st_size == len(content) and target.holds(content):
        return
    if there is not None and not os.access(target.shown, os.W_OK):
        raise FileError(
            f"{target.shown} may not be written; change its permissions, or name another."
        )
    beside = f".cellbridge-{secrets.token_hex(6)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(beside, flags, 0o600, dir_fd=target.folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _set_permissions(descriptor, there, like)
            os.fsync(descriptor)
        _is_unchanged(target, seen)
        os.rename(beside, target.name, src_dir_fd=target.folder, dst_dir_fd=target.folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside, dir_fd=target.folder)
        raise


def _is_unchanged(target: _Target, seen: FileVersion | None) -> None:
    if seen is not None and FileVersion.from_status(target.status()) != seen:
        raise FileError(
            f"{target.shown} was changed by something else meanwhile and is left as it is; "
            "try again."
        )


def _set_permissions(descriptor: int, there: os.stat_result | None, like: Sequence[Path]) -> None:
    """Give a new file the permissions of the one that it replaces, or of those it is made from.

    Where it cannot have their group, its own group may do no more than all others.
    """
    made = os.fstat(descriptor)
    mode, group = mode_like(like), made.st_gid
    if there is not None:
        mode, group = there.st_mode & 0o7777, there.st_gid
        if there.st_uid != made.st_uid:
            with contextlib.suppress(OSError):
                os.fchown(descriptor, there.st_uid, -1)
    elif like:
        with contextlib.suppress(OSError):
            group = like[0].stat().st_gid
    if group != made.st_gid:
        try:
            os.fchown(descriptor, -1, group)
        except OSError:
            mode &= ~0o070 | (mode & 0o007) << 3
    os.fchmod(descriptor, mode)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
