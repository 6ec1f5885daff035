"""The Neovim plugin in the oldest and newest supported Neovim, in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.editor_pages import needs
from support.editor_table import shows
from support.neovim_with_plugin import VERSIONS, NeovimWithPlugin
from support.terminal_image import save_image

pytestmark = needs(*VERSIONS)

SCRIPT = """\
# %% one
alpha = 20
alpha + 22

# %% two
for n in range(3):
    print("line", n)

# %% three
1 / 0
"""


YANKED = "return vim.fn.getreg('\"')"


@pytest.fixture
def editor(start: Callable[..., NeovimWithPlugin]) -> NeovimWithPlugin:
    """The script above, opened."""
    return start(SCRIPT)


@shows("run", "result", "drawn")
def test_a_result_stands_behind_its_line_and_output_below(editor: NeovimWithPlugin) -> None:
    editor.cursor(1)
    editor.keys("\\rr")
    editor.screen.until("  alpha + 22 → 42", "✓ # %% one  ✓ [1]")
    editor.command("Cellbridge all")
    editor.wait_for_output('    print("line", n)', "line 0", "line 1", "line 2")
    seen = editor.screen.until("✗ # %% three  ✗ [4]", "ZeroDivisionError: division by zero")
    assert "---> " in seen


def test_an_edit_above_keeps_the_output_in_its_place(editor: NeovimWithPlugin) -> None:
    editor.cursor(5)
    editor.keys("\\rr")
    editor.wait_for_output('    print("line", n)', "line 0", "line 1", "line 2")
    editor.keys("ggO# a remark<CR># and more<Esc>")
    editor.wait_for_output('    print("line", n)', "line 0", "line 1", "line 2")
    editor.keys("GO# %% before three<CR>5<Esc>")
    editor.screen.until("# %% before three")
    editor.wait_for_output('    print("line", n)', "line 0", "line 1", "line 2")
    editor.keys("ggVGy:%d<CR>")
    editor.screen.until_gone("┃ line 0")
    editor.keys("u")
    editor.wait_for_output('    print("line", n)', "line 0", "line 1", "line 2")


def test_replacing_all_lines_keeps_the_output_in_its_place(editor: NeovimWithPlugin) -> None:
    editor.cursor(5)
    editor.keys("\\rr")
    editor.wait_for_output('    print("line", n)', "line 0", "line 1", "line 2")
    editor.keys(":%!tac <Bar> tac; echo formatted<CR>")
    editor.screen.until("\n  formatted")
    editor.wait_for_output('    print("line", n)', "line 0", "line 1", "line 2")


@shows("stale")
def test_an_edited_cell_is_marked_as_stale(editor: NeovimWithPlugin) -> None:
    editor.cursor(1)
    editor.keys("\\rr")
    editor.screen.until("→ 42")
    editor.keys("A1<Esc>")
    editor.screen.until("~ # %% one  ✓ [1]", "· stale")
    editor.keys("u")
    editor.screen.until("✓ # %% one")
    editor.screen.until_gone("stale")


@shows("error")
def test_an_error_is_reported_on_its_line(editor: NeovimWithPlugin) -> None:
    editor.cursor(9)
    editor.keys("\\rr")
    ((line, message),) = editor.until(
        "return vim.tbl_map(function(one) return { one.lnum, one.message } end,"
        " vim.diagnostic.get(0))"
    )
    assert (line, message.split("\n")[0]) == (9, "ZeroDivisionError: division by zero")


@shows("interrupt")
def test_a_running_cell_can_be_interrupted(start: Callable[..., NeovimWithPlugin]) -> None:
    editor = start("import time\nprint('begun')\ntime.sleep(1000)\n")
    editor.keys("\\rr")
    editor.screen.until("● import time  running", "┃ begun")
    editor.keys("\\ri")
    editor.screen.until("KeyboardInterrupt", "✗ import time")


@shows("input")
def test_input_is_asked_for(start: Callable[..., NeovimWithPlugin]) -> None:
    editor = start('name = input("Who? ")\n"hello " + name\n')
    editor.keys("\\rr")
    editor.screen.until("\nWho?")
    editor.screen.type("Ada")
    editor.screen.keys("Enter")
    editor.screen.until("\"hello \" + name → 'hello Ada'")


def test_the_same_question_is_asked_for_each_time(start: Callable[..., NeovimWithPlugin]) -> None:
    editor = start('[input("Next? ") for _ in range(2)]\n')
    editor.keys("\\rr")
    for answer in ("one", "two"):
        editor.screen.until("\nNext?\n")
        editor.screen.type(answer)
        # Seen first, so that the next look cannot take this question for the one after it.
        editor.screen.until(f"Next? {answer}")
        editor.screen.keys("Enter")
    editor.screen.until("→ ['one', 'two']")


def test_a_dismissed_question_can_be_asked_for_again(
    start: Callable[..., NeovimWithPlugin],
) -> None:
    editor = start('name = input("Who? ")\n"hello " + name\n')
    editor.keys("\\rr")
    editor.screen.until("\nWho?")
    editor.screen.keys("Escape")
    editor.screen.until("The cell still waits", "waits for input")
    editor.screen.keys("Enter")
    editor.screen.type(":Cellbridge input")
    editor.screen.keys("Enter")
    editor.screen.until("\nWho?")
    editor.screen.type("Ada")
    editor.screen.keys("Enter")
    editor.screen.until("→ 'hello Ada'")


@shows("reattach")
def test_a_run_outlives_a_killed_neovim(
    start: Callable[..., NeovimWithPlugin], tmp_path: Path
) -> None:
    go = tmp_path / "go"
    editor = start(
        "import os, time\nprint('begun')\n"
        f"while not os.path.exists({str(go)!r}):\n    time.sleep(0.01)\nprint('ended')\n"
    )
    editor.keys("\\rr")
    editor.screen.until("┃ begun")
    editor.kill()
    other = start(None)
    other.screen.until("● import os, time  running", "┃ begun")
    go.touch()
    other.screen.until("✓ import os, time", "┃ begun\n  ┃ ended")


@shows("completion", "busy")
def test_completion_answers_while_a_cell_runs(start: Callable[..., NeovimWithPlugin]) -> None:
    editor = start("# %%\nimport time\nalphabet = list('abc')\ntime.sleep(1000)\n# %%\n")
    editor.cursor(1)
    editor.keys("\\rr")
    editor.screen.until("running")
    editor.lua("vim.o.completeopt = 'menuone,noinsert'")
    editor.keys("Goalphabet.ap<C-x><C-o>")
    editor.screen.until("append")
    assert "running" in editor.screen.screen()
    editor.keys("<C-e><Esc>\\ri")
    editor.screen.until("KeyboardInterrupt")


def test_keys_go_from_cell_to_cell_and_select_them(editor: NeovimWithPlugin) -> None:
    visited = []
    for key in ("]c", "]c", "]c", "[c", "j[c", "2[c"):
        editor.command(f"normal {key}")
        visited.append(editor.row)
    assert visited == [4, 8, 8, 4, 4, 0]
    editor.command("normal ]cjyic")
    assert editor.lua(YANKED) == 'for n in range(3):\n    print("line", n)\n'
    editor.command("normal yac")
    assert editor.lua(YANKED).startswith("# %% two\nfor n")
    editor.command("normal dac")
    assert [line for line in editor.lines() if "%%" in line] == [
        "# %% one",
        "# %% three",
    ]


def test_the_operator_runs_what_a_motion_goes_over(editor: NeovimWithPlugin) -> None:
    editor.cursor(1)
    editor.keys("\\r_")
    seen = editor.screen.until("alpha = 20  ✓ [1]", "· selection")
    assert "# %% one  ✓" not in seen
    editor.keys("j0C# %%<CR>alpha<Esc>\\rr")
    editor.screen.until("  alpha → 20")
    editor.keys("O1 + 1<Esc>\\r_")
    editor.screen.until("  1 + 1 → 2 · selection", "  alpha → 20", "· stale")
    editor.command("Cellbridge restart")
    editor.screen.until("· selection · earlier kernel")


def test_running_and_advancing_goes_through_the_script(editor: NeovimWithPlugin) -> None:
    editor.cursor(1)
    editor.keys("\\rn\\rn")
    editor.wait_for_output('    print("line", n)', "line 0", "line 1", "line 2")
    editor.screen.until("→ 42")
    assert editor.row == 9


@shows("whole")
def test_long_output_is_folded_expanded_and_shown_whole(
    start: Callable[..., NeovimWithPlugin],
) -> None:
    editor = start("for n in range(10000):\n    print('line', n)\n")
    editor.keys("\\rr")
    editor.screen.until(
        "┃ line 10\n  ┃ … 9985 more lines  (\\re expands, \\ro shows all)\n  ┃ line 9996"
    )
    editor.screen.until("✓ for n")
    editor.keys("\\re")
    editor.screen.until("┃ line 30")
    editor.keys("\\re")
    editor.screen.until("… 9985 more lines")
    editor.keys("\\ro")
    editor.screen.until("╭")
    assert editor.until("return vim.api.nvim_buf_line_count(0)") == 10000
    assert editor.lines()[7777] == "line 7777"
    editor.keys("q")
    editor.screen.until_gone("╭")


def test_a_bar_that_moves_is_one_line(start: Callable[..., NeovimWithPlugin]) -> None:
    editor = start(
        "import sys\nprint('begun')\nfor n in range(30):\n"
        "    sys.stdout.write(f'\\r{\"🐌\" * n} {n}')\n    sys.stdout.flush()\n"
    )
    editor.keys("\\rr")
    editor.screen.until("┃ begun\n  ┃ " + "🐌" * 29 + " 29\n", "✓ import sys")
    grown = """
      local encoding = ...
      local before = { { kind = "stream", name = "stdout", text = "é🐌x", chars = 3, lines = 0 } }
      local append = { output = 0, drop = 3, text = "!", chars = 2, lines = 0 }
      local given = { keptOutputs = 1, extended = { append } }
      return require("cellbridge.output_updates").apply(before, given, encoding)[1].text"""
    assert editor.lua(grown, "utf-16") == "é!"
    assert editor.lua(grown, "utf-32") == "!"


def test_what_is_drawn(start: Callable[..., NeovimWithPlugin]) -> None:
    """Colours, tables and pictures, as the picture in the documentation shows them."""
    editor = start(LOOKS)
    editor.command("Cellbridge all")
    editor.screen.until(
        "  ┃    name   born\n  ┃ 0  Ada    1815\n  ┃ 1  Grace  1906\n",
        "▣ png ",
        " · \\rv opens it",
        "ZeroDivisionError: division by zero",
        "✗ # %% a failure  ✗ [4]",
    )
    assert "\x1b[38;2;224;108;117mred" in editor.screen.screen(colours=True)
    save_image(editor.screen, "neovim", "Neovim", rows=43)


LOOKS = """\
# %% a table
import pandas as pd
pd.DataFrame({"name": ["Ada", "Grace"], "born": [1815, 1906]})

# %% colours
print("\\x1b[31mred\\x1b[0m and \\x1b[1;32mgreen\\x1b[0m")
for n in range(20):
    print("line", n)

# %% a picture
import matplotlib.pyplot as plt
_ = plt.plot([1, 2])

# %% a failure
1 / 0
"""
