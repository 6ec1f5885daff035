"""The Neovim plugin's help, health and options, and what a flood of output does to typing."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from support.editor_pages import needs
from support.editor_programs import program
from support.patience import until
from support.plugin import PLUGIN, VERSIONS, Editor

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


def test_wrong_options_are_named_and_health_is_told(start: Callable[..., Editor]) -> None:
    editor = start("1\n", "{ colour = 'red' }")
    assert "There is no option colour" in editor.messages()
    problems = editor.lua("return require('cellbridge.config').set({ max_lines = 'many' })")
    assert problems == ['The option max_lines must be a number, not "many"; its default is used.']
    editor.command("checkhealth cellbridge")
    health = "\n".join(editor.lines())
    assert "The server is " in health
    assert "script.py: 1 cells, kernel absent" in health
    assert "ERROR" not in health


def test_a_flood_of_output_leaves_typing_alone(start: Callable[..., Editor]) -> None:
    """Each key is on the screen about as soon while 100,000 lines arrive as when nothing does."""
    lines = 100_000
    editor = start(f"# %%\nfor n in range({lines}):\n    print('line', n)\n# %%\n'keys: '\n")
    editor.cursor(1)
    idle = keystrokes(editor, 60)
    editor.cursor(1)
    editor.keys("\\rr")
    editor.screen.until("┃ line 0")
    flooded = keystrokes(editor, 60)
    editor.screen.until(f"┃ line {lines - 1}")
    print(f"p95 of a keystroke: {idle * 1000:.0f} ms idle, {flooded * 1000:.0f} ms in the flood")
    assert flooded < max(2 * idle, 0.1)


def keystrokes(editor: Editor, count: int) -> float:
    """Type in the last line; return the seconds within which 95 of 100 keys are on the screen."""
    editor.keys("G$i")
    taken: list[float] = []
    for _ in range(count):
        before = editor.screen.screen().count("x")
        start = time.perf_counter()
        editor.screen.type("x")
        until(lambda known=before: editor.screen.screen().count("x") > known, "the key")
        taken.append(time.perf_counter() - start)
    editor.keys("<Esc>")
    return sorted(taken)[int(0.95 * count)]
