"""Runs the tests for VS Code's extension host, which are TypeScript in tests/editors/vscode/host.

Owns their bundle, their window, and the socket over which they report their progress.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.vscode.instance import VSCode
from support.vscode.server import EXTENSION, node

HOST = Path(__file__).resolve().parents[2] / "editors" / "vscode" / "host"
SILENCE_LIMIT = 240.0
"""Seconds without a report after which the run is given up. A test may take half as long."""


@dataclass
class HostReport:
    """The progress of the tests."""

    passed: list[str] = field(default_factory=list[str])
    began: str = "none"
    fault: str = ""
    ended: bool = False

    def add(self, line: bytes) -> None:
        event: dict[str, Any] = json.loads(line)
        match event["event"]:
            case "begin":
                self.began = event["title"]
            case "pass":
                self.passed.append(f"{event['title']} ({event['ms']} ms)")
            case "fail":
                self.fault = f"{event['title']}\n{event['why']}"
            case _:
                self.ended = True

    def __str__(self) -> str:
        return "\n".join([*self.passed, f"Last started: {self.began}", self.fault])


async def run_tests(vscode: VSCode, *extensions: Path) -> HostReport:
    """Run the tests in their own window, together with further extensions."""
    folder = vscode.server.folder / "host"
    folder.mkdir()
    await asyncio.to_thread(node, "scripts/build.mjs", "host", str(folder))
    shutil.copy(HOST / "run.cjs", folder / "index.js")
    (folder / "node_modules").symlink_to(EXTENSION / "node_modules")
    lines: asyncio.Queue[bytes] = asyncio.Queue(maxsize=1000)  # the writer waits when it is full

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            await lines.put(line)
        writer.close()

    report = HostReport()
    window, context = await vscode.window()
    server = await asyncio.start_unix_server(receive, folder / "report.sock")
    try:
        ours = vscode.server.extension
        await window.page.goto(
            vscode.server.url(
                payload=[
                    ("extensionTestsPath", vscode.server.remote(folder)),
                    *(
                        ("extensionDevelopmentPath", vscode.server.remote(one))
                        for one in (ours, *extensions)
                    ),
                ]
            )
        )
        while not report.ended:
            report.add(await asyncio.wait_for(lines.get(), SILENCE_LIMIT))
    except TimeoutError:
        report.fault = report.fault or f"No report for {SILENCE_LIMIT:.0f} seconds."
    finally:
        server.close()
        await context.close()
    if report.fault:
        report.fault += f"\nThe extension's log:\n{read_log(vscode)}"
    return report


def read_log(vscode: VSCode) -> str:
    """Return the end of the extension's newest log."""
    files = (vscode.server.folder / "data" / "logs").glob("**/*Cellbridge.log")
    newest = sorted(files, key=lambda file: file.stat().st_mtime)[-1:]
    return "\n".join(file.read_text("utf-8")[-3000:] for file in newest)
