"""Sessions with a real host process and a real ipykernel."""

from __future__ import annotations

import asyncio
import gc
import weakref
from pathlib import Path

import pytest
from jupyter_client.asynchronous.client import AsyncKernelClient

from cellbridge.core.output.outputs import Display, Failure, Stream
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.core.runs.runs import InputRequest, KernelState, RunState
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.session.store.store import Store
from support.sessions import (
    PATIENCE,
    Watcher,
    client_of,
    host_of,
    location_of,
    stop,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_cells_run_in_order_and_keep_their_outputs(script: Path) -> None:
    async with client_of(script) as client:
        first, second = await client.run("x = 20\nprint('hello')", "x + 1")
        assert (first.state, second.state) == (RunState.OK, RunState.OK)
        assert second.count == (first.count or 0) + 1
        assert client.session.outputs[first.id] == [Stream("stdout", "hello\n", 6, 1)]
        (result,) = client.session.outputs[second.id]
        assert isinstance(result, Display)
        assert result.data["text/plain"] == "21"
        assert client.session.kernel.state is KernelState.IDLE
        assert client.session.kernel.language == "python"


async def test_an_error_empties_the_queue_and_says_where_it_happened(script: Path) -> None:
    async with client_of(script) as client:
        failed, never = await client.run("def f():\n    1 / 0\nf()", "print('never')")
        assert (failed.state, never.state) == (RunState.ERROR, RunState.CANCELLED)
        (failure,) = client.session.outputs[failed.id]
        assert isinstance(failure, Failure)
        assert [(frame.path, frame.line, frame.name) for frame in failure.frames] == [
            (str(script), 2, "<module>"),
            (str(script), 1, "f"),
        ]


async def test_a_cell_expected_to_fail_lets_the_next_one_run(script: Path) -> None:
    async with client_of(script) as client:
        requests = [
            client.request("1 / 0", "a", continue_on_error=True),
            client.request("print('after')", "b"),
        ]
        ids = await client.session.execute(requests, kernel=None, language="python")
        for run_id in ids:
            await client.session.wait_for_run(run_id)
        assert client.text(ids[1]) == "after\n"


async def test_interrupt_ends_the_running_cell_and_cancels_the_rest(script: Path) -> None:
    async with client_of(script) as client:
        loop, waiting = await client.start("print('on')\nwhile True: pass", "1")
        await client.watcher.until(lambda: "on\n" in client.text(loop))
        await client.session.interrupt()
        await client.session.wait_for_run(loop)
        assert client.session.runs[loop].state is RunState.ERROR
        assert client.session.runs[waiting].state is RunState.CANCELLED
        (ok,) = await client.run("'alive'")
        assert ok.state is RunState.OK


async def test_an_interrupt_ends_a_cell_that_waits_for_input(script: Path) -> None:
    async with client_of(script) as client:
        (run_id,) = await client.start("input()")
        await client.watcher.until(lambda: client.session.runs[run_id].waiting is not None)
        await client.session.interrupt()
        await client.session.wait_for_run(run_id)
        run = client.session.runs[run_id]
        assert (run.state, run.waiting) == (RunState.ERROR, None)


async def test_input_reaches_the_client_and_its_answer_the_cell(script: Path) -> None:
    async with client_of(script) as client:
        (run_id,) = await client.start("name = input('Who? ')\nprint('hi', name)")
        await client.watcher.until(lambda: client.session.runs[run_id].waiting is not None)
        waiting = client.session.runs[run_id].waiting
        assert waiting is not None
        assert (waiting.prompt, waiting.password) == ("Who? ", False)
        await client.session.answer_input(run_id, "you")
        await client.session.wait_for_run(run_id)
        assert client.text(run_id).endswith("hi you\n")
        with pytest.raises(SessionError, match="No cell is waiting"):
            await client.session.answer_input(run_id, "again")


async def test_two_questions_with_one_prompt_are_two(script: Path) -> None:
    async with client_of(script) as client:
        (run_id,) = await client.start("input('> '), input('> ')")
        for number in (1, 2):
            asked = InputRequest("> ", number=number)
            await client.watcher.until(
                lambda asked=asked: client.session.runs[run_id].waiting == asked
            )
            await client.session.answer_input(run_id, "x")
        await client.session.wait_for_run(run_id)


async def test_an_error_that_comes_in_the_reply_alone_is_a_failure_all_the_same(
    script: Path,
) -> None:
    async with client_of(script) as client:
        (run,) = await client.run("raise ExceptionGroup('several', [ValueError(1), KeyError(2)])")
        assert run.state is RunState.ERROR
        (failure,) = [o for o in client.session.outputs[run.id] if isinstance(o, Failure)]
        assert (failure.ename, failure.evalue) == (
            "ExceptionGroup",
            "several (2 sub-exceptions)",
        )
        assert [(frame.path, frame.line) for frame in failure.frames] == [(str(script), 0)]


async def test_completion_and_inspection_answer_while_a_cell_runs(script: Path) -> None:
    async with client_of(script) as client:
        (loop,) = await client.start("spam_value = 1\nprint('on')\nwhile True: pass")
        await client.watcher.until(lambda: "on\n" in client.text(loop))
        async with asyncio.timeout(PATIENCE):
            found = await client.session.complete("spam_", 5)
            seen = await client.session.inspect("spam_value", 3)
        await client.session.interrupt()
        await client.session.wait_for_run(loop)
        assert "spam_value" in [item.text for item in found.items]
        assert "int" in seen.data["text/plain"]


async def test_a_display_is_updated_wherever_it_stands(script: Path) -> None:
    async with client_of(script) as client:
        first, _ = await client.run("handle = display(1, display_id='one')", "handle.update(2)")
        (shown,) = client.session.outputs[first.id]
        assert isinstance(shown, Display)
        assert shown.data["text/plain"] == "2"


async def test_a_second_client_sees_the_state_and_then_the_same_stream(script: Path) -> None:
    code = "for n in range(200): print(n, flush=True)\ninput()"
    async with client_of(script, "first") as one:
        (run_id,) = await one.start(code)
        await one.watcher.until(lambda: "50\n" in one.text(run_id))
        async with client_of(script, "second") as two:
            whole = "".join(f"{n}\n" for n in range(200))
            # The request for input and the output come by two channels, in either order.
            await two.watcher.until(
                lambda: two.session.runs[run_id].waiting is not None and two.text(run_id) == whole
            )
            assert two.session.runs[run_id].client == "first"
            await two.session.answer_input(run_id, "")
            await two.session.wait_for_run(run_id)
        await one.session.wait_for_run(run_id)
        assert one.text(run_id).startswith(whole)


async def test_the_run_goes_on_without_clients_and_nothing_is_missing(script: Path) -> None:
    code = "for n in range(300): print(n, flush=True)"
    async with client_of(script) as client:
        (run_id,) = await client.start(code)
        await client.watcher.until(lambda: bool(client.text(run_id)))
    async with client_of(script) as client:
        await client.session.wait_for_run(run_id)
        assert client.text(run_id) == "".join(f"{n}\n" for n in range(300))


async def test_what_is_reported_as_done_is_stored(script: Path) -> None:
    async with client_of(script) as client:
        (run,) = await client.run("print('kept')")
        store = Store.open_if_readable(location_of(script).store)
        assert store is not None
        outputs = {view.run.id: view.outputs for view in store.runs()}
        store.close()
        assert outputs[run.id] == [Stream("stdout", "kept\n", 5, 1)]


async def test_a_new_run_replaces_the_cells_old_outputs_and_clearing_forgets_them(
    script: Path,
) -> None:
    async with client_of(script) as client:
        (old,) = await client.run("1")
        (new,) = await client.run("2")
        assert old.id not in client.session.runs
        # One that comes late names the older run, and leaves the newer one alone.
        await client.session.clear_outputs([old.id])
        assert new.id in client.session.runs
        await client.session.clear_outputs([new.id])
        await client.watcher.until(lambda: new.id not in client.session.runs)


async def test_large_outputs_come_bounded_and_can_be_fetched_whole(script: Path) -> None:
    async with client_of(script) as client:
        (run,) = await client.run("print('x' * 3_000_000)")
        assert len(client.text(run.id)) < 100_000
        (whole,) = await client.session.fetch_outputs(run.id)
        assert isinstance(whole, Stream)
        assert len(whole.text) == 3_000_001


async def test_runs_of_another_client_of_the_kernel_are_shown_as_theirs(script: Path) -> None:
    async with client_of(script) as client:
        await client.run("shared = 5")
        (connection,) = location_of(script).kernel.glob("*.json")
        other = AsyncKernelClient()
        other.load_connection_file(str(connection))
        other.start_channels()
        try:
            other.execute("print(shared)")
            await client.watcher.until(
                lambda: "5\n" in [client.text(run_id) for run_id in client.session.runs]
            )
        finally:
            other.stop_channels()
        (run,) = [run for run in client.session.runs.values() if run.source == "print(shared)"]
        await client.session.wait_for_run(run.id)
        assert client.session.runs[run.id].client == "another client of the kernel"


async def test_a_client_that_has_left_is_freed_without_the_garbage_collector(script: Path) -> None:
    """Its mirror may hold many outputs, and each later collection would visit them all."""
    async with client_of(script) as client:
        await client.run("print('hello')")
        gc.disable()
        try:
            async with asyncio.TaskGroup() as tasks:
                place = location_of(script)
                session = await SessionClient.attach(place, ClientInfo("second"), Watcher(), tasks)
                assert session is not None
                freed = weakref.ref(session)
                session.close()
            session = None
            assert freed() is None
        finally:
            gc.enable()


async def test_two_clients_that_start_at_once_share_one_host(tmp_path: Path) -> None:
    path = tmp_path / "race.py"

    async def one() -> int:
        async with client_of(path):
            return host_of(path).pid

    try:
        pids = await asyncio.gather(*(one() for _ in range(4)))
        assert len(set(pids)) == 1
    finally:
        await stop(path)


async def test_only_the_user_can_reach_the_session(script: Path) -> None:
    async with client_of(script):
        location = location_of(script)
        for directory in (location.runtime.parent, location.runtime, location.data):
            assert directory.stat().st_mode & 0o077 == 0
        for file in (location.socket, location.store, location.log):
            assert file.stat().st_mode & 0o077 == 0
