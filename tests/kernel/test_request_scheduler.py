"""Queries to a kernel, one at a time, and none when a cell begins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cellbridge.kernel.queries import request_scheduler
from cellbridge.kernel.queries.request_scheduler import RequestScheduler
from support.patience import PATIENCE


class Asker:
    """Sends queries by name; the test answers each."""

    def __init__(self) -> None:
        self.scheduler = RequestScheduler()
        self.put: list[str] = []
        self.changed = asyncio.Event()
        self.answers: dict[str, asyncio.Future[str]] = {}

    async def ask(self, name: str, *, seconds: float = PATIENCE, alone: bool = True) -> str | None:
        answer = self.answers[name] = asyncio.get_running_loop().create_future()

        def put(left: float) -> Awaitable[str]:
            assert 0 < left <= seconds
            self.put.append(name)
            self.changed.set()
            return answer

        return await self.scheduler.schedule(put, seconds, alone=alone)

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not met():
                self.changed.clear()
                await self.changed.wait()


async def test_one_question_is_put_at_a_time() -> None:
    asker = Asker()
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(asker.ask(name)) for name in "abc"]
        for at, name in enumerate("abc"):
            await asker.until(lambda at=at: len(asker.put) > at)
            assert asker.put == list("abc")[: at + 1]
            asker.answers[name].set_result(name.upper())
    assert [one.result() for one in asked] == ["A", "B", "C"]


async def test_what_is_answered_elsewhere_keeps_no_other_waiting() -> None:
    asker = Asker()
    async with asyncio.TaskGroup() as group:
        for name in "ab":
            group.create_task(asker.ask(name, alone=False))
        await asker.until(lambda: asker.put == ["a", "b"])
        for answer in asker.answers.values():
            answer.set_result("")


async def test_a_question_whose_turn_does_not_come_in_time_is_not_put() -> None:
    asker = Asker()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(asker.ask("first"))
        await asker.until(lambda: asker.put == ["first"])
        assert await asker.ask("second", seconds=0.01) is None
        asker.answers["first"].set_result("here")
    assert (asker.put, first.result()) == (["first"], "here")


async def test_no_question_is_put_before_a_short_cell_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_scheduler, "HEAD_START", PATIENCE / 2)
    asker = Asker()
    asker.scheduler.cell_sent()
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(asker.ask("a"))
        for _ in range(10):
            await asyncio.sleep(0)  # Wait: for the other tasks of this loop
        assert asker.put == []
        asker.scheduler.cells_ended()
        await asker.until(lambda: asker.put == ["a"])
        asker.answers["a"].set_result("")
    assert asked.done()


async def test_a_question_waits_for_a_long_cell_for_a_moment_only() -> None:
    asker = Asker()
    asker.scheduler.cell_sent()
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(asker.ask("a"))
        await asker.until(lambda: asker.put == ["a"])
        asker.answers["a"].set_result("")
    assert asked.done()


async def test_cells_that_follow_each_other_do_not_keep_a_question_for_ever() -> None:
    asker = Asker()
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(asker.ask("a"))

        async def run_cells() -> None:
            while not asker.put:
                asker.scheduler.cell_sent()
                await asyncio.sleep(0)  # Wait: for the other tasks of this loop

        async with asyncio.timeout(PATIENCE):
            await run_cells()
        asker.answers["a"].set_result("")
    assert asked.done()
