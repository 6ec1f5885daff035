"""The page of outputs, tables and variables, in a real browser with a real kernel behind it.

What a user sees and does is in panel/drive.mjs, what outputs must not reach in
panel/network.mjs; the page's unit tests belong to its own checks.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from support import chromium, sessions

HERE = Path(__file__).parent / "panel"
PATIENCE = 480.0
"""Seconds for the whole drive; it takes about twenty on an idle machine."""


async def drive(name: str, **names: str) -> None:
    assert not (reason := chromium.missing(chromium.PANEL)), reason
    await chromium.drive(HERE / name, PATIENCE, **names)


@chromium.needs(chromium.PANEL)
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


@chromium.needs(chromium.PANEL)
@pytest.mark.timeout(PATIENCE + 30)
async def test_outputs_reach_no_network() -> None:
    await drive("network.mjs")
