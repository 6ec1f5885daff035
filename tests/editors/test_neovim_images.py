"""Images in Neovim, drawn by the real snacks.nvim for a terminal with kitty's graphics protocol.

The tests check the bytes sent to the terminal, because tmux cannot show images. A manual check in a
real kitty shows the same.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from support.editor_pages import needs
from support.editor_table import shows
from support.neovim import Neovim
from support.neovim_plugins import missing, snacks
from support.neovim_with_plugin import CELLS, PLUGIN

LACKING = missing()
pytestmark = [
    needs("nvim-0.11"),
    pytest.mark.skipif(bool(LACKING) and not os.environ.get("CI"), reason=LACKING),
]

KITTY = {b"\x1b[>q": b"\x1bP>|kitty(0.41.1)\x1b\\"}
PLACEHOLDER = "\U0010eeee".encode()
SCRIPT = """\
# %% a picture
import matplotlib.pyplot as plt
_ = plt.plot([1, 2])
print("text")
"""


@pytest.fixture
def start(script: Callable[..., Path], tmp_path: Path):
    """Open the script in a Neovim with some plugins, in a terminal that identifies as kitty."""
    made: list[Neovim] = []

    def begin(lua: str) -> Neovim:
        init = tmp_path / "init.lua"
        init.write_text(
            f"vim.opt.rtp:prepend('{PLUGIN}')\nvim.o.termguicolors = true\n{lua}\n"
            "require('cellbridge').setup({})\n",
            "utf-8",
        )
        editor = Neovim("nvim-0.11", init, script(SCRIPT), answers=KITTY, rows=46)
        made.append(editor)
        editor.wait_until_attached()
        editor.until(CELLS)
        return editor

    yield begin
    for editor in made:
        editor.quit()


@shows("picture")
def test_snacks_draws_the_picture_below_the_text(start: Callable[[str], Neovim]) -> None:
    editor = start(
        f"vim.opt.rtp:prepend('{snacks()}')\nrequire('snacks').setup({{ image = {{}} }})"
    )
    editor.keys("\\rr")
    assert editor.raw is not None
    editor.raw.until(PLACEHOLDER)
    sent = editor.raw.written()
    ((_, path),) = re.findall(rb"\x1b_G([^;\x1b]*t=f[^;\x1b]*);([^\x1b]*)\x1b\\", sent)
    assert base64.b64decode(path).endswith(b".png")
    assert re.search(rb"\x1b_G[^\x1b]*U=1", sent)
    below = """
      local marks = vim.api.nvim_buf_get_extmarks(0, -1, 0, -1, { details = true })
      local found = {}
      for _, mark in ipairs(marks) do
        local lines = mark[4].virt_lines
        if lines then found[#found + 1] = { mark[2], #lines, mark[4].virt_text ~= nil } end
      end
      return found"""
    rows = editor.until(below, holds=lambda found: len(found) == 2)
    assert [row for row, _, _ in rows] == [3, 3]
    assert max(count for _, count, _ in rows) == 20
    assert not any(inside for _, _, inside in rows), "nothing is put into the line of code"
    editor.keys("\\rx")
    editor.until(below, holds=lambda found: not found)


def test_health_says_who_draws(start: Callable[[str], Neovim]) -> None:
    editor = start(
        f"vim.opt.rtp:prepend('{snacks()}')\nrequire('snacks').setup({{ image = {{}} }})"
    )
    editor.command("checkhealth cellbridge")
    assert "Images are drawn by snacks.nvim" in "\n".join(editor.lines())


def test_a_plugin_that_fails_costs_only_the_picture(start: Callable[[str], Neovim]) -> None:
    editor = start(
        "package.loaded.image = { clear = function() end,"
        " from_file = function() error('no such processor') end }"
    )
    editor.keys("\\rr")
    assert editor.raw is not None
    editor.raw.until(b" png ")
    editor.raw.until(b"[1]")
    assert "no such processor" not in editor.messages()
