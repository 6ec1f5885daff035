"""The memory of the jedi worker: garbage, cached trees, and the replacement of a large process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import parso.cache
import psutil
import pytest

from cellbridge.analysis import jedi_memory, worker_protocol
from cellbridge.analysis import worker as analysis_worker
from cellbridge.analysis.memory import memory_of
from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.analysis.worker import Worker
from support import scripted_worker

COMMAND = (sys.executable, "-P", scripted_worker.__file__)
SCRIPT = '"".upper().'


async def ask(worker: Worker, content: str = "a") -> bool:
    """True if the job was answered."""
    return await worker.request(worker_protocol.CompletionJob(content, 0, 0)) is not None


async def ended(pid: int | None) -> None:
    assert pid is not None
    await asyncio.to_thread(psutil.Process(pid).wait, 60)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes count as idle and large at once."""
    monkeypatch.setattr(analysis_worker, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(analysis_worker, "REPLACE_SECONDS", 0.01)
    monkeypatch.setattr(analysis_worker, "MUCH_MEMORY", 0)


async def test_answers_one_after_the_other_do_not_add_up() -> None:
    async with StaticPython() as static:

        async def held_after(answers: int) -> int:
            for _ in range(answers):
                assert (await static.complete(SCRIPT, 0, len(SCRIPT), None)).items
            assert static.pid is not None
            return memory_of(static.pid)

        await held_after(15)
        before = await held_after(1)
        # Without collections in between, these leave more than twenty megabytes of garbage.
        assert await held_after(45) - before < 12 * 2**20


@pytest.mark.usefixtures("impatient")
async def test_an_idle_large_process_is_replaced_and_the_imports_are_loaded(tmp_path: Path) -> None:
    async with Worker(command=COMMAND) as worker:
        worker.warm(worker_protocol.WarmUpJob("import a"))
        assert await ask(worker)
        first = worker.pid
        await ended(first)
        assert await ask(worker)
        assert worker.pid not in {None, first}


@pytest.mark.usefixtures("impatient")
async def test_a_replacement_is_not_replaced_for_what_the_imports_need() -> None:
    async with Worker(command=COMMAND) as worker:
        worker._replaced = True
        child = SimpleNamespace(pid=psutil.Process().pid)
        assert not await worker._is_large(child)  # pyright: ignore[reportArgumentType]
        worker._replaced = False
        assert not await worker._is_large(child)  # pyright: ignore[reportArgumentType]


async def test_a_small_process_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis_worker, "IDLE_SECONDS", 0.0)
    async with Worker(command=COMMAND) as worker:
        assert await ask(worker)
        first = worker.pid
        assert await ask(worker)
        assert worker.pid == first


def test_the_trees_used_last_stay_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    def tree(lines: int, used: float) -> Any:
        return SimpleNamespace(lines=["\n"] * lines, last_used=used)

    cache = {
        "old": {"a": tree(10, 1), "b": tree(10, 4)},
        "new": {"c": tree(10, 3), "d": tree(9, 2)},
    }
    monkeypatch.setattr(parso.cache, "parser_cache", cache)
    jedi_memory.trim_trees(29)
    assert {name: [*trees] for name, trees in cache.items()} == {"old": ["b"], "new": ["c", "d"]}
    jedi_memory.trim_trees(0)
    assert cache == {"old": {}, "new": {}}
