"""The Neovim plugin's help, health and options, and what a flood of output does to typing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from support.editor_pages import needs
from support.editor_programs import program
from support.neovim_with_plugin import CELLS, PLUGIN, VERSIONS, NeovimWithPlugin
from support.typing_speed import Typist, p95

pytestmark = needs(*VERSIONS)


def test_the_help_says_what_there_is(version: str, tmp_path: Path) -> None:
    command = [str(program(version)), "--clean", "--headless", "--cmd", f"set rtp^={PLUGIN}"]
    made = subprocess.run(
        [*command, "-l", str(PLUGIN / "scripts" / "help.lua")], capture_output=True, check=True
    )
    assert made.stdout == (PLUGIN / "doc" / "cellbridge.txt").read_bytes(), "run scripts/help.lua"
    (tmp_path / "cellbridge.txt").write_bytes(made.stdout)
    tagged = subprocess.run(
        [*command, "-c", f"helptags {tmp_path}", "-c", "qa"], capture_output=True, check=True
    )
    assert tagged.stderr == b"", "a tag is there twice"


def test_nothing_is_trusted_where_nothing_was_ignored(
    start: Callable[..., NeovimWithPlugin],
) -> None:
    editor = start("1\n")
    editor.keys(":Cellbridge trust<CR>")
    editor.screen.until("No file was ignored for")


def test_wrong_options_are_named_and_health_is_reported(
    start: Callable[..., NeovimWithPlugin],
) -> None:
    editor = start("1\n", "{ colour = 'red' }")
    assert "Unknown option colour" in editor.messages()
    problems = editor.lua("return require('cellbridge.config').set({ max_lines = 'many' })")
    assert problems == ['The option max_lines must be a number, not "many". Its default is used.']
    editor.command("checkhealth cellbridge")
    health = "\n".join(editor.lines())
    assert "The server is " in health
    assert "script.py: 1 cells, kernel absent" in health
    assert "ERROR" not in health


def test_a_flood_of_output_leaves_typing_alone(
    version: str, script: Callable[..., Path], tmp_path: Path
) -> None:
    """Keys are on the screen about as soon while 100,000 lines arrive as when nothing does."""
    script()  # for its session's end
    typist = Typist(version, tmp_path)
    idle: list[float] = []
    flooded: list[float] = []
    try:
        for _ in range(2):
            idle += typist.idle()
            flooded += typist.flooded()
    finally:
        typist.close()
    still, busy = p95(idle), p95(flooded)
    print(f"p95 of {len(flooded)} keys: {busy * 1000:.1f} ms in the flood, {still * 1000:.1f} idle")
    assert len(flooded) > 100
    # Two frames of a screen: a faster response is not visible, and other tests use the processors.
    assert busy < max(2 * still, 2 / 60)


def test_enabling_the_server_is_enough(script: Callable[..., Path], tmp_path: Path) -> None:
    """In Neovim 0.11 one line does the same as `setup`, with the user's configuration."""
    init = tmp_path / "init.lua"
    init.write_text(
        f"vim.opt.rtp:prepend('{PLUGIN}')\nvim.opt.shortmess:append('I')\n"
        "vim.lsp.config('cellbridge', { init_options = { completion = { static = false } } })\n"
        "vim.lsp.enable('cellbridge')\n",
        "utf-8",
    )
    editor = NeovimWithPlugin(
        "nvim-0.11", init, script("# %% one\n6 * 7\nprint('seen')\n"), screen=True
    )
    try:
        editor.wait_until_attached()
        editor.until(CELLS)
        editor.keys("\\rr")
        editor.screen.until("✓ # %% one  ✓ [1]", "┃ seen")
        editor.keys("\\rV")
        editor.screen.until("No variables yet")
        assert editor.lua("return #vim.lsp.get_clients({ name = 'cellbridge' })") == 1
    finally:
        editor.quit()
