"""Neovim without the plugin, only with the configuration in docs/editors/neovim.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.editor_pages import block, needs
from support.editor_table import shows
from support.neovim import Neovim
from support.ticking import has_ticked

pytestmark = needs("nvim-0.11")

HINTS = """
local found = {}
for _, hint in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0 })) do
  found[#found + 1] = { hint.inlay_hint.position.line, hint.inlay_hint.label }
end
return found
"""


@pytest.fixture
def nvim(script: Callable[..., Path], tmp_path: Path) -> Iterator[Neovim]:
    init = tmp_path / "init.lua"
    init.write_text(block("neovim.md", "lua", "vim.lsp.enable"), "utf-8")
    made = Neovim("nvim-0.11", init, script())
    made.wait_until_attached()
    yield made
    made.quit()


def hint(nvim: Neovim, line: int, text: str) -> None:
    """Wait for a hint on a line."""
    nvim.until(HINTS, holds=lambda found: [line, text] in found)


def wait_until_running(nvim: Neovim, line: int) -> None:
    """Wait for the hint of a cell that has been running for a while; its time ticks."""
    nvim.until(
        HINTS,
        holds=lambda found: any(at == line and text.startswith("… running ") for at, text in found),
    )


@shows("run", "result")
def test_a_key_runs_the_cell_and_the_result_is_a_hint(nvim: Neovim) -> None:
    nvim.cursor(1)
    nvim.keys("\\rc")
    hint(nvim, 2, "→ 42")


@shows("run")
def test_a_code_action_runs_the_cell(nvim: Neovim) -> None:
    nvim.cursor(1)
    nvim.lua(
        "vim.lsp.buf.code_action({ apply = true,"
        " filter = function(action) return action.title == 'Run cell' end })"
    )
    hint(nvim, 2, "→ 42")


@shows("lens")
def test_a_lens_runs_the_cell(nvim: Neovim) -> None:
    nvim.lua("vim.lsp.codelens.refresh({ bufnr = 0 })")
    titles = nvim.until(
        "return vim.tbl_map(function(lens) return lens.command.title end, vim.lsp.codelens.get(0))"
    )
    assert titles[:2] == ["▶ Run", "Run below"]
    nvim.lua("""
      local lens = vim.lsp.codelens.get(0)[1]
      vim.lsp.get_clients({ name = "cellbridge" })[1]:exec_cmd(lens.command, { bufnr = 0 })""")
    hint(nvim, 2, "→ 42")


@shows("error")
def test_an_error_is_a_diagnostic_on_its_line(nvim: Neovim) -> None:
    nvim.cursor(4)
    nvim.keys("\\rc")
    ((line, message),) = nvim.until(
        "return vim.tbl_map(function(one) return { one.lnum, one.message } end,"
        " vim.diagnostic.get(0))"
    )
    assert (line, message.split("\n")[0]) == (5, "ZeroDivisionError: division by zero")
    hint(nvim, 5, "✗ ZeroDivisionError: division by zero")


def test_a_running_cell_tells_for_how_long(nvim: Neovim) -> None:
    nvim.cursor(11)
    nvim.keys("\\rc")
    wait_until_running(nvim, 12)
    nvim.until(
        HINTS, holds=lambda found: any(line == 12 and has_ticked(text) for line, text in found)
    )


def test_the_whole_output_is_opened_in_a_buffer(nvim: Neovim) -> None:
    nvim.cursor(4)
    nvim.keys("\\rc")
    hint(nvim, 5, "✗ ZeroDivisionError: division by zero")
    nvim.lua(
        "vim.lsp.buf.code_action({ apply = true,"
        " filter = function(action) return action.title == 'Open output' end })"
    )
    name = nvim.until(
        "return vim.fn.expand('%:t')", holds=lambda name: name.startswith("script-two-")
    )
    assert name.endswith(".txt")
    assert "ZeroDivisionError: division by zero" in nvim.lines()


@shows("whole")
def test_hovering_over_the_marker_shows_the_output(nvim: Neovim) -> None:
    nvim.cursor(1)
    nvim.keys("\\rc")
    hint(nvim, 2, "→ 42")
    nvim.cursor(0)
    nvim.keys("K")
    shown = nvim.until("""
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        if vim.api.nvim_win_get_config(window).relative ~= "" then
          local buffer = vim.api.nvim_win_get_buf(window)
          return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\\n")
        end
      end""")
    assert "42" in shown


@shows("completion")
def test_completion_knows_the_living_objects(nvim: Neovim) -> None:
    nvim.cursor(4)
    nvim.keys("\\rc")
    hint(nvim, 5, "✗ ZeroDivisionError: division by zero")
    nvim.lua("vim.o.completeopt = 'menuone,noinsert'")
    nvim.keys("Goalphabet.ap<C-x><C-o>")
    items = nvim.until("return vim.fn.complete_info({ 'items' }).items")
    assert "append" in [item["word"].rstrip("(") for item in items]
    nvim.keys("<C-e><Esc>")


@shows("input")
def test_input_is_answered_by_a_command(nvim: Neovim) -> None:
    nvim.cursor(8)
    nvim.keys("\\rc")
    hint(nvim, 9, "… waits for input: Who?")
    nvim.lua("""
      local client = vim.lsp.get_clients({ name = "cellbridge" })[1]
      local answer = { uri = vim.uri_from_bufnr(0), text = "Ada" }
      local command = { title = "", command = "cellbridge.answerInput", arguments = { answer } }
      client:exec_cmd(command)""")
    hint(nvim, 9, "→ 'hello Ada'")


@shows("stale")
def test_a_result_of_older_text_is_marked(nvim: Neovim) -> None:
    nvim.cursor(1)
    nvim.keys("\\rc")
    hint(nvim, 2, "→ 42")
    nvim.keys("A5<Esc>")
    hint(nvim, 2, "→ 42 (stale)")


@shows("busy", "interrupt")
def test_completion_answers_while_a_cell_runs_until_it_is_interrupted(nvim: Neovim) -> None:
    nvim.cursor(4)
    nvim.keys("\\rc")
    hint(nvim, 5, "✗ ZeroDivisionError: division by zero")
    nvim.cursor(11)
    nvim.keys("\\rc")
    wait_until_running(nvim, 12)
    nvim.lua("vim.o.completeopt = 'menuone,noinsert'")
    nvim.cursor(5)
    nvim.keys("oalphabet.ap<C-x><C-o>")
    items = nvim.until("return vim.fn.complete_info({ 'items' }).items")
    assert "append" in [item["word"].rstrip("(") for item in items]
    nvim.keys("<C-e><Esc>")
    nvim.lua(
        "vim.lsp.buf.code_action({ apply = true,"
        " filter = function(action) return action.title == 'Interrupt kernel' end })"
    )
    nvim.until(HINTS, holds=lambda found: any("✗ interrupted" in text for _, text in found))
