"""Fixtures for tests of editors: a script whose session ends with the test, and Neovim."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import sessions
from support.neovim_with_plugin import CELLS, PLUGIN, VERSIONS, NeovimWithPlugin

# The editors start `cellbridge` by its name, as their users do.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


SCRIPT = """\
# %% one
alpha = 20
alpha + 22
# %% two
alphabet = list("abc")
1 / 0
# %% three
# Ada
name = input("Who? ")
"hello " + name
# %% four
import threading
threading.Event().wait()
"""
"""The script for editors without a plugin: a result, an error, a question, a long run."""


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Write a script to be opened: `SCRIPT`, or another text."""
    path = tmp_path / "script.py"

    def write(text: str = SCRIPT) -> Path:
        path.write_text(text, "utf-8")
        return path

    yield write
    asyncio.run(sessions.stop(path))


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def start(version: str, script: Callable[..., Path], tmp_path: Path):
    """Open scripts in a Neovim with the plugin: a new script with a text, or one that exists."""
    made: list[NeovimWithPlugin] = []

    def open_script(text: str | Path | None, setup: str = "{}") -> NeovimWithPlugin:
        if isinstance(text, Path):
            path = text
        else:
            path = tmp_path / "script.py" if text is None else script(text)
        init = tmp_path / "init.lua"
        init.write_text(
            f"vim.opt.rtp:prepend('{PLUGIN}')\n"
            "vim.opt.shortmess:append('I')\nvim.o.termguicolors = true\n"
            "vim.o.statusline = ' %t%=%l,%c '\n"
            f"require('cellbridge').setup({setup})\n",
            "utf-8",
        )
        made.append(NeovimWithPlugin(version, init, path, screen=True, rows=46))
        made[-1].wait_until_attached()
        made[-1].until(CELLS)
        return made[-1]

    yield open_script
    for editor in made:
        editor.quit()
