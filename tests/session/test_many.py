"""Sessions in many hands: clients that come and go, many notebooks, other users of the machine."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import psutil
import pytest

from cellbridge.core.output.outputs import Stream
from cellbridge.core.runs.runs import RunState
from cellbridge.session.registry import list_sessions
from cellbridge.session.store.store import Store
from support.second_user import CONNECT, READ, needs_second_user, run_as_other
from support.sessions import PATIENCE, client_of, host_of, kernel_of, location_of, session_of, stop

CYCLES = int(os.environ.get("TEST_CYCLES", "60"))
"""The number of clients that connect and disconnect while a cell prints."""
NOTEBOOKS = int(os.environ.get("TEST_NOTEBOOKS", "4"))


async def test_clients_that_come_and_go_miss_nothing_and_see_nothing_twice(tmp_path: Path) -> None:
    path, over = tmp_path / "script.py", tmp_path / "over"
    code = f"""
import pathlib, time
n = 0
while not pathlib.Path({str(over)!r}).exists():
    print(n, flush=True)
    n += 1
    time.sleep(0.002)
"""
    chance = random.Random(4)
    async with session_of(path) as first:
        (run_id,) = await first.start(code)
        await first.watcher.until(lambda: bool(first.text(run_id)))
        for _ in range(CYCLES):
            async with client_of(path, "passer-by") as client:
                changes = client.watcher.changes + chance.randrange(3)
                await client.watcher.until(
                    lambda client=client, changes=changes: client.watcher.changes >= changes
                )
                check_lines(client.session.outputs[run_id])
        over.touch()
        await first.session.wait_for_run(run_id)
        assert first.session.runs[run_id].state is RunState.OK
        lines = check_lines(await first.session.fetch_outputs(run_id))
        check_lines(first.session.outputs[run_id])
        store = Store.open_if_readable(location_of(path).store)
        assert store is not None
        assert check_lines(store.outputs(run_id)) == lines
        store.close()
        async with client_of(path, "late") as client:
            assert client.session.outputs[run_id] == first.session.outputs[run_id]


def check_lines(outputs: object) -> int:
    """Check that a stream contains every number once, in order, except for the bounded middle."""
    assert isinstance(outputs, list)
    (stream,) = outputs
    assert isinstance(stream, Stream)
    numbers = stream.text.split("\n")
    whole = len(stream.text) == stream.chars
    numbers = numbers[:-1] if whole and stream.text.endswith("\n") else numbers
    complete = numbers if whole and stream.text.endswith("\n") else numbers[:-1]
    assert complete == [str(n) for n in range(len(complete))]
    if stream.tail:
        end = [int(line) for line in stream.tail.split("\n")[1:-1]]
        assert end == list(range(stream.lines - len(end), stream.lines))
    return stream.lines


async def test_many_notebooks_at_once_run_and_leave_nothing(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.py" for n in range(NOTEBOOKS)]

    async def one(path: Path) -> tuple[psutil.Process, psutil.Process]:
        async with client_of(path) as client:
            async with asyncio.timeout(PATIENCE * NOTEBOOKS):
                (run_id,) = await client.start(f"print({path.stem})")
                await client.session.wait_for_run(run_id)
            assert client.text(run_id) == f"{path.stem}\n"
            return host_of(path), kernel_of(path)

    try:
        processes = await asyncio.gather(*(one(path) for path in paths))
        assert {str(path) for path in paths} <= {record.name for _, record in list_sessions()}
    finally:
        for path in paths:
            await stop(path)
    for host, kernel in processes:
        host.wait(PATIENCE)
        assert not kernel.is_running()
    assert not {str(path) for path in paths} & {record.name for _, record in list_sessions()}


@needs_second_user
async def test_another_user_can_neither_connect_nor_read(tmp_path: Path) -> None:
    async with session_of(tmp_path / "script.py") as client:
        await client.run("print('secret')")
        location = location_of(tmp_path / "script.py")
        sockets = [location.socket, *(p for p in location.kernel.iterdir() if p.is_socket())]
        assert len(sockets) == 7
        for path in sockets:
            assert run_as_other(CONNECT, path) == "PermissionError\n", path
        files = [p for p in location.kernel.iterdir() if p.is_file()]
        for path in [*files, location.store, location.log]:
            assert run_as_other(READ, path) == "PermissionError\n", path


@needs_second_user
@pytest.mark.parametrize("whose", ["the host's", "the kernel's line"])
async def test_another_user_who_gets_to_a_socket_is_hung_up_on(tmp_path: Path, whose: str) -> None:
    """The second wall: the directories' rights are not the only thing between users."""
    async with session_of(tmp_path / "script.py") as client:
        await client.run("'a kernel'")
        location = location_of(tmp_path / "script.py")
        found = [path for path in location.kernel.iterdir() if path.name.endswith("-6")]
        socket = location.socket if whose == "the host's" else found[0]
        opened = [socket, location.kernel, location.runtime, *location.runtime.parents[:2]]
        before = [(path, path.stat().st_mode) for path in opened]
        for path in opened:
            path.chmod(0o777)
        try:
            assert run_as_other(CONNECT, socket) == "b''\n"
        finally:
            for path, mode in before:
                path.chmod(mode & 0o777)
