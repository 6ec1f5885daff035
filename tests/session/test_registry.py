"""The list of sessions: running ones are listed with their usage, and no others."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec

from cellbridge import __version__
from cellbridge.core.runs.runs import KernelState
from cellbridge.session.registry import is_host_process, list_sessions, signal_host
from support.sessions import PATIENCE, client_of, host_of, kernel_of, kill, location_of, stop


def listed_pids(script: Path) -> list[int]:
    return [record.pid for location, record in list_sessions() if location == location_of(script)]


async def test_a_session_is_listed_while_its_host_lives(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    assert listed_pids(script) == []
    async with client_of(script):
        (entry,) = [record for location, record in list_sessions() if record.name == str(script)]
        host = host_of(script)
        assert (entry.pid, entry.version) == (host.pid, __version__)
        assert is_host_process(entry)
        for wrong in ({"pid": os.getpid()}, {"begun": 1.0}, {"machine": "another"}, {"key": "k"}):
            planted = msgspec.structs.replace(entry, **wrong)
            assert not is_host_process(planted)
            assert not signal_host(location_of(script), planted, signal.SIGKILL)
        assert signal_host(location_of(script), entry, signal.SIGTERM)
        host.wait(PATIENCE)
    assert listed_pids(script) == []


async def test_a_killed_host_is_not_listed(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    async with client_of(script):
        kill(host_of(script))
        assert listed_pids(script) == []


async def test_a_session_describes_itself(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    async with client_of(script, "one") as one, client_of(script, "two"):
        idle = await one.session.describe()
        assert (idle.kernel_pid, idle.memory, idle.running_since) == (0, 0, None)
        running, _ = await one.start("input()", "2")
        await one.watcher.until(lambda: one.session.runs[running].waiting is not None)
        busy = await one.session.describe()
        assert busy.kernel_pid == kernel_of(script).pid
        assert busy.memory > 10_000_000
        assert busy.clients == ["two"]
        assert busy.queued == 1
        assert busy.kernel.state is KernelState.BUSY
        assert busy.running_since is not None
        assert busy.last_used >= idle.last_used
    await stop(script)


def test_what_is_no_record_is_passed_over() -> None:
    root = Path(os.environ["CELLBRIDGE_RUNTIME_DIR"])
    (root / "broken").mkdir(parents=True, exist_ok=True)
    (root / "broken" / "host.json").write_text("{")
    assert "broken" not in [location.runtime.name for location, _ in list_sessions()]
