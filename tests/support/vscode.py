"""VS Code as tests use it: one server and one browser, from which windows are opened.

Owns their beginning and end together.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path
from typing import Self

from playwright.async_api import Browser, BrowserContext, async_playwright

from support import vscode_program
from support.vscode_server import Server, Setup
from support.vscode_window import Window

SHOTS = Path(os.environ.get("SHOTS", "/tmp/cellbridge-vscode-shots"))
"""Where the screen is saved: when a test has failed, and where something is to be looked at."""
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Desk:
    """A server and a browser, from which windows are opened."""

    def __init__(self, package: Path, setup: Setup | None = None) -> None:
        # Short, as Unix sockets lie below it.
        self._directory = tempfile.TemporaryDirectory(
            prefix="cb-vsc-", dir="/tmp", ignore_cleanup_errors=True
        )
        self.server = Server(package, Path(self._directory.name), setup)
        self._stack = contextlib.AsyncExitStack()
        self._browser: Browser | None = None

    async def __aenter__(self) -> Self:
        try:
            await asyncio.to_thread(self.server.start)
            playwright = await self._stack.enter_async_context(async_playwright())
            self._browser = await playwright.chromium.launch(
                executable_path=vscode_program.browser(), args=list(BROWSER_FLAGS)
            )
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._browser is not None:
            await self._browser.close()
        await self._stack.aclose()
        await asyncio.to_thread(self.server.stop)
        self._directory.cleanup()

    async def window(self) -> tuple[Window, BrowserContext]:
        """Open a window that knows nothing of earlier ones."""
        assert self._browser is not None
        context = await self._browser.new_context(
            viewport={"width": 1400, "height": 900}, device_scale_factor=1
        )
        return Window(self.server, await context.new_page()), context
