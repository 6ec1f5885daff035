"""``cellbridge sessions``: running sessions, listed and stopped."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cellbridge.core.runs.agents import ClientInfo
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace
from support.command import CommandResult, cellbridge
from support.sessions import PATIENCE, client_of, host_of, kernel_of, kill

_numbers = itertools.count(1)


class Nobody:
    """A listener that ignores all changes."""

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None: ...

    def kernel_changed(self, notebook: Notebook) -> None: ...

    def outputs_forgotten(self, notebook: Notebook, cells: int) -> None: ...

    def file_refused(self, notebook: Notebook, refused: Refusal) -> None: ...


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that other tests have left running are neither listed nor stopped here."""
    private = Path(os.environ["CELLBRIDGE_RUNTIME_DIR"]).with_name(f"s{next(_numbers)}")
    monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(private / "r"))
    monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(private / "d"))


@pytest.fixture
async def script(tmp_path: Path) -> AsyncIterator[Path]:
    """Return a script whose session runs without an editor."""
    path = tmp_path / "script.py"
    path.write_text("x = 1\n")
    async with Workspace(Nobody(), client=ClientInfo("An editor")) as workspace:
        notebook = workspace.open(path.as_uri(), "python", 1, "x = 1\n")
        await notebook.run([0])
    yield path
    stop(path)


def stop(*arguments: str | Path) -> CommandResult:
    return cellbridge("sessions", "stop", *arguments)


async def test_a_session_is_listed_and_stopped(script: Path) -> None:
    listed = cellbridge("sessions")
    assert listed.code == 0
    flat = "".join(listed.out.split())
    assert str(script) in flat
    assert "python3idle" in flat
    assert "none" in flat
    heads, row = listed.out.splitlines()[:2]
    assert heads.split("  ")[0] == "Script"
    assert [head for head in ("Memory", "CPU", "Age", "Last used", "Used by") if head in heads]
    assert re.search(r"idle +\d+ MB +\d+% +\d+ s +\d+ s ago +none", row), row
    assert stop(script) == CommandResult(0, "1 session stopped.\n", "")
    assert "No session runs" in cellbridge("sessions").out


async def test_all_sessions_are_stopped(script: Path) -> None:
    assert stop("--all") == CommandResult(0, "1 session stopped.\n", "")
    assert stop("--all") == CommandResult(0, "0 sessions stopped.\n", "")


def test_there_is_nothing_to_stop(tmp_path: Path) -> None:
    done = stop(tmp_path / "a.py")
    assert done.code == 1
    assert done.err.startswith(f"No session runs for {tmp_path / 'a.py'};")


@pytest.mark.parametrize("arguments", [[], ["a.py", "--all"]])
def test_stop_what(arguments: list[str]) -> None:
    done = stop(*arguments)
    assert done.code == 2
    assert "name a script, or use --all" in done.err


async def test_a_kernel_without_a_session_is_listed_and_pruned(script: Path) -> None:
    kernel, host = kernel_of(script), host_of(script)
    kill(host)
    assert "its session is gone" in cellbridge("sessions").out
    assert cellbridge("sessions", "prune") == CommandResult(
        0, "1 kernel without a session ended.\n", ""
    )
    kernel.wait(PATIENCE)
    assert "No session runs" in cellbridge("sessions").out
    assert cellbridge("sessions", "prune") == CommandResult(
        0, "0 kernels without a session ended.\n", ""
    )


async def test_a_session_is_followed_to_the_end_of_what_it_runs(script: Path) -> None:
    gate = script.parent / "gate"
    code = f"""
import pathlib, time
print('before', flush=True)
while not pathlib.Path({str(gate)!r}).exists():
    time.sleep(0.01)
print('after')
"""
    async with client_of(script) as client:
        (run_id,) = await client.start(code)
        await client.watcher.until(lambda: "before\n" in client.text(run_id))
        async with asyncio.TaskGroup() as tasks:
            attached = asyncio.to_thread(cellbridge, "sessions", "attach", script)
            following = tasks.create_task(attached)
            while not (await client.session.describe()).clients:  # noqa: ASYNC110 - next line
                await asyncio.sleep(0.01)  # Wait: no event reports a new client.
            listed = await asyncio.to_thread(cellbridge, "sessions")
            assert re.search(r"busy for \d+ s by test ", listed.out), listed.out
            gate.touch()
        assert following.result() == CommandResult(0, "before\nafter\n", "")
    assert cellbridge("sessions", "attach", script.parent / "no.py").code == 1


async def test_a_session_that_hangs_is_named_and_holds_up_no_other(script: Path) -> None:
    other = script.with_name("other.py")
    async with client_of(other) as client:
        await client.run("1")
    host, kernel = host_of(script), kernel_of(script)
    host.suspend()
    try:
        listed, kept, one = await asyncio.gather(
            asyncio.to_thread(cellbridge, "sessions"),
            asyncio.to_thread(cellbridge, "outputs", "list", script),
            asyncio.to_thread(stop, script),
        )
        rows = {line.split()[0]: line for line in listed.out.splitlines()}
        assert "does not answer" in rows[str(script)]
        assert "idle" in rows[str(other)]
        assert "x = 1" in kept.out
        assert (one.code, one.out) == (1, "0 sessions stopped.\n")
        assert f"(process {host.pid}) does not answer" in one.err
        assert f"stop --force {script}" in one.err
        assert stop("--all", "--force") == CommandResult(0, "2 sessions stopped.\n", "")
    finally:
        if host.is_running():
            host.resume()
    host.wait(PATIENCE)
    kernel.wait(PATIENCE)
    assert "No session runs" in cellbridge("sessions").out
