"""The ``cellbridge`` command as the user's shell runs it.

Owns its start as a separate process, in a pipe or on a terminal.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.core.output.escapes import strip_ansi

COMMAND = (sys.executable, "-P", "-m", "cellbridge")
SECONDS = 60


@dataclass(frozen=True)
class CommandResult:
    """The result of a command."""

    code: int
    out: str
    err: str


def cellbridge(
    *arguments: str | Path, cwd: Path | None = None, stdin: str | None = None
) -> CommandResult:
    """Run a command to its end; without ``stdin``, its input is empty."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        input="" if stdin is None else stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def start_command(*arguments: str | Path, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Start a command whose output is read while it runs."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def on_terminal(
    *arguments: str | Path, cwd: Path, typed: Sequence[tuple[str, str]] = ()
) -> CommandResult:
    """Run a command on a terminal; ``typed``: once the first text is seen, type the second."""
    near, far = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        stdin=far,
        stdout=far,
        stderr=far,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(far)
    waiting = list(typed)
    seen = ""
    data = b""
    while True:
        try:
            more = os.read(near, 65536)
        except OSError:  # The last process has closed the terminal.
            break
        data += more
        seen = data.decode(errors="replace").replace("\r\n", "\n")
        if waiting and waiting[0][0] in seen:
            os.write(near, waiting.pop(0)[1].encode())
    os.close(near)
    code = process.wait(SECONDS)
    return CommandResult(code, strip_ansi(seen), "")
