"""The plugin's windows and lists in a terminal: variables, tables, kernels, sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cellbridge.session import locations, registry
from support import sessions
from support.editor_pages import needs
from support.editor_table import shows
from support.neovim_with_plugin import VERSIONS, NeovimWithPlugin
from support.sessions import PATIENCE, host_of
from support.terminal_image import save_image

pytestmark = needs(*VERSIONS)

DATA = """\
# %% people
import pandas as pd
people = pd.DataFrame({"name": ["Ada", "Grace", "Alan"] * 40, "born": range(1800, 1920)})
# %% more
nested = {"first": [1, 2, {"deep": "here"}], "second": "text"}
numbers = list(range(250))
"""
ROWS = "return vim.api.nvim_buf_get_lines(0, 0, -1, false)"


@pytest.fixture
def editor(start: Callable[..., NeovimWithPlugin]) -> NeovimWithPlugin:
    """The script above, run."""
    editor = start(DATA)
    editor.command("Cellbridge all")
    editor.screen.until("✓ # %% more  ✓ [2]")
    return editor


@pytest.fixture(scope="module")
def shared_script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The script above, whose session lasts for all tests that change nothing in it."""
    path = tmp_path_factory.mktemp("shared") / "shared.py"
    path.write_text(DATA, "utf-8")
    yield path
    asyncio.run(sessions.stop(path))


@pytest.fixture
def reader(start: Callable[..., NeovimWithPlugin], shared_script: Path) -> NeovimWithPlugin:
    """The shared script in a new Neovim, run unless an earlier test has run it."""
    editor = start(shared_script)
    if not registry.has_host(locations.of_script(shared_script)):
        editor.command("Cellbridge all")
    editor.screen.until("✓ # %% more  ✓ [2]")
    return editor


def show_variables(editor: NeovimWithPlugin) -> NeovimWithPlugin:
    editor.keys("\\rV")
    editor.screen.until("3 variables of ", "▸ numbers")
    return editor


@pytest.fixture
def variables(reader: NeovimWithPlugin) -> NeovimWithPlugin:
    """The variables of the shared session, shown."""
    return show_variables(reader)


@pytest.fixture
def own_variables(editor: NeovimWithPlugin) -> NeovimWithPlugin:
    """The variables of a session that the test may change, shown."""
    return show_variables(editor)


@shows("variables")
def test_variables_are_listed_with_types_and_sizes(variables: NeovimWithPlugin) -> None:
    assert "list (250)" in variables.screen.line_with("▸ numbers")
    assert "[0, 1, 2," in variables.screen.line_with("▸ numbers")
    assert "DataFrame 120 × 2" in variables.screen.line_with("▸ people")


def test_values_unfold_step_by_step_and_stay_unfolded(own_variables: NeovimWithPlugin) -> None:
    for key, seen in (("gg<CR>", "▸ 'first'"), ("j<CR>", "▸ [2]"), ("3j<Tab>", "'deep'")):
        own_variables.keys(key)
        own_variables.screen.until(seen)
    own_variables.command("wincmd p")
    own_variables.keys("Gonested['third'] = 3<Esc>\\rr")
    own_variables.screen.until("'third'", "▾ [2]", "'deep'", "'here'")
    own_variables.command("wincmd p")
    own_variables.keys("gg<CR>")
    own_variables.screen.until_gone("▾ 'first'")


def test_long_lists_come_in_pages(variables: NeovimWithPlugin) -> None:
    variables.cursor(1)
    variables.keys("<CR>G")
    variables.until(ROWS, holds=lambda rows: len(rows) > 100)
    variables.command("call search('150 more')")
    variables.keys("<CR>")
    variables.until(
        ROWS, holds=lambda rows: any("50 more" in row for row in rows) and len(rows) > 200
    )
    variables.command("call search('50 more')")
    variables.keys("<CR>")
    rows = variables.until(ROWS, holds=lambda rows: len(rows) == 253)
    assert "[249]" in rows[251]
    variables.keys("gg<CR>")
    variables.screen.until("▸ 'first'")
    variables.command("resize 32")
    variables.screen.until("[25]")
    save_image(variables.screen, "neovim-variables", "Neovim", rows=44)


def test_variables_are_sorted_and_narrowed(variables: NeovimWithPlugin) -> None:
    variables.keys("S")
    variables.screen.until("by name ↓")
    variables.until(ROWS, holds=lambda rows: "people" in rows[0])
    variables.keys("fdict<CR>")
    variables.screen.until("1 variables of shared.py", "with “dict”")
    assert variables.until(ROWS, holds=lambda rows: len(rows) == 1)[0].split()[1] == "nested"


def test_variables_are_renamed_and_deleted_in_the_kernel(own_variables: NeovimWithPlugin) -> None:
    own_variables.keys("ggr<C-u>renamed<CR>")
    own_variables.until(ROWS, holds=lambda rows: "renamed" in rows[2])
    own_variables.keys("Gd")
    own_variables.screen.until("Delete renamed in the kernel?")
    own_variables.screen.type("y")
    own_variables.screen.until_gone("Delete renamed in the kernel?")
    own_variables.until(ROWS, holds=lambda rows: len(rows) == 2)
    own_variables.command("wincmd p")
    own_variables.keys("Go# %%<CR>sorted(set(dir()) & {'nested', 'renamed', 'people'})<Esc>\\rr")
    own_variables.screen.until("→ ['people']")


def test_an_expression_is_yanked(variables: NeovimWithPlugin) -> None:
    variables.keys("gg<CR>")
    variables.screen.until("▸ 'first'")
    variables.keys("jy")
    variables.until("return vim.fn.getreg('\"')", holds=lambda text: text == "nested['first']")


def test_the_window_says_its_keys_and_closes(variables: NeovimWithPlugin) -> None:
    variables.keys("?")
    variables.screen.until("╭ Keys", "Show only names or types that contain a text.")
    variables.keys("q")
    variables.screen.until_gone("╭")
    variables.keys("q")
    variables.screen.until_gone("3 variables")
    variables.keys("\\rV")
    variables.screen.until("3 variables")
    variables.command("wincmd p")
    variables.keys("\\rV")
    variables.screen.until_gone("3 variables")


@shows("table")
def test_a_table_is_paged_sorted_and_filtered(variables: NeovimWithPlugin) -> None:
    variables.command("call search('people')")
    variables.keys("<CR>")
    variables.screen.until("╭ people · rows 1–34 of 120", "Ada     1800", "str    int64")
    variables.keys("<C-f>")
    variables.screen.until("rows 35–68 of 120", "1834")
    variables.keys("G")
    variables.screen.until("rows 103–120 of 120", "Alan    1919")
    variables.keys("gg<Tab><Tab>ss")
    variables.screen.until("born ↓", "rows 1–34 of 120", "119  Alan     1919")
    save_image(variables.screen, "neovim-table", "Neovim", rows=46)
    variables.keys("f<lt> 1810<CR>")
    variables.screen.until("born ↓▽", "rows 1–10 of 10 (120 in total)", "1809")
    variables.keys("F")
    variables.screen.until("rows 1–34 of 120")
    variables.keys("gg<S-Tab>i")
    variables.screen.until("distinct  3", "Ada", "█")
    variables.keys("qq")
    variables.screen.until_gone("rows 1–")


def test_rows_go_on_beyond_the_page(reader: NeovimWithPlugin) -> None:
    reader.cursor(2)
    reader.keys("\\rt")
    reader.screen.until("rows 1–34 of 120")
    reader.keys("33j")
    reader.keys("j")
    reader.screen.until("rows 35–68 of 120")
    reader.keys("k")
    reader.screen.until("rows 1–34 of 120")
    assert reader.lua("return vim.api.nvim_get_current_line()").split()[0] == "33"


def test_wide_tables_are_gone_through_column_by_column(
    start: Callable[..., NeovimWithPlugin],
) -> None:
    editor = start("import numpy as np\nwide = np.arange(2000).reshape(20, 100)\n")
    editor.keys("\\rr")
    editor.screen.until("✓ [1]")
    editor.cursor(1)
    editor.keys("\\rt")
    first = editor.screen.line_with("columns 1–")
    shown = int(first.split("columns 1–")[1].split()[0])
    editor.keys("<Tab>" * (shown + 1))
    editor.screen.until(f"columns {shown + 1}–", "of 100")


def test_a_table_is_written_to_a_file(reader: NeovimWithPlugin, tmp_path: Path) -> None:
    reader.command("set cmdheight=4")  # The messages have long paths here.
    reader.cursor(2)
    reader.keys("\\rt")
    reader.screen.until("rows 1–34 of 120")
    reader.keys(f"e<C-u>{tmp_path}/people.csv<CR>")
    reader.screen.until("The table is in")
    lines = (tmp_path / "people.csv").read_text("utf-8").splitlines()
    assert (len(lines), lines[0], lines[-1]) == (121, "name,born", "Alan,1919")
    reader.keys(f"e<C-u>{tmp_path}/p.parquet<CR>")
    reader.until(
        "return vim.api.nvim_exec2('messages', { output = true }).output",
        holds=lambda said: "p.parquet" in said,
    )
    table = pq.read_table(tmp_path / "p.parquet")
    assert (table.num_rows, table.column_names) == (120, ["name", "born"])


def test_what_is_no_table_is_said_to_be_none(reader: NeovimWithPlugin) -> None:
    reader.cursor(4)
    reader.keys("\\rt")
    reader.until(
        "return vim.api.nvim_exec2('messages', { output = true }).output",
        holds=lambda said: "no longer a table" in said,
    )


@shows("kernel")
def test_the_kernel_is_chosen_from_a_list(editor: NeovimWithPlugin) -> None:
    editor.keys("\\rk")
    seen = editor.screen.until("Look for more environments", "1: ● ", "Type number")
    rows = seen[seen.index("1: ● ") : seen.index("Type number")].rstrip("\n").split("\n")
    assert all(row.partition(":")[0].isdigit() for row in rows), "a line that is too long wraps"
    number = next(row for row in rows if "Python 3 (ipykernel)" in row).partition(":")[0]
    editor.screen.type(number)
    editor.screen.keys("Enter")
    editor.screen.until("The script runs in Python 3 (ipykernel).")
    editor.keys("Go# %%<CR>'numbers' in dir()<Esc>\\rr")
    editor.screen.until("→ False")


@shows("sessions")
def test_sessions_are_listed_and_stopped(editor: NeovimWithPlugin) -> None:
    editor.keys("\\rs")
    seen = editor.screen.until("Sessions on this machine", "script.py · python3 · idle")
    ours = next(line for line in seen.split("\n") if "script.py · python3" in line)
    assert "open in Neovim" in ours
    editor.screen.type(ours.split(":")[0])
    editor.screen.keys("Enter")
    editor.screen.until("2: Stop the session. Outputs are kept")
    editor.screen.type("2")
    editor.screen.keys("Enter")
    editor.screen.until("The session of script.py was stopped.")
    editor.until("return require('cellbridge').status()", holds=lambda status: "idle" not in status)


def test_a_session_that_does_not_answer_is_listed_and_stopped_anyway(
    editor: NeovimWithPlugin, tmp_path: Path
) -> None:
    host = host_of(tmp_path / "script.py")
    host.suspend()
    try:
        editor.screen.until("does not answer", "1: Force Stop", "2: Keep Waiting")
        editor.screen.type("2")
        editor.screen.keys("Enter")
        editor.screen.until_gone("Keep Waiting")
        editor.keys("\\rs")
        seen = editor.screen.until("Sessions on this machine", "script.py · unresponsive")
        ours = next(line for line in seen.split("\n") if "script.py · unresponsive" in line)
        editor.screen.type(ours.split(":")[0])
        editor.screen.keys("Enter")
        editor.screen.until("2: Force stop the session, which does not respond. Outputs are kept")
        editor.screen.type("2")
        editor.screen.keys("Enter")
        editor.screen.until("Run a cell to start a new session.")
        host.wait(PATIENCE)
    finally:
        if host.is_running():
            host.resume()
