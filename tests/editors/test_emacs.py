"""Emacs with its own Eglot, configured as in docs/editors/emacs.md, in a terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.editor_pages import block, needs
from support.editor_programs import program
from support.editor_table import shows
from support.patience import until
from support.terminal import Terminal
from support.terminal_image import save_image
from support.ticking import has_ticked

pytestmark = needs("emacs")


@pytest.fixture
def emacs(script: Callable[..., Path], tmp_path: Path) -> Iterator[Terminal]:
    init = tmp_path / "init.el"
    init.write_text(block("emacs.md", "elisp", "eglot-server-programs"), "utf-8")
    # No lock and backup files next to the script, and no questions on exit. No compilation of
    # Emacs's own Lisp, which starts several more Emacs in each test and never reaches an end.
    quiet = (
        "(setq create-lockfiles nil make-backup-files nil auto-save-default nil"
        " native-comp-jit-compilation nil native-comp-enable-subr-trampolines nil)"
    )
    command = [str(program("emacs")), "-nw", "-Q", "--eval", quiet, "-l", str(init)]
    terminal = Terminal([*command, str(script())], os.environ)
    terminal.until("# %% one", "(Python")
    meta_x(terminal, "eglot")
    terminal.until("[eglot:")
    yield terminal
    terminal.close()


def meta_x(emacs: Terminal, command: str) -> None:
    """Run a command by its name."""
    emacs.keys("M-x")
    emacs.until("\nM-x")
    emacs.type(command)
    emacs.keys("Enter")


def run_cell(emacs: Terminal, line: int) -> None:
    """Go to a line, from 1, and run its cell."""
    emacs.keys("M-g", "M-g")
    emacs.until("Goto line")
    emacs.type(str(line))
    emacs.keys("Enter")
    emacs.until_gone("Goto line")
    meta_x(emacs, "cellbridge-run-cell")


@shows("run", "result")
def test_a_command_runs_the_cell_and_the_result_stands_at_its_end(emacs: Terminal) -> None:
    run_cell(emacs, 2)
    assert "alpha + 22" in emacs.line_with("→ 42")


@shows("run", "step")
def test_code_actions_run_the_cell_at_once_and_line_by_line(emacs: Terminal) -> None:
    meta_x(emacs, "eglot-code-actions")
    emacs.until("Pick an action (default Run cell)")
    emacs.keys("Enter")
    assert "alpha + 22" in emacs.line_with("→ 42")
    meta_x(emacs, "eglot-code-actions")
    emacs.until("Pick an action (default Run cell)")
    emacs.type("Run by line")
    emacs.keys("Enter")
    assert "alpha = 20" in emacs.line_with("Stopped before")
    meta_x(emacs, "eglot-code-actions")
    emacs.until("Pick an action (default Next line)")
    emacs.keys("Enter")
    assert "alpha + 22" in emacs.line_with("Stopped after")
    emacs.until("alpha = 20  : alpha = 20")


@shows("error")
def test_an_error_stands_on_its_line(emacs: Terminal) -> None:
    run_cell(emacs, 5)
    assert "1 / 0" in emacs.line_with("ZeroDivisionError: division by zero")


def test_a_running_cell_tells_for_how_long(emacs: Terminal) -> None:
    run_cell(emacs, 2)
    emacs.until("→ 42")
    run_cell(emacs, 5)
    emacs.until("ZeroDivisionError")
    run_cell(emacs, 12)
    emacs.until("… running ")
    until(lambda: has_ticked(emacs.screen()), "the time to tick", emacs.screen)
    assert "threading.Event().wait()" in emacs.line_with("… running ")
    save_image(emacs, "emacs", "Emacs", rows=14)


def test_the_whole_output_is_opened_in_a_buffer(emacs: Terminal) -> None:
    run_cell(emacs, 5)
    emacs.until("ZeroDivisionError")
    meta_x(emacs, "eglot-code-actions")
    emacs.until("Pick an action")
    emacs.type("Open output")
    emacs.keys("Enter")
    emacs.until("ZeroDivisionError                         Traceback", "script-two-")


@shows("whole")
def test_eldoc_on_the_marker_shows_the_output(emacs: Terminal) -> None:
    run_cell(emacs, 2)
    emacs.until("→ 42")
    emacs.keys("M-<")
    meta_x(emacs, "eldoc")
    emacs.until("✓ 1 ·")


@shows("completion")
def test_completion_knows_the_living_objects(emacs: Terminal) -> None:
    run_cell(emacs, 5)
    emacs.until("ZeroDivisionError")
    emacs.keys("M->")
    emacs.type("alphabet.app")
    meta_x(emacs, "completion-at-point")
    emacs.until("alphabet.append")


@shows("input")
def test_input_is_answered_by_a_command(emacs: Terminal) -> None:
    run_cell(emacs, 9)
    emacs.until("… waits for input: Who?")
    meta_x(emacs, "cellbridge-answer")
    emacs.until("\nAnswer:")
    emacs.type("Ada")
    emacs.keys("Enter")
    assert "hello" in emacs.line_with("→ 'hello Ada'")


@shows("stale")
def test_a_result_of_older_text_is_marked(emacs: Terminal) -> None:
    run_cell(emacs, 2)
    emacs.until("→ 42")
    emacs.type("5")
    emacs.until("→ 42 (stale)")


@shows("busy", "interrupt")
def test_completion_answers_while_a_cell_runs_until_it_is_interrupted(emacs: Terminal) -> None:
    run_cell(emacs, 5)
    emacs.until("ZeroDivisionError")
    run_cell(emacs, 12)
    emacs.until("… running ")
    emacs.keys("M-<")
    emacs.keys("C-e", "Enter")
    emacs.type("alphabet.app")
    meta_x(emacs, "completion-at-point")
    emacs.until("alphabet.append")
    meta_x(emacs, "cellbridge-interrupt")
    emacs.until("✗ interrupted")
