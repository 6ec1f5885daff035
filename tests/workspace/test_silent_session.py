"""A notebook whose session hangs, or whose own tasks fail: explained, bounded, and its alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.session import liveness
from cellbridge.session.errors import SessionSilentError
from cellbridge.workspace import session_link
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.session_link import SessionLink
from support.notebooks import editor, summarize
from support.sessions import PATIENCE, host_of, kernel_of, stop

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
# %%
print('one', flush=True)
open({gate!r}).read()
print('two')
# %%
1 + 1
"""


@pytest_asyncio.fixture(loop_scope="module")
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "script.py"
    os.mkfifo(tmp_path / "gate")
    yield path
    await stop(path)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts are checked as many times as ever, at shorter intervals."""
    monkeypatch.setattr(liveness, "TICK_SECONDS", 0.15)
    monkeypatch.setattr(session_link, "JOIN_SECONDS", 0.5)


@contextmanager
def hanging(path: Path) -> Iterator[Callable[[], None]]:
    """Suspend the session's host; yield a function that resumes it early."""
    host = host_of(path)
    host.suspend()
    try:
        yield host.resume
    finally:
        if host.is_running():
            host.resume()


def text_of(path: Path) -> str:
    return SCRIPT.format(gate=str(path.with_name("gate")))


async def test_a_hanging_session_is_explained_and_joined_again(path: Path) -> None:
    gate = path.with_name("gate")
    async with editor("first") as one:
        first = one.open(path, text_of(path))
        running = asyncio.create_task(first.run([0]))
        await one.until(lambda: summarize(first.view(0)) == "running 'one\\n'")
        with hanging(path) as go_on:
            await one.until(lambda: first.silent)
            assert first.kernel.state is KernelState.UNRESPONSIVE
            assert "does not answer" in first.kernel.message
            assert summarize(first.view(0)) == "running 'one\\n'"
            run = first.view(0).run
            assert run is not None
            # What was shown is stored, so that it can be read without the host.
            (output,) = await first.fetch_outputs(run.id)
            assert "one" in str(output)
            async with editor("second") as two:
                second = two.open(path, text_of(path))
                async with asyncio.timeout(PATIENCE):
                    await second.ready()
                assert second.kernel.state is KernelState.UNRESPONSIVE
                assert summarize(second.view(0)) == "running 'one\\n'"
                for asked in (second.interrupt, second.shutdown, second.restart):
                    with pytest.raises(SessionSilentError, match="nothing was sent"):
                        await asked()
                with pytest.raises(SessionSilentError, match="nothing was sent"):
                    await second.run([1])
                go_on()
                await two.until(lambda: second.kernel.state is KernelState.BUSY)
                await one.until(lambda: first.kernel.state is KernelState.BUSY)
                assert first.kernel.message == second.kernel.message == ""
                await asyncio.to_thread(gate.write_text, "")
                await two.until(lambda: summarize(second.view(0)) == "ok 'one\\ntwo\\n'")
        async with asyncio.timeout(PATIENCE):
            (view,) = await running
        assert (view.run.state, view.run.truncated) == (RunState.OK, False)


async def test_a_hanging_session_is_stopped_anyway(path: Path) -> None:
    async with editor("first") as one, editor("second") as two:
        first = one.open(path, text_of(path))
        running = asyncio.create_task(first.run([0]))
        await one.until(lambda: summarize(first.view(0)) == "running 'one\\n'")
        kernel = kernel_of(path)
        with hanging(path):
            second = two.open(path, text_of(path))
            await two.until(lambda: second.silent)
            await second.force_stop()
            await two.until(lambda: second.kernel.state is KernelState.STOPPED)
            kernel.wait(PATIENCE)
        assert summarize(second.view(0)) == "lost 'one\\n'"
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Exception, match="ended"):
                await running
        assert summarize(first.view(0)) == "lost 'one\\n'"
        (after,) = await second.run([1])
        assert after.run.state is RunState.OK
        await second.shutdown()
        await two.until(lambda: second.kernel.state is KernelState.STOPPED)
        # The same, by a client that had been connected.
        await second.run([1])
        with hanging(path):
            await two.until(lambda: second.silent)
            await second.force_stop()
            await two.until(lambda: second.kernel.state is KernelState.STOPPED)
        assert summarize(second.view(1)) == "ok 2 (earlier kernel)"


class BrokenError(Exception):
    """A fault of our own."""


async def test_a_fault_in_one_notebooks_tasks_is_its_own(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.py"
    faults: list[tuple[str, Exception]] = []
    find = SessionLink._wait_for_session  # pyright: ignore[reportPrivateUsage]

    async def broken(self: SessionLink) -> object:
        if self.location.name == str(path) and not faults:
            raise BrokenError("on purpose")
        return await find(self)

    monkeypatch.setattr(SessionLink, "_wait_for_session", broken)
    async with editor(fault=lambda name, error: faults.append((name, error))) as one:
        well = one.open(other, "# %%\n1\n")
        notebook = one.open(path, "# %%\n1 + 1\n")
        async with asyncio.timeout(PATIENCE):
            await notebook.ready()
        ((name, fault),) = faults
        assert (name, str(fault)) == (str(path), "on purpose")
        assert notebook.kernel.state is KernelState.UNRESPONSIVE
        assert "Run a cell to connect to it again" in notebook.kernel.message
        (view,) = await well.run([0])
        assert view.run.state is RunState.OK
        (view,) = await notebook.run([0])
        assert (view.run.state, notebook.kernel.state) == (RunState.OK, KernelState.IDLE)
        # A fault while events are taken in ends that notebook's connection, and nothing else.
        changed = Notebook.runs_changed

        def fails(self: Notebook, runs: frozenset[str] | None, *, kernel: bool) -> None:
            if self is notebook and len(faults) == 1:
                raise BrokenError("once more")
            changed(self, runs, kernel=kernel)

        monkeypatch.setattr(Notebook, "runs_changed", fails)
        with pytest.raises(Exception, match="ended"):
            await notebook.run([0])
        assert [str(error) for _, error in faults] == ["on purpose", "once more"]
        (view,) = await well.run([0])
        assert view.run.state is RunState.OK
        (view,) = await notebook.run([0])
        assert view.run.state is RunState.OK
        await well.shutdown()
    await stop(other)
