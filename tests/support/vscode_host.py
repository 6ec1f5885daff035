"""Tests that run within VS Code's extension host: how they are begun, and what they tell.

Owns their bundle, the window they run in and the socket over which they say how far they are. What
they check is theirs: tests/editors/vscode/host, in TypeScript.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.vscode import Desk
from support.vscode_server import EXTENSION, node

HOST = Path(__file__).resolve().parent.parent / "editors" / "vscode" / "host"
SILENCE = 240.0
"""Seconds without a word after which the host is given up; a test may take half as long."""


@dataclass
class Told:
    """What the tests have said so far."""

    passed: list[str] = field(default_factory=list[str])
    began: str = "none"
    fault: str = ""
    ended: bool = False

    def take(self, line: bytes) -> None:
        said: dict[str, Any] = json.loads(line)
        match said["event"]:
            case "begin":
                self.began = said["title"]
            case "pass":
                self.passed.append(f"{said['title']} ({said['ms']} ms)")
            case "fail":
                self.fault = f"{said['title']}\n{said['why']}"
            case _:
                self.ended = True

    def __str__(self) -> str:
        return "\n".join([*self.passed, f"The last to begin: {self.began}", self.fault])


async def run(desk: Desk, *beside: Path) -> Told:
    """Run the tests in a window of their own, with other extensions beside ours."""
    folder = desk.server.folder / "host"
    folder.mkdir()
    await asyncio.to_thread(node, "scripts/build.mjs", "host", str(folder))
    shutil.copy(HOST / "run.cjs", folder / "index.js")
    (folder / "node_modules").symlink_to(EXTENSION / "node_modules")
    lines: asyncio.Queue[bytes] = asyncio.Queue(maxsize=1000)  # whoever tells waits beyond it

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            await lines.put(line)
        writer.close()

    told = Told()
    window, context = await desk.window()
    server = await asyncio.start_unix_server(hear, folder / "told.sock")
    try:
        ours = desk.server.extension
        await window.page.goto(
            desk.server.url(
                payload=[
                    ("extensionTestsPath", desk.server.remote(folder)),
                    *(
                        ("extensionDevelopmentPath", desk.server.remote(one))
                        for one in (ours, *beside)
                    ),
                ]
            )
        )
        while not told.ended:
            told.take(await asyncio.wait_for(lines.get(), SILENCE))
    except TimeoutError:
        told.fault = told.fault or f"Nothing was heard for {SILENCE:.0f} seconds."
    finally:
        server.close()
        await context.close()
    if told.fault:
        told.fault += f"\nThe extension's log:\n{log(desk)}"
    return told


def log(desk: Desk) -> str:
    """Return the end of what the extension has last logged."""
    files = (desk.server.folder / "data" / "logs").glob("**/*Cellbridge.log")
    newest = sorted(files, key=lambda file: file.stat().st_mtime)[-1:]
    return "\n".join(file.read_text("utf-8")[-3000:] for file in newest)
