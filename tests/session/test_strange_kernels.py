"""Sessions with kernels that misbehave: nothing hangs, nothing is lost, the state is true."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from cellbridge.core.json_depth import TOO_DEEP
from cellbridge.core.output.outputs import Display, Output, Stream
from cellbridge.core.runs.agents import Scratch
from cellbridge.core.runs.queue import NO_COPY, NO_REPLY
from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.session.errors import SessionError
from support import fake_kernel
from support.sessions import Client, client_of, host_of, kernel_of, location_of, session_of


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for kernelspecs, found by the hosts that this test starts."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    return tmp_path / "jupyter"


@asynccontextmanager
async def fake_session(kernels: Path, *options: str) -> AsyncIterator[Client]:
    """A session with the fake kernel; ``options`` define how it misbehaves."""
    async with session_of(kernels.parent / "script.fake") as client:
        client.kernel = fake_kernel.register(kernels, *options)
        yield client


async def check_run(
    kernels: Path, source: str, state: RunState, text: str, *, truncated: bool = False
) -> None:
    """Run ``source`` in a fake kernel, and then a plain cell, which must work."""
    async with fake_session(kernels) as client:
        (run,) = await client.run(source)
        assert (run.state, client.text(run.id), run.truncated) == (state, text, truncated)
        (after,) = await client.run("echo fine")
        assert (after.state, client.text(after.id)) == (RunState.OK, "fine\n")
        assert client.session.kernel.state is KernelState.IDLE


@pytest.mark.parametrize("what", ["foreign", "broken-utf8", "unknown-type"])
async def test_a_message_that_is_no_good_disturbs_nothing(kernels: Path, what: str) -> None:
    async with fake_session(kernels) as client:
        (run,) = await client.run(f"echo before\n{what}\necho after")
        assert (run.state, run.note) == (RunState.OK, "")
        text = client.text(run.id)
        assert text.startswith("before\n")
        assert text.endswith("after\n")


async def test_messages_that_cannot_be_read_are_counted_and_called_so(kernels: Path) -> None:
    async with fake_session(kernels) as client:
        (run,) = await client.run("echo a\nno-json\nwrong-signature\nfew-frames\necho b")
        assert (run.state, client.text(run.id), run.truncated) == (RunState.OK, "a\nb\n", True)
        assert run.note.startswith("3 messages of the kernel could not be read")
        (after,) = await client.run("echo fine")
        assert (after.state, after.note, after.truncated) == (RunState.OK, "", False)


async def test_without_the_probe_no_code_runs_on_a_copy_of_the_names(
    kernels: Path,
) -> None:
    async with fake_session(kernels) as client:
        await client.run("echo before")
        given = [
            replace(client.request("echo copy"), scratch=Scratch.COPY),
            replace(client.request("echo live"), scratch=Scratch.LIVE),
        ]
        runs = []
        for one in given:
            (run,) = await client.session.execute([one], kernel=client.kernel, language="python")
            await client.session.wait_for_run(run)
            runs.append(client.session.runs[run])
        assert [(run.state, run.note) for run in runs] == [
            (RunState.CANCELLED, NO_COPY),
            (RunState.OK, ""),
        ]


@pytest.mark.parametrize("levels", [900, 1_500, 100_000])
async def test_what_is_nested_too_deeply_is_kept_as_text(kernels: Path, levels: int) -> None:
    async with fake_session(kernels) as client:
        run, after = await client.run(f"deep {levels}", "echo fine")
        assert (run.state, run.note) == (RunState.OK, "")
        assert client.text(after.id) == "fine\n"

        def displays(outputs: Sequence[Output]) -> list[Display]:
            return [output for output in outputs if isinstance(output, Display)]

        shown = displays(client.session.outputs[run.id])
        assert len(shown) == 2
        assert all(TOO_DEEP in output.data["text/plain"] for output in shown)
        assert displays(await client.session.fetch_outputs(run.id)) == shown
        async with client_of(kernels.parent / "script.fake") as other:
            assert displays(other.session.outputs[run.id]) == shown


async def test_a_late_answer_is_waited_for(kernels: Path) -> None:
    await check_run(kernels, "late 0.5\necho done", RunState.OK, "done\n")


async def test_a_lost_idle_ends_the_run_and_marks_it(kernels: Path) -> None:
    await check_run(kernels, "echo some\nlose-idle", RunState.OK, "some\n", truncated=True)


async def test_a_lost_reply_ends_the_run_and_what_is_queued_behind_it(kernels: Path) -> None:
    async with fake_session(kernels) as client:
        run, behind = await client.run("echo some\nlose-reply", "echo never")
        assert (run.state, run.note) == (RunState.CANCELLED, NO_REPLY)
        assert client.text(run.id) == "some\n"
        assert behind.state is RunState.CANCELLED
        (after,) = await client.run("echo fine")
        assert after.state is RunState.OK


async def test_an_error_is_an_error_in_any_kernel(kernels: Path) -> None:
    async with fake_session(kernels) as client:
        run, never = await client.run("error", "echo never")
        assert (run.state, never.state) == (RunState.ERROR, RunState.CANCELLED)


async def test_a_flood_is_stored_whole_and_shown_bounded(kernels: Path) -> None:
    async with fake_session(kernels) as client:
        (run,) = await client.run("flood 50000")
        (whole,) = await client.session.fetch_outputs(run.id)
        assert isinstance(whole, Stream)
        assert whole.text.count("\n") == 50_000
        assert whole.chars == len(whole.text)
        assert len(client.text(run.id)) < 100_000


async def test_a_kernel_that_never_answers_can_be_restarted(kernels: Path) -> None:
    async with fake_session(kernels) as client:
        (run_id,) = await client.start("echo on\nnever-answer")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        await client.session.restart(kernel=client.kernel, language="fake")
        assert client.session.runs[run_id].state is RunState.LOST
        (after,) = await client.run("echo fine")
        assert after.state is RunState.OK


async def test_a_kernel_that_exits_says_with_which_code_and_keeps_its_output(
    kernels: Path,
) -> None:
    async with fake_session(kernels) as client:
        (run,) = await client.run("echo last words\ndie 3")
        assert run.state is RunState.LOST
        assert "exit code 3" in run.note
        assert client.text(run.id) == "last words\n"
        (after,) = await client.run("echo fine")
        assert after.state is RunState.OK


async def test_a_kernel_that_dies_at_start_is_explained(kernels: Path) -> None:
    async with fake_session(kernels, "dies-at-start=7:RuntimeError: no such library") as client:
        (run,) = await client.run("echo never")
        assert run.state is RunState.CANCELLED
        assert client.session.kernel.state is KernelState.DEAD
        log = location_of(kernels.parent / "script.fake").log
        message = client.session.kernel.message
        assert "no such library" in message
        assert message.endswith(f"Its output is in {log}.")
        assert "\nRuntimeError: no such library\n" in log.read_text("utf-8")


async def test_a_kernel_that_ignores_everything_is_still_stopped(kernels: Path) -> None:
    async with fake_session(kernels, "stubborn") as client:
        (run_id,) = await client.start("echo on\nhold")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        script = kernels.parent / "script.fake"
        kernel, host = kernel_of(script), host_of(script)
        await client.session.shutdown()
        host.wait(20)
        assert not kernel.is_running()


async def test_input_in_any_kernel(kernels: Path) -> None:
    async with fake_session(kernels) as client:
        (run_id,) = await client.start("input Who?")
        await client.watcher.until(lambda: client.session.runs[run_id].waiting is not None)
        await client.session.answer_input(run_id, "me")
        await client.session.wait_for_run(run_id)
        assert "me" in client.text(run_id)


async def test_no_kernel_of_that_name_names_those_there_are(kernels: Path) -> None:
    async with fake_session(kernels) as client:
        client.kernel = "other"
        with pytest.raises(SessionError, match="fake"):
            await client.start("echo x")
