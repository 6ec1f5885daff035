"""A VS Code instance for tests: one server and one browser that opens its windows.

Owns the start and the end of both.
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
from support.vscode.server import Server, Setup
from support.vscode.window import Window

SHOTS = Path(os.environ.get("SHOTS", "/tmp/cellbridge-vscode-shots"))
"""Folder of screenshots: of failed tests, and of screens to inspect."""
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class VSCode:
    """A server and a browser that opens its windows."""

    def __init__(self, package: Path, setup: Setup | None = None) -> None:
        # A short path, because it contains Unix sockets.
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
        """Open a window without any state of earlier ones."""
        assert self._browser is not None
        context = await self._browser.new_context(
            viewport={"width": 1400, "height": 900}, device_scale_factor=1
        )
        return Window(self.server, await context.new_page()), context
