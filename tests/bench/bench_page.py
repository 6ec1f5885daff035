"""The companion page: the time until a session's cells are visible, for a large and a small one.

Owns the documents. A local server sends one of them over a web socket as the page's process does;
the browser is a real one, with a new tab for each repetition.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, async_playwright

from bench.rows import Row, Timing
from support import chromium

ASSETS = chromium.PAGE.parent
HTML = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<link rel="stylesheet" href="/page.css"></head>
<body><script type="module" src="/page.js"></script></body></html>"""
VISIBLE = """
new MutationObserver((_, observer) => {
  if (document.querySelector(".cell .code .line") === null) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => (window.visibleAt = performance.now())));
}).observe(document, { childList: true, subtree: true });
"""
"""Notes the milliseconds from the navigation until the first cells have been painted."""
LARGE, SMALL = 10_000, 100
ROUNDS = 5


def document(count: int) -> list[str]:
    """Return the messages for a session with this number of cells, each with code and output."""
    uri = f"file:///{count}.py"
    cells = [_cell(index) for index in range(count)]
    kernel = {"state": "idle", "name": "python3", "language": "python"}
    shown = {"uri": uri, "version": 1, "kernel": kernel, "cells": cells}
    sources = {
        cell["id"]: f"value_{index} = compute({index})\n" + "more(value)\n" * (index % 9)
        for index, cell in enumerate(cells)
    }
    return [
        json.dumps(message)
        for message in (
            {"type": "document", "document": {"uri": uri, "name": "script.py", "cells": shown}},
            {"type": "code", "uri": uri, "sources": sources},
        )
    ]


def _cell(index: int) -> dict[str, Any]:
    start, end = ({"line": index * 3 + more, "character": 0} for more in (0, 3))
    text = f"result {index}\n"
    return {
        "id": f"cell-{index}",
        "index": index,
        "kind": "code",
        "title": "",
        "range": {"start": start, "end": end},
        "anchor": end,
        "fresh": True,
        "run": {"id": f"run-{index}", "state": "ok", "version": 1, "startedAt": 1, "endedAt": 2},
        "outputs": [
            {"kind": "stream", "name": "stdout", "text": text, "chars": len(text), "lines": 1}
        ],
    }


@asynccontextmanager
async def _served() -> AsyncIterator[str]:
    """Serve the page and the documents; yield the address."""
    documents = {f"/{count}.py": document(count) for count in (LARGE, SMALL)}

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text=HTML, content_type="text/html")

    async def socket(request: web.Request) -> web.StreamResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        async for message in response:
            given = json.loads(message.data)
            if given["type"] == "choose":
                for text in documents[given["path"]]:
                    await response.send_str(text)
        return response

    application = web.Application()
    application.add_routes([web.get("/", page), web.get("/socket", socket)])
    application.add_routes([web.static("/", ASSETS)])
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _visible(browser: Browser, address: str, count: int) -> float:
    """Open a session in a new tab; return the seconds until its cells are painted."""
    tab = await browser.new_page(viewport={"width": 1200, "height": 900})
    try:
        await tab.add_init_script(VISIBLE)
        await tab.goto(f"{address}/#/{count}.py")
        painted = await tab.wait_for_function("window.visibleAt")
        return await painted.json_value() / 1000
    finally:
        await tab.close()


async def _measure() -> Timing:
    async with _served() as address, async_playwright() as playwright:
        browser = await chromium.launch(playwright)
        pairs: list[tuple[float, float]] = []
        for _ in range(ROUNDS + 1):
            large = await _visible(browser, address, LARGE)
            pairs.append((large, await _visible(browser, address, SMALL)))
        await browser.close()
    # The first round fills the browser's caches.
    return Timing([pair[0] for pair in pairs[1:]], [pair[1] for pair in pairs[1:]])


def first_paint() -> Timing:
    """Open both sessions in turns."""
    return asyncio.run(_measure())


ROWS = (
    Row(
        name="Page: a session of 10,000 cells until its cells are visible",
        ours="10,000 cells with code and output",
        peer="the same page with 100 cells",
        measure=first_paint,
        at_most=1.5,
        at_most_ms=1000,
    ),
)
