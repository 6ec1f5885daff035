"""The page of VS Code's panel in a browser without a network, with a kernel of widgets behind it.

Owns the browser's pages and what they show: one cell for each run. It must not know any widget.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import http.server
import os
import re
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from playwright.async_api import Browser, FrameLocator, Locator, Page, async_playwright

from support import chromium
from support.patience import PATIENCE
from support.widget_kernel import Message, WidgetKernel

PANEL = Path(__file__).parents[2] / "editor-extension" / "panel"
DIST = PANEL / "dist"
URI = "file:///widgets.py"
NO_RANGE = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
HTML = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>widgets</title>
<link rel="stylesheet" href="/panel.css"></head>
<body><script type="module" src="/panel.js"></script></body></html>"""
FORWARD = """() => {
  const TYPES = new Set(["ready", "request", "command", "copy", "save", "open", "goto", "reveal"]);
  window.addEventListener("message", (event) => {
    if (event.source === window && TYPES.has(event.data?.type)) window.fromPanel?.(event.data);
  });
}"""


@functools.cache
def frame_hash() -> str:
    """Return the hash of the script that the frames' policy allows."""
    text = (PANEL / "src" / "render" / "frame.inline.js").read_bytes()
    return "sha256-" + base64.b64encode(hashlib.sha256(text).digest()).decode()


async def until(look: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for a change that neither the page nor the kernel reports."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await look():  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # Wait: nothing reports the change
    except TimeoutError:
        raise AssertionError(f"never came: {what}") from None


class _Files(http.server.SimpleHTTPRequestHandler):
    """Serves the built page with the policy of VS Code's panel."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given, directory=str(DIST))

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        policy = (
            f"default-src 'none'; script-src 'self' '{frame_hash()}' 'unsafe-eval'; "
            "style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src data: blob:; "
            "media-src data: blob:"
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(HTML.encode())

    def log_message(self, *_: object) -> None:
        pass


class WidgetBrowser:
    """A browser with pages of one kernel."""

    def __init__(self) -> None:
        self.kernel = WidgetKernel()
        self.pages: list[WidgetPage] = []
        self.cells: list[Message] = []
        self.outside: list[str] = []
        """Addresses that a page requested from elsewhere."""
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._stack.callback(self._server.server_close)
        self._stack.callback(self._server.shutdown)
        await self.kernel.start()
        self._stack.push_async_callback(self.kernel.stop)
        self.kernel.listeners.append(self.tell)
        playwright = await self._stack.enter_async_context(async_playwright())
        self._browser: Browser = await chromium.launch(playwright)
        self._stack.push_async_callback(self._browser.close)
        return self

    async def __aexit__(self, *error: object) -> None:
        for page in self.pages:
            page.end()
        await self._stack.aclose()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    async def open(self, **options: Any) -> WidgetPage:
        """Open another page."""
        context = await self._browser.new_context(viewport={"width": 820, "height": 900}, **options)
        made = WidgetPage(self, await context.new_page())
        await made.start()
        self.pages.append(made)
        return made

    async def show(self, title: str, code: str) -> None:
        """Run a cell, and show its outputs on all pages."""
        self.add(title, await self.kernel.run(code))

    def add(self, title: str, outputs: list[Message]) -> None:
        number = len(self.cells)
        run = {"id": f"run{number}", "state": "ok", "version": 1, "count": number + 1}
        cell = {
            "id": f"cell{number}", "index": number, "kind": "code", "title": title, "fresh": True,
            "range": NO_RANGE, "anchor": NO_RANGE["start"], "run": run, "outputs": outputs,
        }  # fmt: skip
        self.cells.append(cell)
        for page in self.pages:
            page.send({"type": "cells", "params": {"uri": URI, "version": 1, "cells": [cell]}})

    def tell(self, messages: list[Message], reset: bool, sender: WidgetPage | None = None) -> None:
        for page in self.pages:
            if page is not sender:
                page.send(
                    {
                        "type": "widgets",
                        "params": {"uri": URI, "messages": messages, "reset": reset},
                    }
                )


class WidgetPage:
    """One page."""

    def __init__(self, browser: WidgetBrowser, page: Page) -> None:
        self._browser = browser
        self.page = page
        self.saved: list[Message] = []
        self.commands: list[Message] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self.errors: list[str] = []
        """Errors of the page itself. The code of a widget may fail."""

    async def start(self) -> None:
        page, browser = self.page, self._browser
        page.set_default_timeout(PATIENCE * 1000)
        page.on("request", lambda request: self._note(request.url))
        page.on("pageerror", lambda error: self._note_error(error.stack or str(error)))
        if os.environ.get("SHOW"):
            page.on("console", lambda message: print("CONSOLE", message.text))
            page.on("pageerror", lambda error: print("ERROR", error.stack))
        await page.expose_function("fromPanel", self._receive)
        await page.add_init_script(f"({FORWARD})()")
        sender = asyncio.create_task(self._send_all())
        self._tasks.add(sender)
        await page.goto(browser.origin)

    async def reload(self) -> None:
        await self.page.reload()

    async def close(self) -> None:
        self._browser.pages.remove(self)
        self.end()
        await self.page.context.close()

    def end(self) -> None:
        """Send nothing more to the page."""
        for task in self._tasks:
            task.cancel()

    def send(self, message: Message) -> None:
        """Send a message to the page, after those before."""
        self._queue.put_nowait(message)

    def cell(self, title: str) -> Locator:
        return self.page.locator(
            ".cell", has=self.page.locator(".cell-title", has_text=re.compile(f"^{title}$"))
        )

    async def widget(self, title: str) -> FrameLocator:
        """Return the content of the frame in a cell."""
        cell = self.cell(title)
        await cell.scroll_into_view_if_needed()
        return cell.frame_locator("iframe").frame_locator("iframe")

    async def _send_all(self) -> None:
        while True:
            message = await self._queue.get()
            await self.page.evaluate("(given) => window.postMessage(given, '*')", message)

    async def _receive(self, message: Message) -> None:
        match message["type"]:
            case "ready":
                cells = {
                    "uri": URI,
                    "version": 1,
                    "kernel": {"state": "idle"},
                    "cells": self._browser.cells,
                }
                self.send(
                    {
                        "type": "document",
                        "document": {"uri": URI, "name": "widgets.py", "cells": cells},
                    }
                )
            case "request":
                if message["method"] == "cellbridge/widgetSend":
                    # As a host does: the other pages get the user's change at once.
                    self._browser.tell(message["params"]["messages"], False, self)
                try:
                    answer = {
                        "result": self._browser.kernel.answer(message["method"], message["params"])
                    }
                except (OSError, ValueError) as error:
                    answer = {"error": str(error)}
                self.send({"type": "answer", "id": message["id"], **answer})
            case "command":
                self.commands.append(message)
            case "save" | "open":
                self.saved.append(message)
            case _:
                pass

    def _note_error(self, error: str) -> None:
        if self._browser.origin in error:
            self.errors.append(error)

    def _note(self, url: str) -> None:
        if url.startswith("http") and not url.startswith(self._browser.origin):
            self._browser.outside.append(url)
