"""The start and the end of a server, and the sessions that outlive it.

Editors end their servers in different ways: with or without `shutdown`, by closing the pipe, or by
signals. In all cases the server ends immediately and the session continues.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import time
from pathlib import Path

import psutil
import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from support.editor import (
    PATIENCE,
    SERVER,
    Editor,
    fresh_uri,
    initialize_params,
    make_editor,
    start_editor,
)

AT_ONCE = 30.0
"""Seconds within which a server ends, though a busy machine may still be importing it."""


async def ended(editor: Editor) -> int:
    """Wait for the server's process; return its exit code."""
    async with asyncio.timeout(AT_ONCE):
        return await editor._server.wait()


async def let_go(editor: Editor) -> None:
    """Give up a connection whose server has ended, or is killed now."""
    if editor._server.returncode is None:
        editor._server.kill()
        await editor._server.wait()
    await editor.stop()


async def test_shutdown_and_exit_end_with_0() -> None:
    editor = await start_editor()
    await editor.shutdown_async(None)
    with pytest.raises(JsonRpcException, match="only exit is allowed"):
        await editor.lenses("file:///a.py")
    editor.exit(None)
    assert await ended(editor) == 0
    await let_go(editor)


async def test_exit_without_shutdown_ends_with_1() -> None:
    editor = await start_editor()
    editor.exit(None)
    assert await ended(editor) == 1
    await let_go(editor)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
async def test_signals_end_it(name: str) -> None:
    editor = await start_editor()
    number = getattr(signal, name)
    editor._server.send_signal(number)
    # Before all of it is imported there is nothing to end in good order.
    assert await ended(editor) in {1, -number}
    await let_go(editor)


async def test_the_end_of_input_ends_it_with_all_its_children(tmp_path: Path) -> None:
    editor = await start_editor()
    uri = editor.open(fresh_uri(tmp_path), "import json\njson.\n")
    await editor.text_document_completion_async(
        lsp.CompletionParams(lsp.TextDocumentIdentifier(uri), lsp.Position(1, 5))
    )
    children = psutil.Process(editor._server.pid).children(recursive=True)
    assert children
    editor._server.stdin.close()
    await ended(editor)
    assert psutil.wait_procs(children, timeout=AT_ONCE)[1] == []
    await let_go(editor)


async def test_initialize_comes_once() -> None:
    editor = await start_editor()
    with pytest.raises(JsonRpcException, match="initialize was already sent"):
        await editor.initialize_async(initialize_params())
    await editor.shutdown_session()


async def answer_to(sent: bytes) -> tuple[bytes, int | None]:
    """Return what a server writes when it is sent these bytes and no more, and its exit code."""
    server = await asyncio.create_subprocess_exec(
        *SERVER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(server.communicate(sent), PATIENCE)
    return output, server.returncode


async def test_requests_before_initialize_are_refused() -> None:
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}'
    output, _ = await answer_to(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert b'"code":-32002' in output


async def test_what_is_no_message_ends_the_connection() -> None:
    assert await answer_to(b"GET / HTTP/1.1\r\n\r\n") == (b"", 1)


async def test_messages_that_are_not_json_are_answered() -> None:
    output, _ = await answer_to(b"Content-Length: 9\r\n\r\n{nonsense")
    assert b'"code":-32700' in output
    assert b'"id":null' in output


async def test_one_editor_is_served_over_tcp(tmp_path: Path) -> None:
    server = await asyncio.create_subprocess_exec(
        *SERVER, "--tcp", "127.0.0.1:0", stderr=asyncio.subprocess.PIPE
    )
    assert server.stderr
    said = await asyncio.wait_for(server.stderr.readline(), PATIENCE)
    port = int(said.decode().rpartition(":")[2])
    editor = make_editor()
    await editor.start_tcp("127.0.0.1", port)
    await editor.initialize_session(initialize_params())
    uri = editor.open(fresh_uri(tmp_path), "# %%\n1\n")
    assert await editor.lenses(uri) == [(0, "▶ Run", "cellbridge.runCell")]
    await editor.shutdown_async(None)
    editor.exit(None)
    # Not by `wait`, which returns before the pipe is closed.
    await asyncio.wait_for(server.communicate(), AT_ONCE)
    assert server.returncode == 0
    await editor.stop()


async def test_a_wrong_address_is_explained() -> None:
    server = await asyncio.create_subprocess_exec(
        *SERVER, "--tcp", "nowhere", stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(server.communicate(), PATIENCE)
    assert said.decode() == "--tcp needs HOST:PORT, such as 127.0.0.1:2087, not nowhere.\n"


async def test_a_server_killed_in_the_middle_of_a_run_loses_nothing(tmp_path: Path) -> None:
    """The editor crashes; reopened, it shows the cell running, and then all of its output."""
    go_on = tmp_path / "go_on"
    script = (
        "# %% long\nimport os, time\nprint('before')\n"
        f"while not os.path.exists({str(go_on)!r}): time.sleep(0.01)\n"
        "for i in range(1000): print('line', i)\n'done'\n"
        "# %% next\n'queued before the crash'\n"
    )
    uri = fresh_uri(tmp_path)
    first = await start_editor(draws=True)
    first.open(uri, script)
    await first.command("runAll", uri=uri, wait=False)
    await first.eventually(
        lambda: first.hint_texts(uri),
        lambda hints: hints == [(5, "… before"), (7, "… queued")],
        "the first cell's output",
    )
    first._server.send_signal(signal.SIGKILL)
    assert await ended(first) == -signal.SIGKILL
    await let_go(first)

    second = await start_editor(draws=True)
    # Edited elsewhere meanwhile: a line has come in above.
    second.open(uri, "import math\n\n" + script)
    await second.eventually(
        lambda: second.hint_texts(uri),
        lambda hints: hints == [(7, "… before"), (9, "… queued")],
        "the cell shown running",
    )
    go_on.touch()
    found = await second.eventually(
        lambda: second.cells(uri),
        lambda found: (
            [str(cell.run and cell.run.state) for cell in found.cells] == ["None", "ok", "ok"]
        ),
        "both cells to end",
    )
    _, long, following = found.cells
    assert long.outputs[0].text == "before\n" + "".join(f"line {i}\n" for i in range(1000))
    assert long.outputs[1].data["text/plain"] == "'done'"
    assert following.outputs[0].data["text/plain"] == "'queued before the crash'"
    assert await second.hint_texts(uri) == [(7, "→ 'done'"), (9, "→ 'queued before the crash'")]
    await second.command("shutdown", uri=uri)
    await second.shutdown_session()


async def test_outputs_are_there_when_a_script_is_opened_again(tmp_path: Path) -> None:
    uri = fresh_uri(tmp_path)
    first = await start_editor()
    first.open(uri, "# %%\n40 + 2\n# %%\n1 / 0\n")
    await first.command("runAll", uri=uri)
    await first.command("shutdown", uri=uri)
    await first.shutdown_session()

    second = await start_editor()
    second.open(uri, "# %%\n40 + 2\n# %%\n2 / 0\n")
    hints = await second.eventually(
        lambda: second.hint_texts(uri), lambda hints: len(hints) == 2, "the stored outputs"
    )
    assert hints == [
        (1, "→ 42 (earlier kernel)"),
        (3, "✗ ZeroDivisionError: division by zero (stale · earlier kernel)"),
    ]
    await second.shutdown_session()


async def test_the_server_stays_responsive_under_a_flood(tmp_path: Path) -> None:
    """A cell that prints as fast as it can, with an editor that draws all of it."""
    editor = await start_editor(draws=True)
    uri = editor.open(fresh_uri(tmp_path), "# %%\nfor i in range(40_000): print('line', i)\n")
    await editor.lenses(uri)  # The first request waits for the server's imports.
    running = asyncio.create_task(editor.command("runAll", uri=uri))
    delays: list[float] = []
    while not running.done():
        start = time.perf_counter()
        await editor.lenses(uri)
        delays.append(time.perf_counter() - start)
    ended_well = (await running)["cells"][0]["state"] == "ok"
    await editor.command("shutdown", uri=uri)
    await editor.shutdown_session()
    # Checked last: a server that keeps running would make other tests fail.
    assert ended_well
    assert statistics.median(delays) < 0.25
    assert max(delays) < 3.0


async def test_nothing_that_is_printed_reaches_the_protocol() -> None:
    """The standard output is the protocol's alone, whatever a library prints."""
    code = (
        "import sys; from cellbridge.lsp import errors, handlers\n"
        "import os; old = handlers.table\n"
        "def noisy(*a): print('noise'); os.system('echo more noise'); return old(*a)\n"
        "handlers.table = noisy\n"
        "from cellbridge.lsp.main import main; sys.exit(main([]))"
    )
    editor = make_editor()
    await editor.start_io(sys.executable, "-c", code, env=dict(os.environ))
    await editor.initialize_session(initialize_params())
    assert await editor.lenses("file:///a.py") == []
    await editor.shutdown_session()
