"""The page's process of this run, and browsers that are connected to it.

Owns the process, which is watched for blocking calls, its stand-in for the built files, and the
client's side of its messages (editor-extension/panel/src/messages.ts).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from cellbridge.workspace import page_process
from cellbridge.workspace.page_process import Request
from support.blocking import watched
from support.isolation import MARK, Isolation
from support.patience import PATIENCE, until

FILES = {
    "page.js": "document.title = 'loaded';",
    "page.css": "body { color: black }",
    "chunks/part-1234.js": "export {};",
    "policy.json": json.dumps({"scriptSources": ["'sha256-frame'"]}),
    "secret.py": "not served",
}
"""The stand-in for the files that the panel's build writes."""


@contextmanager
def running_page(folder: Path | None) -> Iterator[subprocess.Popen[str]]:
    """Run the page's process with the stand-in, written to a folder, or with the built files."""
    environment = {**os.environ}
    if folder is not None:
        write_files(folder)
        environment["CELLBRIDGE_PAGE_ASSETS"] = str(folder)
    # The first process forks the page and ends; the page writes one line, and releases the pipe.
    with subprocess.Popen(
        watched("cellbridge.page"), stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert process.stdout.read() == ""
        try:
            yield process
        finally:
            end()


def write_files(folder: Path) -> None:
    """Write the stand-in for the built files."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def end() -> None:
    """End the page's process if one runs, and wait until it is about to exit."""
    asyncio.run(page_process.send(Request(stop=True)))
    until(lambda: not page_process.socket_path().exists(), "the end of the page's process")


def find_process() -> psutil.Process:
    """Return the page's process of this run."""
    ours = Isolation(Path(os.environ[MARK])).processes()
    (found,) = [one for one in ours if "cellbridge.page" in one.cmdline()]
    return found


async def new_address(script: Path | str = "", cell: str = "") -> str:
    """Return an address that works once."""
    return (await page_process.open_address(Request(str(script), cell))).url


class Tab:
    """One tab, with all that it has received."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.messages: list[dict[str, Any]] = []
        self.cells: dict[str, dict[str, Any]] = {}
        """The cells of the document, with the changes that came since."""
        self.sources: dict[str, str] = {}
        self.uri = ""
        self._requests = 0

    async def send(self, **message: Any) -> None:
        await self.socket.send_str(json.dumps(message))

    async def next(self) -> dict[str, Any]:
        """Return the next message."""
        async with asyncio.timeout(PATIENCE):
            message = json.loads(await self.socket.receive_str())
        self.messages.append(message)
        match message:
            case {"type": "document", "document": document}:
                self.uri = document["uri"] if document else ""
                self.cells = (
                    {one["id"]: one for one in document["cells"]["cells"]} if document else {}
                )
                self.sources = {}
            case {"type": "cells", "params": params}:
                assert params["uri"] == self.uri
                for cell in params["cells"]:
                    self._take(cell)
                for cell in params.get("removed", ()):
                    del self.cells[cell]
            case {"type": "code"}:
                self.sources |= message["sources"]
            case _:
                pass
        return message

    async def until(self, holds: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
        """Read messages up to one for which ``holds`` returns a true value; return it."""
        try:
            while True:
                message = await self.next()
                if holds(message):
                    return message
        except TimeoutError:
            raise AssertionError(f"never came: {what}; there was {self.messages}") from None

    async def of_type(self, kind: str) -> dict[str, Any]:
        """Read messages up to one of a type; return it."""
        return await self.until(lambda message: message["type"] == kind, f"a message {kind}")

    async def request(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request; return the message with its answer."""
        self._requests += 1
        number = self._requests
        await self.send(type="request", id=number, method=method, params=params)
        return await self.until(
            lambda message: message["type"] == "answer" and message["id"] == number,
            f"the answer to {method}",
        )

    async def choose(self, script: Path | str) -> None:
        """Show a script, and read up to the sources of its cells."""
        await self.send(type="choose", path=str(script))
        await self.of_type("code")

    async def run(self, index: int) -> None:
        """Run a cell, and read up to its end."""
        cell = [*self.cells][index]
        before = self.cells[cell].get("run", {}).get("id")
        argument = {"uri": self.uri, "cell": cell}
        await self.send(type="command", command="cellbridge.runCell", argument=argument)
        # The first session of a script may give its cells other ids.
        await self.until(lambda _: self.ended([*self.cells][index], before), "the end of the run")

    def ended(self, cell: str, before: str | None = None) -> bool:
        """Return True if a cell has a run that has ended, and that is not ``before``."""
        run = self.cells.get(cell, {}).get("run", {})
        return run.get("state") in {"ok", "error", "lost", "cancelled"} and run["id"] != before

    def text(self, index: int) -> str:
        """Return the text of a cell's outputs."""
        outputs = [*self.cells.values()][index].get("outputs", [])
        return "".join(one.get("text", "") for one in outputs)

    def _take(self, cell: dict[str, Any]) -> None:
        """Merge a change of a cell, as the page does (cellStore.ts)."""
        before = self.cells.get(cell["id"], {}).get("outputs", [])
        outputs = [dict(one) for one in before[: cell.get("keptOutputs", 0)]]
        for growth in cell.get("extended", ()):
            one = outputs[growth["output"]]
            end = len(one["text"]) - growth.get("drop", 0)
            one["text"] = one["text"][:end] + growth["text"]
        merged = {**cell, "outputs": [*outputs, *cell.get("outputs", [])]}
        for name in ("keptOutputs", "extended"):
            merged.pop(name, None)
        self.cells[cell["id"]] = merged


class Browser:
    """A browser: its cookies and its connections."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.base = ""

    async def enter(self, address: str) -> None:
        """Open an address that works once."""
        self.base = address.partition("/enter/")[0]
        async with self.session.get(address) as response:
            assert response.status == 200, await response.text()

    @asynccontextmanager
    async def tab(self, **headers: str) -> AsyncIterator[Tab]:
        """Open a tab, which is ready."""
        given = {"Origin": self.base, **headers}
        async with self.session.ws_connect(
            f"{self.base}/socket", headers=given, max_msg_size=0
        ) as socket:
            tab = Tab(socket)
            await tab.send(type="ready")
            await tab.of_type("document")
            yield tab


@asynccontextmanager
async def browser(address: str | None = None) -> AsyncIterator[Browser]:
    """A browser that has been admitted, by an address of its own if none is given."""
    # A jar for addresses in place of names.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        one = Browser(session)
        await one.enter(address or await new_address())
        yield one
