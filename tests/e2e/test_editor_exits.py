"""Every way in which editors end their server, in each state: sessions continue, no orphans.

The ways are those of real editors: Neovim quits with shutdown and exit, and with shutdown alone
when its terminal is closed; Helix sends SIGTERM or SIGKILL after exit; Emacs leaves with SIGHUP
alone, or kills right after exit; a killed editor leaves the end of input.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from support.editor import Editor, fresh_uri, start_editor

AT_ONCE = 30.0


async def shutdown_and_exit(editor: Editor) -> None:
    await editor.shutdown_async(None)
    editor.exit(None)


async def shutdown_and_the_end_of_input(editor: Editor) -> None:
    await editor.shutdown_async(None)
    editor._server.stdin.close()


async def shutdown_and_kill(editor: Editor) -> None:
    await editor.shutdown_async(None)
    editor._server.kill()


async def exit_and_kill_at_once(editor: Editor) -> None:
    await editor.shutdown_async(None)
    editor.exit(None)
    editor._server.kill()


async def hang_up(editor: Editor) -> None:
    editor._server.send_signal(signal.SIGHUP)


async def terminate(editor: Editor) -> None:
    editor._server.send_signal(signal.SIGTERM)


async def kill(editor: Editor) -> None:
    editor._server.kill()


async def end_of_input(editor: Editor) -> None:
    editor._server.stdin.close()


ENDINGS: list[Callable[[Editor], Awaitable[None]]] = [
    shutdown_and_exit,
    shutdown_and_the_end_of_input,
    shutdown_and_kill,
    exit_and_kill_at_once,
    hang_up,
    terminate,
    kill,
    end_of_input,
]


RUNNING = "import os, time\nprint('on')\nwhile not os.path.exists(GATE): time.sleep(0.01)"
STATES = {
    "idle": ("pass", "→ 'over'"),
    "running": (RUNNING, "… on"),
    "waiting for input": ("got = input('Who? ')", "… waits for input: Who?"),
}
"""For each state the code that leads to it and its hint; each cell prints "over" at its end."""


@pytest.mark.timeout(300)
async def test_however_a_server_ends_its_sessions_go_on_and_nothing_stays(tmp_path: Path) -> None:
    """One server has a script in each state, as each start of a server takes a second."""
    gate = tmp_path / "gate"
    scripts = {
        fresh_uri(tmp_path): (f"# %%\n{code.replace('GATE', repr(str(gate)))}\n'over'\n", shown)
        for code, shown in STATES.values()
    }
    for number, ending in enumerate(ENDINGS):
        editor = await start_editor()
        for uri, (text, _) in scripts.items():
            editor.open(uri, text)
            if not number:
                await editor.command("runAll", uri=uri, wait=False)
        for uri, (_, shown) in scripts.items():
            await see(editor, uri, shown, f"the cell as it is before {ending.__name__}")
        children = psutil.Process(editor._server.pid).children(recursive=True)
        await ending(editor)
        async with asyncio.timeout(AT_ONCE):
            await editor._server.wait()
        assert psutil.wait_procs(children, timeout=AT_ONCE)[1] == [], ending.__name__
        await editor.stop()
    gate.touch()
    last = await start_editor()
    for uri, (text, shown) in scripts.items():
        last.open(uri, text)
        if shown == STATES["waiting for input"][1]:
            await see(last, uri, shown, "the question")
            await last.command("answerInput", uri=uri, text="you")
        await see_result(last, uri, (text.count("\n") - 1, "→ 'over'"))
        await last.command("shutdown", uri=uri)
    await last.shutdown_session()


async def see(editor: Editor, uri: str, wanted: str, what: str) -> None:
    """Wait until the only hint of a script has this text, apart from its details."""
    await editor.eventually(
        lambda: editor.hint_texts(uri),
        lambda hints: [text.partition(" · ")[0] for _, text in hints] == [wanted],
        what,
    )


async def see_result(editor: Editor, uri: str, end: tuple[int, str]) -> None:
    """Wait until the only hint of a script is this one."""
    await editor.eventually(
        lambda: editor.hint_texts(uri), lambda hints: hints == [end], "the result"
    )
