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
    assert "nvim-dap is not installed" in health
    assert "cells can be debugged in python3" in health
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
            idle += typist.type_while_idle()
            flooded += typist.type_during_flood()
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


def test_cells_over_several_rows_keep_their_columns(
    start: Callable[..., NeovimWithPlugin],
) -> None:
    editor = start("1\n")
    drawn = """
      local html, shape, width = ...
      local output = { kind = "result", data = { ["text/html"] = html }, shape = shape }
      return require("cellbridge.output_lines").from_output(output, width).head(9)"""
    frame = (
        "<table><tr><th></th><th></th><th colspan='2'>A</th></tr>"
        "<tr><th>outer</th><th>inner</th><th>x</th><th>y</th></tr>"
        "<tr><th rowspan='2'>a</th><th>1</th><td>10</td><td>20</td></tr>"
        "<tr><th>2</th><td>30</td><td>40</td></tr></table>"
    )
    assert editor.lua(drawn, frame, [2, 2], 80) == [
        "               A",
        "outer  inner   x   y",
        "a      1      10  20",
        "       2      30  40",
    ]
    wide = "<table><tr><th></th><th>a</th><th>...</th></tr><tr><th>0</th><td>1</td><td>2</td></tr>"
    assert editor.lua(drawn, f"{wide}</table>", [1, 30], 80)[-1] == "… 29 more columns"
    assert editor.lua(drawn.replace("html }", "html, ['text/plain'] = '' }"), None, [], 80) == []


def test_outputs_that_need_a_page_have_names(start: Callable[..., NeovimWithPlugin]) -> None:
    editor = start("1\n")
    widget = "application/vnd.jupyter.widget-view+json"
    plotly = "application/vnd.plotly.v1+json"
    html = "<IPython.core.display.HTML object>"

    def named(name: str) -> str:
        return f"\u2039{name}\u203a :Cellbridge page"

    expected: list[tuple[dict[str, object], list[str]]] = [
        ({"text/plain": "Figure({})", plotly: {"data": []}}, [named("Plotly chart")]),
        ({"text/plain": "<VegaLite 6 object>\n\nIf", "application/vnd.vegalite.v6+json": 1},
         [named("Vega chart")]),
        ({"text/plain": html, "text/html": "<div class='animation'></div><script></script>"},
         [named("animation")]),
        ({"text/plain": "Report", "text/html": "<script></script>"},
         ["Report", named("web page")]),
        ({"text/plain": html, "text/html": "<b>bold</b> text"}, ["bold text"]),
        ({"text/plain": "x: 7", widget: {"model_id": "m"}}, ["x: 7", named("widget")]),
        ({"text/plain": "load: 60% 3/5", widget: {"model_id": "m"}}, ["load: 60% 3/5"]),
        ({"text/plain": "", widget: {"model_id": "m"}}, []),
        ({"application/javascript": "", "application/vnd.bokehjs_load.v0+json": ""}, []),
        ({"text/plain": "42", "application/x-own": 1}, ["42"]),
        ({"text/plain": "<Own object at 0x7f>"}, ["<Own object at 0x7f>"]),
        ({"application/x-own": 1}, ["\u2039application/x-own\u203a"]),
    ]  # fmt: skip
    drawn = """
      local output = { kind = "display", data = ... }
      return require("cellbridge.output_lines").from_output(output, 80).head(9)"""
    for data, lines in expected:
        assert editor.lua(drawn, data) == lines, data
