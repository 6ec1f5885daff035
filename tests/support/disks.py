"""Full and read-only disks for tests.

Owns the mounts. Only root can mount, so tests with them run in CI (as root); elsewhere they are
skipped with that reason.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def _may_mount() -> bool:
    try:
        done = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    except OSError:  # Linux alone has it.
        return False
    return os.getuid() == 0 and done.returncode == 0


needs_mounts = pytest.mark.skipif(
    not _may_mount(),
    reason="Only root can mount a disk; run the tests as root on Linux to include these.",
)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount an empty disk of ``size`` at ``folder`` for as long as the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", folder)
    try:
        yield folder
    finally:
        _unmount(folder)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make ``folder`` read-only, even for root, for as long as the block runs."""
    _mount("--bind", folder, folder)
    try:
        _mount("-o", "remount,bind,ro", folder)
        yield
    finally:
        _unmount(folder)


def fill(folder: Path) -> Path:
    """Fill the disk of ``folder`` to the last byte; return the file that fills it."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        for block in (b"\0" * 4096, b"\0"):
            with suppress(OSError):
                while file.write(block):
                    pass
    return ballast


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], capture_output=True, check=True)


def _unmount(folder: Path) -> None:
    # Lazily: where a test has failed, files may be open there still.
    subprocess.run(["umount", "--lazy", folder], capture_output=True, check=True)
    assert not os.path.ismount(folder)
