"""Private files for what an editor cannot show by itself: pictures, HTML, long texts.

Owns the directory, the names and the number of these files. It must not know what is in them.

Invariant: the directory is 0700 and the files 0600; at most `FILES_LIMIT` of them stay, the ones
that were shown last.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path

from cellbridge.session.locations import make_private, runtime_root

FILES_LIMIT = 50
"""Files that are kept: those a person may still have open somewhere."""

_UNFIT = re.compile(r"[^\w.]+")


async def keep(name: str, suffix: str, content: bytes) -> Path:
    """Write a file that is to be shown; returns its path. The same content stays one file.

    Raises:
        SessionError: there is no private place for it.
        OSError: it cannot be written, as on a full disk.
    """
    return await asyncio.to_thread(_kept, name, suffix, content)


def _kept(name: str, suffix: str, content: bytes) -> Path:
    directory = runtime_root() / "shown"
    make_private(directory.parent)
    make_private(directory)
    digest = hashlib.blake2b(content, digest_size=4).hexdigest()
    path = directory / f"{_UNFIT.sub('-', name)[:60].strip('-.')}-{digest}{suffix}"
    handle, beside = tempfile.mkstemp(dir=directory, prefix=".new-")  # made 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    _remove_oldest(directory)
    return path


def _remove_oldest(directory: Path) -> None:
    ages: list[tuple[float, Path]] = []
    for path in directory.iterdir():
        with contextlib.suppress(FileNotFoundError):  # Another server tidies up too.
            ages.append((path.stat().st_mtime, path))
    for _, path in sorted(ages, reverse=True)[FILES_LIMIT:]:
        path.unlink(missing_ok=True)
