"""A script opened as in an editor, for commands that read its outputs.

Owns the opening. It runs nothing and starts no session.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from cellbridge.cli import script_argument
from cellbridge.cli.errors import FAILED, OK, CommandError
from cellbridge.cli.exit_handling import run_command
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.open_script import SilentListener, open_script


def with_script(file: Path, work: Callable[[Notebook], Awaitable[int]]) -> int:
    """Open a script, apply a function to it and return the exit code."""
    return run_command(lambda: asyncio.run(_run_with_script(file, work)))


def report_notices(notices: Sequence[str], code: int) -> int:
    """Print the notices about a store; return the exit code, which is `FAILED` if there are any."""
    for sentence in notices:
        print(sentence, file=sys.stderr)
    return FAILED if notices and code == OK else code


async def _run_with_script(file: Path, work: Callable[[Notebook], Awaitable[int]]) -> int:
    script = script_argument.read(file)
    fault: SessionError | CommandError | None = None
    code = FAILED
    async with open_script(
        script, SilentListener(), client=ClientInfo("cellbridge outputs")
    ) as notebook:
        try:
            code = await work(notebook)
        except (SessionError, CommandError) as error:
            fault = error  # Raised below, because the workspace's task group would wrap it.
    if fault is not None:
        raise fault
    return code
