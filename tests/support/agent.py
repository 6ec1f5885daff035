"""An agent: the official MCP client with its own `cellbridge mcp` process.

Owns the client's side of the Model Context Protocol in tests. Every answer of every test is checked
against the promised bounds, and every line of the server's output against the protocol.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil
from mcp import Client, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp_types import (
    CallToolResult,
    ElicitRequestParams,
    ElicitResult,
    ImageContent,
    Implementation,
    TextContent,
)

from support.blocking import watched
from support.patience import PATIENCE

SERVER = [*watched("cellbridge"), "mcp"]
_CELL = re.compile(
    r"^(?:(?:cell (?P<id>\S+)|code outside the script) · "
    r"(?:hash (?P<hash>\w+)|run (?P<run>\S+))(?: · |$)"
    r"|(?P<listed>\w+) (?P<name>[0-9a-f]{12}) (?:code|markdown|raw)\b)",
    re.MULTILINE,
)
"""The line with which an answer begins the part about a cell or a run."""
TEXT_LIMIT = 8 * 1024
"""Bytes of the text of one answer."""
ANSWER_LIMIT = 20_000
"""Bytes of one answer without its images."""
IMAGE_LIMIT = 256 * 1024
IMAGES = 4
MARK = "CELLBRIDGE_TEST_AGENT"
"""Environment variable by which a test finds the server of an agent."""


@dataclass(frozen=True)
class ShownCell:
    """A cell, or a run, in an answer."""

    id: str
    """The id of the cell; empty for code outside the script."""
    hash: str
    run: str
    text: str
    """The part of the answer about it."""


@dataclass(frozen=True)
class Answer:
    """The answer of a tool."""

    text: str
    images: list[bytes] = field(default_factory=list[bytes])
    failed: bool = False

    @property
    def cells(self) -> list[ShownCell]:
        """The cells and runs of the answer, in their order."""
        starts = [*_CELL.finditer(self.text)]
        ends = [one.start() for one in starts[1:]] + [len(self.text)] * bool(starts)
        return [
            ShownCell(
                one["id"] or one["listed"] or "",
                one["hash"] or one["name"] or "",
                one["run"] or "",
                self.text[one.start() : end],
            )
            for one, end in zip(starts, ends, strict=True)
        ]

    @property
    def run(self) -> str:
        """The id of the only run of the answer."""
        (one,) = self.cells
        return one.run

    @property
    def cursor(self) -> str:
        """The cursor in the last line."""
        return re.fullmatch(r"cursor: (\S+)", self.text.split("\n")[-1])[1]  # type: ignore[index]


def read_answer(result: CallToolResult) -> Answer:
    """Return the parts of a tool's answer, after a check of its bounds."""
    texts = [one.text for one in result.content if isinstance(one, TextContent)]
    images = [base64.b64decode(one.data) for one in result.content if isinstance(one, ImageContent)]
    assert len(texts) + len(images) == len(result.content), result.content
    text = "\n".join(texts)
    size = len(text.encode())
    assert size <= TEXT_LIMIT, f"{size} bytes of text: {text[:500]} …"
    data = json.dumps(result.structured_content or {}, ensure_ascii=False)
    assert size + len(data.encode()) <= ANSWER_LIMIT
    assert len(images) <= IMAGES
    assert all(len(image) <= IMAGE_LIMIT for image in images)
    return Answer(text, images, bool(result.is_error))


class Agent:
    """One agent with its own server process."""

    def __init__(self, name: str, script: Path) -> None:
        self.name = name
        self.script = script
        """The script of a call that names no other one."""
        self.client: Client
        self.process: psutil.Process
        self.questions: list[str] = []
        """The messages of the elicitations that the server sent."""
        self.consent: Literal["accept", "decline", "cancel"] = "accept"
        """The user's answer to them."""
        self.noise: list[object] = []
        """The lines of the server's output that are not messages."""
        self.size = 0
        """The bytes of all answers."""

    async def call(self, tool: str, /, **arguments: Any) -> Answer:
        """Call a tool; an error of it fails the test."""
        answer = await self.answer(tool, **arguments)
        assert not answer.failed, answer.text
        return answer

    async def refused(self, tool: str, /, **arguments: Any) -> str:
        """Call a tool that must refuse; return its sentences."""
        answer = await self.answer(tool, **arguments)
        assert answer.failed, answer.text
        return answer.text

    async def answer(self, tool: str, /, **arguments: Any) -> Answer:
        """Call a tool; return its answer, which may be an error."""
        if tool != "list_sessions":
            arguments = {"script": str(self.script), **arguments}
        async with asyncio.timeout(2 * PATIENCE):
            result = await self.client.call_tool(tool, arguments)
        self.size += len(result.model_dump_json().encode())
        return read_answer(result)

    async def write(self, text: str) -> Answer:
        """Write the script, and return its overview."""
        await asyncio.to_thread(self.script.write_text, text, "utf-8")
        return await self.call("overview")

    async def one_cell(self, code: str) -> dict[str, list[str]]:
        """Write a script of one cell; return the arguments that name it as it is."""
        (cell,) = (await self.write(f"# %%\n{code}\n")).cells
        return {"ids": [cell.id], "hashes": [cell.hash]}

    async def run_cell(self, code: str, **more: Any) -> Answer:
        """Write a script of one cell, and run it."""
        return await self.call("run_cells", **await self.one_cell(code), **more)

    async def run_script(self, text: str) -> Answer:
        """Write the script, and run all of its cells of code."""
        cells = [one for one in (await self.write(text)).cells if " code" in one.text]
        ids, hashes = [one.id for one in cells], [one.hash for one in cells]
        return await self.call("run_cells", ids=ids, hashes=hashes)

    async def elicited(
        self, context: ClientRequestContext, params: ElicitRequestParams
    ) -> ElicitResult:
        """Answer an elicitation for the user."""
        del context
        self.questions.append(params.message)
        content: dict[str, Any] = {}
        for key, one in getattr(params, "requested_schema", {}).get("properties", {}).items():
            content[key] = True if one.get("type") == "boolean" else one.get("enum", [""])[0]
        accepted = self.consent == "accept"
        return ElicitResult(action=self.consent, content=content if accepted else None)

    async def received(self, message: object) -> None:
        """Collect what is not a message of the protocol."""
        if isinstance(message, Exception):
            self.noise.append(message)


async def _live(playing: Agent, mark: str, ready: asyncio.Event, end: asyncio.Event) -> None:
    """Keep a client connected until the end; the SDK needs one task for its start and end."""
    async with playing.client:
        children = psutil.Process().children()
        (playing.process,) = [one for one in children if one.environ().get(MARK) == mark]
        ready.set()
        await end.wait()


@asynccontextmanager
async def agent(
    directory: Path,
    *options: str,
    script: Path | None = None,
    name: str = "Test agent",
    asks: bool = True,
    mode: str = "auto",
    command: Sequence[str] = SERVER,
) -> AsyncIterator[Agent]:
    """Start a server in a directory and connect an agent to it; both end with the block.

    ``asks``: the client can ask its user (elicitation).
    """
    playing, mark = Agent(name, script or directory / "script.py"), uuid.uuid4().hex
    playing.client = Client(
        StdioServerParameters(
            command=command[0],
            args=[*command[1:], *options],
            env={**os.environ, MARK: mark},
            cwd=directory,
        ),
        client_info=Implementation(name=name, version="1"),
        elicitation_callback=playing.elicited if asks else None,
        message_handler=playing.received,
        mode=mode,
        cache=None,
    )
    ready, end = asyncio.Event(), asyncio.Event()
    living = asyncio.create_task(_live(playing, mark, ready, end))
    try:
        starting = asyncio.create_task(ready.wait())
        await asyncio.wait({living, starting}, return_when=asyncio.FIRST_COMPLETED)
        starting.cancel()
        if living.done():
            await living
        yield playing
    finally:
        end.set()
        async with asyncio.timeout(PATIENCE):
            await living
    assert playing.noise == []
