"""One notebook has one host, whatever becomes of the directory of its sockets."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.session import launch, presence, registry
from cellbridge.session.errors import SessionError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, of_script, runtime_root
from cellbridge.session.messages import Warm
from support.sessions import (
    PATIENCE,
    client_of,
    host_of,
    kernel_of,
    kill,
    location_of,
    session_of,
)

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Directories that no other test has: they are removed under hosts that run."""
    private = Path(os.environ["CELLBRIDGE_RUNTIME_DIR"]).with_name(f"o{next(_numbers)}")
    monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(private / "r"))
    monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(private / "d"))
    yield private
    shutil.rmtree(private, ignore_errors=True)


def kernels_of(location: Location) -> list[int]:
    """Return the processes that were started with a connection file of the session's."""
    found: list[int] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if f"{location.key}/kernel/k" in " ".join(process.cmdline()):
                found.append(process.pid)
    return found


def test_one_directory_in_common_is_enough_for_a_lock(tmp_path: Path) -> None:
    ours = Location("key", "a.py", tmp_path / "r" / "key", tmp_path / "d")
    ours.prepare()
    for other in (replace(ours, runtime=tmp_path / "gone"), replace(ours, data=tmp_path / "gone")):
        assert not presence.is_locked(other, presence.HOST)
        lock = presence.acquire_lock(ours, presence.HOST, 0.0)
        assert lock is not None
        assert presence.is_locked(other, presence.HOST)
        assert presence.acquire_lock(other, presence.HOST, 0.1) is None
        lock.release()
        assert not presence.is_locked(other, presence.HOST)
    precious = tmp_path / "precious"
    precious.write_text("precious")
    ours.host_lock.unlink()
    ours.host_lock.symlink_to(precious)
    lock = presence.acquire_lock(ours, presence.HOST, 0.0)
    assert lock is not None
    assert lock.intact
    shutil.rmtree(ours.runtime)
    assert not lock.intact
    lock.release()
    assert precious.read_text() == "precious"
    assert presence.acquire_lock(replace(ours, data=tmp_path / "gone"), presence.HOST, 0.0) is None


async def test_a_removed_runtime_directory_makes_no_second_host(
    tmp_path: Path, alone: Path
) -> None:
    script, gate = tmp_path / "a.py", tmp_path / "gate"
    code = f"""
import pathlib, time
print('on', flush=True)
while not pathlib.Path({str(gate)!r}).exists():
    time.sleep(0.01)
print('over', kept)
"""
    async with session_of(script) as first:
        await first.run("kept = 41")
        host, kernel = host_of(script), kernel_of(script)

        shutil.rmtree(location_of(script).runtime)  # While it is idle.
        async with client_of(script) as second:
            (run,) = await second.run("kept += 1\nprint(kept)")
            assert second.text(run.id) == "42\n"
            (run_id,) = await second.start(code)
            await second.watcher.until(lambda: "on\n" in second.text(run_id))

        shutil.rmtree(alone / "r")  # While a cell runs.
        async with client_of(script) as third:
            assert third.session.runs[run_id].state is RunState.RUNNING
            gate.touch()
            await third.session.wait_for_run(run_id)
            assert third.text(run_id) == "on\nover 42\n"
        assert (host_of(script), kernels_of(location_of(script))) == (host, [kernel.pid])
        assert [record.pid for _, record in registry.list_sessions()] == [host.pid]
        assert not first.watcher.lost.is_set()

        # The kernel's own sockets are gone for good: the next host ends it, and starts another.
        kill(host)
        await first.watcher.lost.wait()
        assert kernel.is_running()
        async with client_of(script) as fourth:
            assert fourth.session.kernel.state is KernelState.ABSENT
            await fourth.run("1")
            kernel.wait(PATIENCE)
            assert kernels_of(location_of(script)) == [kernel_of(script).pid]


async def test_a_shell_with_another_runtime_directory_finds_the_host(
    tmp_path: Path, alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "a.py"
    async with session_of(script) as client:
        await client.run("kept = 41")
        host = host_of(script)
        monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(alone / "other"))
        async with client_of(script) as other:
            (run,) = await other.run("print(kept + 1)")
            assert other.text(run.id) == "42\n"
        assert [record.pid for _, record in registry.list_sessions()] == [host.pid]
        assert host_of(script) == host
        # Its directory cannot be made again where it was: it moves, and is found.
        shutil.rmtree(alone / "r")
        (alone / "r").write_text("in its place")
        monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(alone / "r"))
        async with client_of(script) as other:
            (run,) = await other.run("print(kept + 2)")
            assert other.text(run.id) == "43\n"
            await other.session.restart(kernel=None, language="python")
            (run,) = await other.run("print('well')")
            assert other.text(run.id) == "well\n"
        assert host_of(script) == host
        moved = registry.host_location(location_of(script)).runtime
        assert moved.parent != alone / "r"
    host.wait(PATIENCE)
    shutil.rmtree(moved, ignore_errors=True)


async def test_a_path_that_is_too_long_for_sockets_gives_way_to_a_short_one(
    tmp_path: Path, alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(alone / ("r" * 100)))
    monkeypatch.setenv("XDG_CACHE_HOME", str(alone / ("c" * 100)))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(alone / ("x" * 100)))
    root = runtime_root()
    assert root == runtime_root()
    try:
        async with session_of(tmp_path / "a.py") as client:
            (run,) = await client.run("print(get_ipython().kernel.config)")
            assert run.state is RunState.OK
            location = location_of(tmp_path / "a.py")
            assert location.runtime.parent == root
            assert root.stat().st_mode & 0o777 == 0o700
            assert any(path.is_socket() for path in location.kernel.iterdir())
        # Another user makes it after it was removed: it is given up.
        shutil.rmtree(root)
        root.symlink_to(tmp_path)
        assert runtime_root() != root
    finally:
        shutil.rmtree(runtime_root(), ignore_errors=True)
        root.unlink()


async def test_a_host_that_cannot_come_up_leaves_no_kernel(tmp_path: Path, alone: Path) -> None:
    location = of_script(tmp_path / "a.py")
    location = replace(location, runtime=alone / ("r" * 100) / location.key)
    plan = HostPlan(tmp_path, 1, first=Warm("python"))
    with pytest.raises(SessionError, match="see its log"):
        await launch.connect_or_start(location, plan)
    assert "path too long" in location.log.read_text()
    found = [p for p in psutil.process_iter(["cmdline"]) if "r" * 100 in str(p.info["cmdline"])]
    await asyncio.to_thread(psutil.wait_procs, found, timeout=PATIENCE)
    assert not [process for process in found if process.is_running()]
    assert registry.list_sessions() == []


async def test_what_ended_hosts_leave_is_ended(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    async with client_of(script) as client:
        await client.run("1")
        kernel = kernel_of(script)
        kill(host_of(script))
        await client.watcher.lost.wait()
    location = location_of(script)
    shutil.rmtree(location.runtime)  # Its record lies with the store.
    assert registry.end_kernels_without_host("another") == 0
    assert registry.end_kernels_without_host() == 1
    kernel.wait(PATIENCE)
    assert list(location.records.iterdir()) == []
    assert registry.end_kernels_without_host() == 0
