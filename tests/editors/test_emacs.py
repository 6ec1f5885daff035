"""Emacs with its own Eglot, as docs/editors/emacs.md sets it up, looked at in a terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.editor_pages import block, needs
from support.editor_programs import program
from support.picture import draw
from support.terminal import Terminal

pytestmark = needs("emacs")


@pytest.fixture
def emacs(script: Callable[..., Path], tmp_path: Path) -> Iterator[Terminal]:
    init = tmp_path / "init.el"
    init.write_text(block("emacs.md", "elisp", "eglot-server-programs"), "utf-8")
    # Files of Emacs's own beside the script, and questions on leaving, are no matter of this test.
    quiet = "(setq create-lockfiles nil make-backup-files nil auto-save-default nil)"
    command = [str(program("emacs")), "-nw", "-Q", "--eval", quiet, "-l", str(init)]
    terminal = Terminal([*command, str(script())], os.environ)
    terminal.until("# %% one", "(Python")
    meta_x(terminal, "eglot")
    terminal.until("[eglot:")
    yield terminal
    terminal.close()


def meta_x(emacs: Terminal, command: str) -> None:
    """Do a command by its name."""
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


def test_a_command_runs_the_cell_and_the_result_stands_at_its_end(emacs: Terminal) -> None:
    run_cell(emacs, 2)
    assert "alpha + 22" in emacs.line_with("→ 42")


def test_a_code_action_runs_the_cell(emacs: Terminal) -> None:
    meta_x(emacs, "eglot-code-actions")
    emacs.until("Pick an action (default Run cell)")
    emacs.keys("Enter")
    assert "alpha + 22" in emacs.line_with("→ 42")


def test_an_error_stands_on_its_line(emacs: Terminal) -> None:
    run_cell(emacs, 5)
    assert "1 / 0" in emacs.line_with("ZeroDivisionError: division by zero")
    run_cell(emacs, 2)
    emacs.until("→ 42")
    draw(emacs, "emacs", "Emacs", rows=11)


def test_eldoc_on_the_marker_shows_the_output(emacs: Terminal) -> None:
    run_cell(emacs, 2)
    emacs.until("→ 42")
    emacs.keys("M-<")
    meta_x(emacs, "eldoc")
    emacs.until("✓ 1 ·")


def test_completion_knows_the_living_objects(emacs: Terminal) -> None:
    run_cell(emacs, 5)
    emacs.until("ZeroDivisionError")
    emacs.keys("M->")
    emacs.type("alphabet.app")
    meta_x(emacs, "completion-at-point")
    emacs.until("alphabet.append")


def test_input_is_answered_by_a_command(emacs: Terminal) -> None:
    run_cell(emacs, 9)
    emacs.until("… waits for input: Who?")
    meta_x(emacs, "cellbridge-answer")
    emacs.until("\nAnswer:")
    emacs.type("Ada")
    emacs.keys("Enter")
    assert "hello" in emacs.line_with("→ 'hello Ada'")
