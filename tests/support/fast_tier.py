"""The fast tier: the tests that start no kernel, no host, no server and no editor.

Owns which folders belong to it, and that nothing in it starts such a process: `--fast` chooses the
tests and has Python refuse the start, so that a test in the wrong folder fails.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
FOLDERS = ("analysis", "base_protocol", "core", "dap", "lsp", "mcp", "notebooks")
"""The folders of the fast tier; the files next to them belong to it too."""
LEFT_OUT = frozenset(
    {
        "dap/test_bad_input.py",
        "dap/test_launch.py",
        "dap/test_order.py",
        "dap/test_requests.py",
        "lsp/test_initialize.py",
        "mcp/test_bad_cells.py",
        "mcp/test_consent.py",
        "mcp/test_queue.py",
        "mcp/test_together.py",
        "mcp/test_toolbox.py",
        "mcp/test_tools.py",
        "mcp/test_values.py",
        "mcp/test_wire.py",
        "notebooks/test_corpora.py",
        "notebooks/test_corpus.py",
    }
)
"""Files of those folders that start servers, or convert hundreds of files."""
SLOW = frozenset(
    {
        "cellbridge.session.host", "chromium", "emacs", "hx", "ipykernel", "ipykernel_launcher",
        "nvim", "tmux",
    }
)  # fmt: skip
"""Words of command lines that start a kernel, a host or an editor."""
COMMANDS = frozenset({"dap", "lsp", "mcp", "run", "sessions", "tour"})
"""Commands of cellbridge that start one of them, or a server."""


def belongs(path: Path) -> bool:
    """Return True for a file of the fast tier."""
    within = path.relative_to(TESTS)
    chosen = within.parts[0] in FOLDERS or path.parent == TESTS
    return chosen and within.as_posix() not in LEFT_OUT


def refused(command: Iterable[object]) -> list[str]:
    """Return the words of a command that the fast tier does not start."""
    words = [Path(word).name for word in map(str, command)]
    if "--help" in words:
        return []
    slow = SLOW | COMMANDS if "cellbridge" in words else SLOW
    return [word for word in words if word in slow]


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail the start of a process that the fast tier must not have; an audit hook of Python's."""
    if event == "subprocess.Popen" and (words := refused(arguments[1])):
        raise AssertionError(f"The fast tier starts no such process: {', '.join(words)}")


def enter() -> None:
    """Refuse such processes from now on."""
    sys.addaudithook(refuse)
