"""Helix, configured as in docs/editors/helix.md, in a terminal."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.editor_pages import block, needs
from support.editor_programs import program
from support.editor_table import shows
from support.patience import PATIENCE, until
from support.terminal import Terminal
from support.terminal_image import save_image
from support.ticking import has_ticked

pytestmark = needs("hx")


@pytest.fixture
def helix(script: Callable[..., Path], tmp_path: Path) -> Iterator[Terminal]:
    settings = tmp_path / "config" / "helix"
    settings.mkdir(parents=True)
    entry = block("helix.md", "toml", "[language-server.cellbridge]")
    debugger = block("helix.md", "toml", "[language.debugger]")
    (settings / "languages.toml").write_text(f"{entry}\n{debugger}", "utf-8")
    (settings / "config.toml").write_text(block("helix.md", "toml", "[editor]"), "utf-8")
    kept = {name: value for name, value in os.environ.items() if name.startswith(("CELL", "XDG"))}
    kept |= {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    # Helix shows actions only after all servers have answered. On a developer's machine with
    # further servers, a test would wait for them too.
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "cellbridge").symlink_to(shutil.which("cellbridge") or "")
    kept |= {"PATH": f"{programs}{os.pathsep}{os.defpath}"}
    terminal = Terminal([str(program("hx")), str(script())], kept)
    try:
        terminal.until("# %% one")
        ready(terminal)
        yield terminal
    finally:
        terminal.close()


FIRST = ("Run", "Respond", "Next line", "Debug error")
"""Words of the first action in the menu."""


def ready(helix: Terminal) -> None:
    """Wait until the server has opened the script: before, Helix reports that it has no actions."""

    def has_actions() -> bool:
        ask_for_actions(helix)
        seen = helix.until_any("Run all cells", "No configured language", "No code actions")
        return "Run all cells" in seen

    until(has_actions, "a menu of code actions")

    def has_closed() -> bool:
        """Close a menu; a slow answer to an earlier request may have opened another above it.

        A further Escape is pressed late: together with the next key, it would be another key.
        """
        helix.keys("Escape")
        try:
            helix.until_gone("Run all cells", PATIENCE / 6)
        except AssertionError:
            return False
        return True

    until(has_closed, "the menu to close", helix.screen)


def ask_for_actions(helix: Terminal) -> None:
    """Press the keys for code actions. They also clear earlier messages from the screen.

    After two requests at once, Helix shows the second list over the result of the first.
    """
    helix.keys("Space")
    helix.until("Perform code action")
    helix.keys("a")


def choose(helix: Terminal, title: str) -> None:
    """Choose a code action by its title."""
    ask_for_actions(helix)
    menu = [line.strip(" │") for line in helix.until(title).split("\n")]
    starts = [i for i, line in enumerate(menu) if any(word in line for word in FIRST)]
    actions = menu[starts[0] :]
    for _ in range(next(i for i, line in enumerate(actions) if title in line)):
        helix.keys("Down")
    helix.keys("Enter")


def run_cell(helix: Terminal, line: int) -> None:
    """Go to a line, from 1, and run its cell."""
    helix.type(f"{line}G")
    choose(helix, "Run cell")


def press_in_debug_menu(helix: Terminal, key: str) -> None:
    """Press a key in the menu of Helix's debugger, which stays open after it."""
    helix.keys("Space")
    helix.until("Perform code action")
    helix.type("G")
    helix.until("Launch debug target")
    helix.type(key)


def leave_debug_menu(helix: Terminal) -> None:
    """Close the menu of Helix's debugger."""
    helix.keys("Escape")
    helix.until_gone("Launch debug target")


def complete(helix: Terminal, opening: str) -> None:
    """Type part of an attribute on a new line, until what completes it is offered.

    Typed up to the dot, Helix that is slow may show the list of the word before the dot, which came
    late, and asks for no other while that is open. A letter more that no name of that list has ends
    it, and Helix asks again.
    """
    helix.type(f"{opening}alphabet.app")
    helix.until("append")


@shows("run", "result")
def test_an_action_runs_the_cell_and_the_result_stands_at_its_end(helix: Terminal) -> None:
    run_cell(helix, 2)
    helix.until("alpha + 22  → 42")


@shows("error")
def test_an_error_stands_on_its_line(helix: Terminal) -> None:
    run_cell(helix, 5)
    message = "ZeroDivisionError: division by zero"
    assert "1 / 0" in helix.line_with(message)


@shows("step")
def test_a_cell_runs_line_by_line(helix: Terminal) -> None:
    helix.type("2G")
    choose(helix, "Run by line")
    helix.until("alpha = 20  Stopped")
    choose(helix, "Next line")
    helix.until("alpha = 20  alpha = 20", "alpha + 22  Stopped")
    choose(helix, "Next line")
    helix.until("alpha + 22  → 42")


def test_a_running_cell_tells_for_how_long(helix: Terminal) -> None:
    run_cell(helix, 2)
    helix.until("→ 42")
    run_cell(helix, 5)
    helix.until("ZeroDivisionError")
    run_cell(helix, 12)
    helix.until("… running ")
    until(lambda: has_ticked(helix.screen()), "the time to tick", helix.screen)
    assert "threading.Event().wait()" in helix.line_with("… running ")
    save_image(helix, "helix", "Helix", rows=14)


def test_the_whole_output_is_in_a_file_that_is_named(helix: Terminal) -> None:
    run_cell(helix, 5)
    helix.until("ZeroDivisionError")
    choose(helix, "Open output")
    helix.until("The output is in ", "script-two-")


@shows("whole")
def test_hovering_over_the_marker_shows_the_output(helix: Terminal) -> None:
    run_cell(helix, 2)
    helix.until("→ 42")
    helix.type("gg")
    helix.keys("Space", "k")
    helix.until("✓ 1 ·")


@shows("completion")
def test_completion_knows_the_living_objects(helix: Terminal) -> None:
    run_cell(helix, 5)
    helix.until("ZeroDivisionError")
    complete(helix, "o")
    helix.keys("Escape")


@shows("input")
def test_input_is_answered_with_what_is_selected(helix: Terminal) -> None:
    run_cell(helix, 9)
    helix.until("… waits for input: Who?")
    helix.type("8Gwe")
    choose(helix, "Respond to Who? with “Ada”")
    helix.until("→ 'hello Ada'")


@shows("stale")
def test_a_result_of_older_text_is_marked(helix: Terminal) -> None:
    run_cell(helix, 2)
    helix.until("→ 42")
    helix.type("2GA5")
    helix.keys("Escape")
    helix.until("→ 42 (stale)")


@shows("busy", "interrupt")
def test_completion_answers_while_a_cell_runs_until_it_is_interrupted(helix: Terminal) -> None:
    run_cell(helix, 5)
    helix.until("ZeroDivisionError")
    run_cell(helix, 12)
    helix.until("… running ")
    complete(helix, "5Go")
    helix.keys("Escape")
    helix.until_gone("append")
    choose(helix, "Interrupt kernel")
    helix.until("✗ interrupted")


@shows("debug")
def test_a_cell_is_debugged_with_breakpoints(helix: Terminal, tmp_path: Path) -> None:
    """Helix's own client, strict about messages, sets a breakpoint, stops, inspects and steps."""
    helix.type("2G")
    press_in_debug_menu(helix, "b")
    helix.until("◯   2")
    leave_debug_menu(helix)
    press_in_debug_menu(helix, "l")
    helix.until("> attach")
    helix.keys("Enter")
    helix.until("script:")
    helix.type(str(tmp_path / "script.py"))
    helix.keys("Enter")
    helix.until("Debugged application started")
    leave_debug_menu(helix)
    run_cell(helix, 1)
    helix.until("stopped because of breakpoint")
    press_in_debug_menu(helix, "n")
    helix.until("stopped because of step", " 3:1")
    helix.type("v")
    helix.until("alpha: int = 20")
    helix.keys("Escape")
    helix.until_gone("▸ Locals")
    save_image(helix, "helix-debugging", "Helix", rows=11)
    helix.type("c")
    helix.until("alpha + 22  → 42")
