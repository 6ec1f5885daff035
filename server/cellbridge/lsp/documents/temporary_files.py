"""Private files for content that the editor cannot show itself: images, HTML, long texts.

Owns the directory, the names and the number of these files. It must not know their content.

Invariant: the directory is 0700 and the files 0600; at most `FILES_LIMIT` of them stay, those that
were shown most recently.
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
"""The number of files that are kept, because the user may still have them open."""

_INVALID_CHARACTERS = re.compile(r"[^\w.]+")


async def write_file(name: str, suffix: str, content: bytes) -> Path:
    """Write a file to show, and return its path. Equal contents share one file.

    Raises:
        SessionError: There is no private directory for it.
        OSError: It cannot be written, for example because the disk is full.
    """
    return await asyncio.to_thread(_write, name, suffix, content)


def _write(name: str, suffix: str, content: bytes) -> Path:
    directory = runtime_root() / "shown"
    make_private(directory.parent)
    make_private(directory)
    digest = hashlib.blake2b(content, digest_size=4).hexdigest()
    path = directory / f"{_INVALID_CHARACTERS.sub('-', name)[:60].strip('-.')}-{digest}{suffix}"
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
