"""Debugging in Neovim, by the language server and by nvim-dap.

nvim-dap is in no package registry, so a stand-in of the functions that the plugin calls takes its
place: support/nvim_dap. The same test drives the real one where it is found.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from support.editor_pages import needs
from support.editor_table import shows
from support.neovim_with_plugin import NeovimWithPlugin
from support.terminal_image import save_image

pytestmark = needs("nvim-0.11")

STAND_IN = Path(__file__).resolve().parent.parent / "support" / "nvim_dap"


def find_nvim_dap() -> Path:
    """Return the folder of the real nvim-dap: the one given, or an installed one; there or not."""
    if given := os.environ.get("NVIM_DAP"):
        return Path(given)
    # Tests have a HOME of their own, so the real one is looked up.
    data = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".local" / "share" / "nvim"
    return next(data.glob("site/pack/*/*/nvim-dap"), data / "lazy" / "nvim-dap")


def nvim_daps() -> list[ParameterSet]:
    """Return the folders to test with; CI cannot get the real nvim-dap, so it has one only."""
    real = find_nvim_dap()
    found = (real / "lua" / "dap.lua").is_file()
    both = [pytest.param(STAND_IN, id="stand-in")]
    if found or not os.environ.get("CI"):
        get = (
            "nvim-dap was not found. Clone https://github.com/mfussenegger/nvim-dap and set "
            "NVIM_DAP to its folder."
        )
        both.append(
            pytest.param(real, id="nvim-dap", marks=pytest.mark.skipif(not found, reason=get))
        )
    return both


SCRIPT = """\
# %% define
def double(n):
    m = n * 2
    return m

# %% use
total = 0
for n in range(3):
    total += double(n)
total
"""

STOPPED = """
local marks = vim.api.nvim_buf_get_extmarks(
  0, require('cellbridge.stop_mark').namespace, 0, -1, {})
return marks[1] and marks[1][2]"""
FRAME = """
local session = require('dap').session()
local frame = session and session.stopped_thread_id and session.current_frame
return frame and { frame.line, frame.name }"""


@pytest.fixture
def version() -> str:
    return "nvim-0.11"


@shows("step")
def test_a_cell_is_stepped_by_the_language_server(start: Callable[..., NeovimWithPlugin]) -> None:
    editor = start(SCRIPT)
    editor.cursor(2)
    editor.keys("\\rr")
    editor.screen.until("✓ # %% define")
    editor.cursor(6)
    editor.command("Cellbridge debug")
    check_stop(editor, 6)
    for row in (7, 8):
        editor.command("Cellbridge next_line")
        check_stop(editor, row)
    editor.command("Cellbridge step_into")
    check_stop(editor, 2)
    editor.screen.until("for n in range(3):  n = 0")
    save_image(editor.screen, "neovim-debugging", "Neovim", rows=12)
    editor.command("Cellbridge step_out")
    check_stop(editor, 8)
    editor.keys("ggO# an edit above<Esc>")
    editor.until(STOPPED, holds=lambda found: found == 9)
    assert editor.row == 0
    editor.command("Cellbridge next_line")
    check_stop(editor, 8)
    editor.cursor(4)
    editor.command("Cellbridge breakpoint")
    editor.screen.until("return m  ● breakpoint")
    editor.command("Cellbridge continue")
    check_stop(editor, 4)
    editor.command("Cellbridge stop_debugging")
    editor.screen.until("  total → 6")
    editor.until(STOPPED, holds=lambda row: row is None)


def check_stop(editor: NeovimWithPlugin, row: int) -> None:
    """Wait until the stop is marked on a line, from 0, with the cursor on it."""
    editor.until(STOPPED, holds=lambda found: found == row)
    assert editor.row == row
    editor.screen.until("▶")
    editor.screen.until(f"stopped at line {row + 1}")


@shows("debug")
@pytest.mark.parametrize("folder", nvim_daps())
def test_a_cell_is_debugged_by_nvim_dap(
    start: Callable[..., NeovimWithPlugin], folder: Path
) -> None:
    editor = start(SCRIPT)
    editor.lua("vim.opt.rtp:append(...)", str(folder))
    editor.cursor(2)
    editor.command("Cellbridge breakpoint")
    editor.keys("\\rr")
    editor.screen.until("✓ # %% define")
    editor.cursor(6)
    check_configurations(editor)
    editor.command("Cellbridge debug")
    check_frame(editor, 7, "<module>")
    editor.command("Cellbridge continue")
    check_frame(editor, 3, "double")
    editor.command("Cellbridge next_line")
    check_frame(editor, 4, "double")
    assert evaluated(editor, "m + n") == "0"
    editor.command("Cellbridge step_out")
    check_frame(editor, 9, "<module>")
    editor.command("Cellbridge stop_debugging")
    editor.screen.until("  total → 6")
    editor.until("return next(require('dap').sessions()) == nil")
    assert "exited with" not in editor.messages()


def check_configurations(editor: NeovimWithPlugin) -> None:
    """Check what nvim-dap lists for the cell at the cursor."""
    given = editor.lua(
        "require('cellbridge.nvim_dap').register()"
        " return require('dap').providers.configs.cellbridge(vim.api.nvim_get_current_buf())"
    )
    assert [one["request"] for one in given] == ["attach"] * 3
    assert [one.get("run", {}).get("stopOnEntry") for one in given] == [None, True, False]
    assert {one["script"] for one in given} == {editor.lua("return vim.api.nvim_buf_get_name(0)")}


def check_frame(editor: NeovimWithPlugin, line: int, name: str) -> None:
    """Wait until nvim-dap has stopped in a function on a line, from 1."""
    editor.until(FRAME, holds=lambda frame: frame == [line, name])
    assert editor.row == line - 1


def evaluated(editor: NeovimWithPlugin, expression: str) -> str:
    """Return the value of an expression in the current frame."""
    editor.lua(
        "local session = require('dap').session()"
        " local given = { expression = ..., frameId = session.current_frame.id, context = 'repl' }"
        " session:request('evaluate', given, function(_, body) _G.value = body.result end)",
        expression,
    )
    return editor.until("return _G.value")
