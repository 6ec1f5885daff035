"""Exact checks within VS Code's own extension host; they are TypeScript, in host/."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from support import sessions
from support.vscode import Desk
from support.vscode_server import EXTENSION, node

HERE = Path(__file__).parent / "host"
PATIENCE = 110.0


async def test_in_the_extension_host(desk: Desk) -> None:
    folder = desk.server.folder / "host"
    folder.mkdir()
    await asyncio.to_thread(node, "scripts/build.mjs", "host", str(folder))
    shutil.copy(HERE / "run.cjs", folder / "index.js")
    (folder / "node_modules").symlink_to(EXTENSION / "node_modules")
    window, context = await desk.window()
    said: list[str] = []
    ended = asyncio.get_running_loop().create_future()

    def hear(_kind: str, words: list[object]) -> None:
        # As console.log's: a format first, where there are more.
        text, *rest = [str(word) for word in words] or [""]
        for word in rest:
            text = text.replace("%s", word, 1).replace("%d", word, 1)
        said.append(text)

    def end(code: int, *_: object) -> None:
        if not ended.done():
            ended.set_result(code)

    try:
        await window.page.expose_function("codeAutomationLog", hear)
        await window.page.expose_function("codeAutomationExit", end)
        payload = {
            "extensionTestsPath": desk.server.remote(folder),
            "extensionDevelopmentPath": desk.server.remote(desk.server.extension),
        }
        await window.page.goto(desk.server.url(payload=payload))
        _, late = await asyncio.wait([ended], timeout=PATIENCE)
        code = "too late" if late else ended.result()
    finally:
        await context.close()
        for name in ("host.py", "edit.py"):
            await sessions.stop(desk.server.workspace / name)
    # VS Code says a great deal of itself; mocha's lines are indented.
    assert code == 0, "\n".join(line for line in said if line.startswith("  "))
