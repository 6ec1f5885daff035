"""The blocking calls that the event loops of servers and hosts make, as `support.watched` saw them.

Owns the directory of reports and the list of allowed calls, each with its reason.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from support.watched import REPORTS

WATCHED = str(Path(__file__).resolve().with_name("watched.py"))
_AT_THE_START = "Once, a file of Cellbridge, before the server has other work."
_BYTES_OF_OURS = "Some bytes in the user's own data directory, without which no answer is right."
_LOG = "The log is on the user's own disk and is written only when something went wrong."
_IDENTITY = "Once, while a document is opened: its identity has to be known at once."
_NO_FILE = "Python looks for the line of a syntax error in a file that is none."
ALLOWED: dict[tuple[str, str], str] = {
    ("open", "over_standard_streams"): _AT_THE_START,
    ("open", "announcement"): _AT_THE_START,
    ("open", "Workspace.open"): _IDENTITY,
    ("open", "KernelChooser._preferences_for"): _BYTES_OF_OURS,
    ("open", "KernelChooser.pick"): _BYTES_OF_OURS,
    ("os.mkdir", "KernelChooser.pick"): _BYTES_OF_OURS,
    ("os.rename", "KernelChooser.pick"): _BYTES_OF_OURS,
    ("open", "check_whole"): "The schema of notebooks, once.",
    ("open", "_compile"): _NO_FILE,
    ("open", "parse_piece"): _NO_FILE,
    ("open", "Connection._handle_body"): _LOG,
    ("open", "Messages.next"): _LOG,
    ("open", "SessionClient._handle"): _LOG,
    ("open", "WebServer._check"): _LOG,
    ("open", "serving.<locals>.connected"): _LOG,
    ("subprocess.Popen", "Engine._run_once"): "Once for each engine: so asyncio starts processes.",
    ("subprocess.Popen", "Worker._spawn"): "After a crash of it, as asyncio would start it too.",
}
"""Reasons for the calls that are allowed on the loop, by audit event and function."""


def watched(module: str) -> list[str]:
    """Return the command that runs a module while its event loop is watched."""
    return [sys.executable, WATCHED, module]


def begin(private: Path) -> Path:
    """Make the directory of reports, and name it to every process that is started from now on."""
    directory = private / "blocking"
    directory.mkdir()
    os.environ[REPORTS] = str(directory)
    return directory


def take(directory: Path) -> list[str]:
    """Return the calls reported since the last time that nothing allows, each with its stack."""
    found: list[str] = []
    for path in sorted(directory.glob("*.txt")):
        text = path.read_text("utf-8")
        path.unlink()
        event, functions, _ = text.split("\n", 2)
        if not any((event, function) in ALLOWED for function in functions.split(" < ")):
            found.append(text)
    return found
