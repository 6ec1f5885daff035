"""The kernel object against a kernel that does everything wrong, on real sockets."""

from __future__ import annotations

import logging
import time

import psutil
import pytest

from cellbridge.core.code_info import NO_COMPLETIONS, NO_INSPECTION
from cellbridge.kernel.channels import requests
from kernel.conftest import FakeSpec
from support.kernels import running


async def test_a_cell_is_run_and_its_outputs_come_in_order(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        ran = await bench.run("echo one\necho two")
        assert ran.text == "one\ntwo\n"
        on_iopub = [m.msg_type for m in ran.messages if m.channel == "iopub"]
        # Lines that are read at once come as one message (joining.py).
        streams = ["stream"] * on_iopub.count("stream")
        assert len(streams) in {1, 2}
        assert on_iopub == ["status", "execute_input", *streams, "status"]
        assert ran.reply["status"] == "ok"
        assert not bench.kernel.info.has_probe
        assert (bench.kernel.info.language, bench.kernel.info.implementation) == ("fake", "fake")
        assert await bench.kernel.frames(ran.id) == ()


async def test_our_own_requests_are_never_heard_by_the_listener(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        await bench.kernel.complete("e", 1, 5)
        ran = await bench.run("echo x")
        assert {m.parent_id for m in bench.follower.messages} == {ran.id}


async def test_a_flood_is_received_whole_and_in_batches(fake: FakeSpec) -> None:
    sizes: list[int] = []
    async with running(fake()) as bench:
        take = bench.follower.on_messages
        bench.follower.on_messages = lambda batch: (sizes.append(len(batch)), take(batch))[1]
        ran = await bench.run("flood 20000")
        assert ran.text == "".join(f"{number}\n" for number in range(20_000))
    assert len(sizes) < 10_000, "messages that wait together are handed over together"


async def test_a_reader_drops_nothing_while_the_loop_is_stalled(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        run = bench.send("flood 20000\necho end")
        pid, deadline = bench.kernel.pid, time.monotonic() + 10
        busy = psutil.Process(pid)
        while busy.cpu_times().user < 0.3 and time.monotonic() < deadline:
            time.sleep(0.05)  # noqa: ASYNC251 # Wait: the loop is stalled on purpose.
        await bench.follower.until(lambda follower: follower.ended(run))
        assert bench.follower.text(run).count("\n") == 20_001


@pytest.mark.parametrize(
    ("way", "text"),
    [
        ("broken-utf8", "a\ufffdb"),
        ("unknown-type", ""),
        ("wrong-signature", ""),
        ("few-frames", ""),
        ("foreign", ""),
    ],
)
async def test_wrong_messages_harm_nothing(
    fake: FakeSpec, way: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "cellbridge"):
        async with running(fake()) as bench:
            ran = await bench.run(f"{way}\necho fine")
            assert ran.text == f"{text}fine\n"
            kinds = {m.msg_type for m in bench.follower.messages}
            assert ("weather_report" in kinds) == (way == "unknown-type")
            others = [m for m in bench.follower.messages if m.parent_id != ran.id]
            assert [m.parent_id for m in others if not m.unreadable] == (
                ["theirs"] if way == "foreign" else []
            )
            assert any(m.unreadable for m in others) == (way in {"wrong-signature", "few-frames"})
    assert ("dropped" in caplog.text) == (way in {"wrong-signature", "few-frames"})


async def test_a_part_that_is_no_json_is_an_empty_one(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        run = bench.send("no-json\necho fine")
        await bench.follower.until(lambda follower: follower.ended(run))
        assert [m.content for m in bench.follower.of(run, "stream")] == [
            {},
            {"name": "stdout", "text": "fine\n"},
        ]


async def test_a_lost_idle_does_not_take_the_reply_with_it(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        run = bench.send("echo x\nlose-idle")
        await bench.follower.until(lambda follower: follower.replied(run))
        assert (await bench.kernel.complete("e", 1, 5)).answered, (
            "it is known to be idle all the same"
        )


async def test_other_kernels_are_asked_only_while_nothing_runs(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        completions = await bench.kernel.complete("echo", 99, 5)
        assert [(item.text, item.start, item.end) for item in completions.items] == [
            ("echo", 0, 4),
            ("error", 0, 4),
        ]
        assert (await bench.kernel.inspect("x", 0, 5)).data == {"text/plain": "about x"}
        run = bench.send("hold")
        assert await bench.kernel.complete("echo", 1, 5) == NO_COMPLETIONS
        assert await bench.kernel.inspect("x", 0, 5) == NO_INSPECTION
        await bench.follower.until(lambda follower: bool(follower.of(run, "execute_input")))
        await bench.kernel.interrupt()
        await bench.follower.until(lambda follower: follower.ended(run))
        assert (await bench.kernel.complete("echo", 1, 5)).answered


async def test_helpers_give_up_in_time_and_a_late_answer_is_dropped(
    fake: FakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(fake()) as bench:
        monkeypatch.setattr(bench.kernel, "info", _as_ipykernel(bench.kernel.info))
        run = bench.send("late 0.8")
        await bench.follower.until(lambda follower: bool(follower.of(run, "execute_input")))
        for _ in range(requests.ABANDONED_LIMIT):
            assert await bench.kernel.complete("e", 1, 0.02) == NO_COMPLETIONS
        started = time.monotonic()
        assert await bench.kernel.complete("e", 1, 30) == NO_COMPLETIONS, "no more are piled up"
        assert time.monotonic() - started < 0.3
        await bench.follower.until(lambda follower: follower.ended(run))
        ran = await bench.run("echo x")
        assert {m.parent_id for m in bench.follower.messages} == {run, ran.id}
        assert (await bench.kernel.complete("e", 1, 5)).answered


def _as_ipykernel(info):
    return type(info)(info.name, info.language, "ipython")


@pytest.mark.parametrize("mode", ["signal", "message"])
async def test_interrupt_in_the_way_the_kernelspec_asks_for(fake: FakeSpec, mode: str) -> None:
    async with running(fake(interrupt_mode=mode)) as bench:
        run = bench.send("echo x\nhold")
        await bench.follower.until(lambda follower: bool(follower.of(run, "stream")))
        await bench.kernel.interrupt()
        await bench.follower.until(lambda follower: follower.ended(run))
        assert bench.ran(run).reply["ename"] == "Interrupted"


async def test_input_is_asked_for_and_answered_once(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        bench.kernel.answer_input("nobody asked")
        run = bench.send("input name?")
        await bench.follower.until(lambda follower: bool(follower.of(run, "input_request")))
        assert bench.follower.of(run, "input_request")[0].content["prompt"] == "name?"
        bench.kernel.answer_input("Ann \ud800")
        bench.kernel.answer_input("again")
        await bench.follower.until(lambda follower: follower.ended(run))
        assert bench.follower.text(run) == "Ann ?\n"


async def test_a_helper_under_way_when_the_kernel_dies_is_unanswered(fake: FakeSpec) -> None:
    async with running(fake()) as bench:
        bench.kernel.info = _as_ipykernel(bench.kernel.info)
        run = bench.send("late 0.2\ndie 1")
        await bench.follower.until(lambda follower: bool(follower.of(run, "execute_input")))
        assert await bench.kernel.complete("e", 1, 20) == NO_COMPLETIONS
        await bench.follower.until(lambda follower: bool(follower.exits))
