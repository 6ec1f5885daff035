"""The list of folders that the user trusts although another user could change them.

Owns the list: the user's private file, replaced in one step. file_trust.py has the rule to which
these are exceptions.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.trust.ownership import make_missing

_FILE = "trusted-folders.json"
_SIZE_LIMIT = 1024 * 1024


class TrustError(KernelError):
    """The list cannot be written; one sentence."""


def folders() -> list[Path]:
    """Return the folders that are trusted with all their contents."""
    try:
        descriptor = os.open(_place() / _FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        private = status.st_uid == os.geteuid() and not status.st_mode & 0o022
        if not private or not stat.S_ISREG(status.st_mode):
            return []
        try:
            values: object = json.loads(file.read(_SIZE_LIMIT))
        except (OSError, ValueError, RecursionError):
            return []
    listed = cast("list[object]", values) if isinstance(values, list) else []
    return [Path(one) for one in listed if isinstance(one, str) and one.startswith("/")]


def is_trusted(folder: Path) -> bool:
    """Return True if a folder is trusted, or is in one that is."""
    known = folders()
    real = Path(os.path.realpath(folder)) if known else folder
    return any(real.is_relative_to(one) for one in known)


def add(folder: Path) -> Path:
    """Trust a folder and all its contents; return the folder in the list.

    Raises:
        TrustError: the folder does not exist, or the list cannot be written.
    """
    real = Path(os.path.realpath(folder))
    if not real.is_dir():
        raise TrustError(f"{folder} is not a folder, so it cannot be trusted; check the path.")
    _change(lambda known: known if str(real) in known else [*known, str(real)])
    return real


def remove(folder: Path) -> bool:
    """Stop trusting a folder; return whether it was trusted.

    Raises:
        TrustError: the list cannot be written.
    """
    names = {str(folder.absolute()), os.path.realpath(folder)}
    was = any(str(one) in names for one in folders())
    if was:
        _change(lambda known: [one for one in known if one not in names])
    return was


def _change(edit: Callable[[list[str]], list[str]]) -> None:
    place = _place()
    try:
        make_missing(place)
        with _locked(place):
            made = json.dumps(edit([str(one) for one in folders()]), indent=1) + "\n"
            descriptor, beside = tempfile.mkstemp(prefix=f".{_FILE}.", dir=place)  # made 0600
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(made)
                    file.flush()
                    os.fsync(descriptor)
                Path(beside).replace(place / _FILE)
            except BaseException:  # Boundary: after any error, no half-written file is left.
                with contextlib.suppress(OSError):
                    Path(beside).unlink()
                raise
    except OSError as error:
        raise TrustError(
            f"The trusted folders cannot be written to {place / _FILE} "
            f"({error.strerror or error}); make it writable and try again."
        ) from error


@contextmanager
def _locked(place: Path) -> Generator[None]:
    """Lock the list, so that simultaneous changes by two editors are both kept."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _place() -> Path:
    """Return the user's configuration directory of Cellbridge."""
    from platformdirs import user_config_path  # noqa: PLC0415 (kept out of the server's start)

    return user_config_path("cellbridge")
