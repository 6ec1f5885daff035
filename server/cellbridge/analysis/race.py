"""Waiting for two sources of which one may be much slower.

Owns the waiting rule. It must not know the content of the queries.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")

HEAD_START = 0.1
"""Seconds in which the first may settle the matter alone: analysing a long text meanwhile would
take the processor from it for nothing."""


async def race(
    first: Coroutine[Any, Any, T] | None,
    second: Coroutine[Any, Any, T] | None,
    *,
    answered: Callable[[T], bool],
    settles: Callable[[T], bool] | None = None,
    budget: float,
    patience: float,
) -> tuple[T | None, T | None]:
    """Return both answers, None for a source that was not queried, failed or was too slow.

        first    ────────●                        answered
        second   ────────┼── budget ──┤           left behind here
        patience ────────┴────────────────────┤   no answer: given up here

    The second is queried only if the first has not settled the matter within `HEAD_START`.
    An answer of the first that ``settles`` the matter ends the waiting for the other. One that does
    not count (``answered`` returns False) does not start the budget.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    async with _close_unstarted(first, second), asyncio.TaskGroup() as tasks:
        asked = [None if first is None else tasks.create_task(_log_failure(first)), None]
        if asked[0] is not None and second is not None and settles is not None:
            answer = await _head_start(asked[0], patience)
            if answer is not None and settles(answer):
                return answer, None
        asked[1] = None if second is None else tasks.create_task(_log_failure(second))
        pending = {task for task in asked if task is not None}
        while pending and (left := until - loop.time()) > 0:
            done, pending = await asyncio.wait(pending, timeout=left, return_when="FIRST_COMPLETED")
            answers = [answer for task in done if (answer := task.result()) is not None]
            first_answer = _answer(asked[0]) if asked[0] in done else None
            if settles is not None and first_answer is not None and settles(first_answer):
                break
            if any(map(answered, answers)):
                until = min(until, loop.time() + budget)
        for task in pending:
            task.cancel()
    return _answer(asked[0]), _answer(asked[1])


@asynccontextmanager
async def _close_unstarted(*questions: Coroutine[Any, Any, T] | None) -> AsyncGenerator[None]:
    """Close the questions at the end: Python warns of one that was made and never begun."""
    try:
        yield
    finally:
        for question in questions:
            if question is not None:
                question.close()


async def _head_start(first: asyncio.Task[T | None], patience: float) -> T | None:
    """Return the first source's answer, if it comes within its head start."""
    await asyncio.wait([first], timeout=min(HEAD_START, patience / 2))
    return first.result() if first.done() else None


async def _log_failure(question: Coroutine[Any, Any, T]) -> T | None:
    try:
        return await question
    except Exception:  # Boundary: one source's fault must not cost the other's answer.
        _log.exception("A source of completions or descriptions failed.")
        return None


def _answer(task: asyncio.Task[T | None] | None) -> T | None:
    return None if task is None or task.cancelled() else task.result()
