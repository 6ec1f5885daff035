"""Exact checks within VS Code's own extension host; they are TypeScript, in host/."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import sessions
from support.editor_table import shows
from support.vscode import extension_host
from support.vscode.instance import VSCode

SCRIPTS = (
    *("frame.py", "busy.py", "server.py", "debugged.py", "debugged.ipynb"),
    "erring.py",
    "erring-cells.py",
    "agents.py",
    *("rerun.py", "rerun.ipynb", "both-rerun.py", "both-rerun.ipynb", "cleared.py", "failing.py"),
)
"""The scripts that have sessions."""
OTHER_EXTENSION = Path(__file__).parent / "host" / "other_extension"


@shows("completion", "busy")
@pytest.mark.timeout(900)
async def test_in_the_extension_host(vscode: VSCode) -> None:
    try:
        report = await extension_host.run_tests(vscode, OTHER_EXTENSION)
    finally:
        for name in SCRIPTS:
            await sessions.stop(vscode.server.workspace / name)
    print(f"\n{report}")
    assert not report.fault, str(report)
    assert report.passed
