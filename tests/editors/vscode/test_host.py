"""Exact checks within VS Code's own extension host; they are TypeScript, in host/."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import sessions, vscode_host
from support.editor_table import shows
from support.vscode import Desk

WORKED_ON = (
    *("frame.py", "busy.py", "server.py"),
    *("rerun.py", "rerun.ipynb", "both-rerun.py", "both-rerun.ipynb", "cleared.py", "failing.py"),
)
"""The scripts that have sessions."""
NEIGHBOUR = Path(__file__).parent / "host" / "neighbour"


@shows("completion", "busy")
@pytest.mark.timeout(900)
async def test_in_the_extension_host(desk: Desk) -> None:
    try:
        told = await vscode_host.run(desk, NEIGHBOUR)
    finally:
        for name in WORKED_ON:
            await sessions.stop(desk.server.workspace / name)
    print(f"\n{told}")
    assert not told.fault, str(told)
    assert told.passed
