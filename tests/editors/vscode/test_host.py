"""Exact checks within VS Code's own extension host; they are TypeScript, in host/."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import sessions, vscode_host
from support.vscode import Desk

SCRIPTS = ("host.py", "edit.py", "stored.ipynb", "kept.py", "moved.py")
NEIGHBOUR = Path(__file__).parent / "host" / "neighbour"


@pytest.mark.timeout(900)
async def test_in_the_extension_host(desk: Desk) -> None:
    try:
        told = await vscode_host.run(desk, NEIGHBOUR)
    finally:
        for name in SCRIPTS:
            await sessions.stop(desk.server.workspace / name)
    print(f"\n{told}")
    assert not told.fault, str(told)
    assert told.passed
