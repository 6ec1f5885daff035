"""Start, restart, stop and death of a kernel, with one that does each as badly as it can."""

from __future__ import annotations

import asyncio
import os

import psutil
import pytest

from cellbridge.core.code_info import NO_COMPLETIONS
from cellbridge.kernel import live_kernel
from cellbridge.kernel.errors import KernelGone, KernelStartError, KernelTimeout
from kernel.conftest import FakeSpec
from support.kernels import Follower, running


def children() -> set[psutil.Process]:
    """The processes below this one; other tests' servers may be among them."""
    return set(psutil.Process().children(recursive=True))


@pytest.mark.parametrize("way", ["lose-first-idle", "twice-deaf"])
async def test_ready_although_the_first_question_is_lost(
    fake: FakeSpec, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_kernel, "LOST_SECONDS", 0.3)
    async with running(fake(way)) as bench:
        assert (await bench.run("echo x")).text == "x\n"


async def test_a_kernel_that_never_answers_is_given_up_and_ended(
    fake: FakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_kernel.LiveKernel.until_ready, "__defaults__", (0.5,))
    before = children()
    with pytest.RaisesGroup(pytest.RaisesExc(KernelTimeout, match="did not answer within")):
        async with running(fake("deaf")):
            pytest.fail("it cannot be ready")
    assert children() <= before


async def test_a_start_given_up_leaves_no_process(fake: FakeSpec) -> None:
    async def start() -> None:
        async with running(fake("deaf")):
            pytest.fail("it cannot be ready")

    before = children()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(start(), 1)
    assert children() <= before


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("dies-at-start=4:", r"ended before it was ready \(exit code 4\)\."),
        ("dies-at-start=1:ValueError: bad", r"\(exit code 1\): ValueError: bad\."),
        ("dies-at-start=1:No module named ipykernel_launcher", "ipykernel is not installed"),
    ],
)
async def test_a_failed_start_is_explained(fake: FakeSpec, option: str, sentence: str) -> None:
    follower = Follower()
    with pytest.RaisesGroup(pytest.RaisesExc(KernelStartError, match=sentence)) as caught:
        async with running(fake(option), follower=follower):
            pytest.fail("it cannot be ready")
    assert follower.exits == [], "the error has said it already"
    assert option.partition(":")[2] in caught.value.exceptions[0].stderr_tail


@pytest.mark.parametrize(
    ("source", "code", "name", "sentence"),
    [
        ("die 3", 3, None, "The kernel ended with exit code 3: RuntimeError: tired."),
        ("kill", None, "SIGKILL", "The kernel was killed, most often because the machine ran"),
    ],
)
async def test_a_death_is_told_once_after_its_last_words(
    fake: FakeSpec, source: str, code: int | None, name: str | None, sentence: str
) -> None:
    async with running(fake()) as bench:
        run = bench.send(f"noise RuntimeError: tired\nflood 500\n{source}")
        await bench.follower.until(lambda follower: bool(follower.exits))
        (exit_,) = bench.follower.exits
        assert (exit_.code, exit_.signal) == (code, name)
        assert exit_.sentence.startswith(sentence)
        assert exit_.stderr_tail == "RuntimeError: tired\n"
        if code is not None:
            assert bench.follower.text(run).count("\n") == 500
        with pytest.raises(KernelGone):
            bench.send("echo x")
        with pytest.raises(KernelGone):
            await bench.kernel.interrupt()
        assert await bench.kernel.complete("e", 1, 5) == NO_COMPLETIONS
        await bench.kernel.restart()
        assert (await bench.run("echo alive")).text == "alive\n"


async def test_what_a_dead_kernel_wrote_is_remembered_with_a_bound(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        await bench.run("\n".join(["noise " + "x" * 999] * 200))
        bench.send("noise end\ndie 1")
        await bench.follower.until(lambda follower: bool(follower.exits))
        tail = bench.follower.exits[0].stderr_tail
        assert tail.endswith("end\n")
        assert len(tail) <= 64 * 1024


async def test_stop_while_a_cell_runs_tells_no_exit(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        bench.send("hold")
        pid = bench.kernel.pid
        await bench.kernel.stop()
        assert not psutil.pid_exists(pid)
        assert bench.kernel.pid == 0
        await bench.kernel.stop()
    assert bench.follower.exits == []


async def test_stop_ends_even_what_ignores_everything(
    fake: FakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_kernel, "POLITE_SECONDS", 0.2)
    monkeypatch.setattr(live_kernel, "TERM_SECONDS", 0.2)
    async with running(fake("stubborn")) as bench:
        pid = bench.kernel.pid
        await bench.kernel.stop()
        assert not psutil.pid_exists(pid)


async def test_restart_gives_a_new_process_and_forgets_the_old(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        before = bench.kernel.pid
        bench.send("hold")
        await bench.kernel.restart()
        assert bench.kernel.pid != before
        assert not psutil.pid_exists(before)
        assert (await bench.run("echo x")).reply["execution_count"] == 1
        assert bench.follower.exits == []


async def test_a_working_directory_that_is_gone(fake: FakeSpec, tmp_path) -> None:
    with pytest.RaisesGroup(
        pytest.RaisesExc(KernelStartError, match="working directory .*/gone does not exist")
    ):
        async with running(fake(), tmp_path / "gone"):
            pytest.fail("it cannot be ready")


async def test_a_program_that_cannot_be_run(fake: FakeSpec, tmp_path) -> None:
    spec = fake()
    with pytest.RaisesGroup(pytest.RaisesExc(KernelStartError, match="could not start")):
        async with running(type(spec)(**{**_fields(spec), "argv": (str(tmp_path),)})):
            pytest.fail("it cannot be ready")


def _fields(spec):
    return {name: getattr(spec, name) for name in spec.__slots__}


async def test_the_environment_and_the_working_directory_are_the_plans(
    fake: FakeSpec, tmp_path
) -> None:
    async with running(fake(), tmp_path, GREETING="hello") as bench:
        process = psutil.Process(bench.kernel.pid)
        assert process.environ()["GREETING"] == "hello"
        assert process.cwd() == str(tmp_path)
        assert process.environ()["PATH"] == os.environ["PATH"]
