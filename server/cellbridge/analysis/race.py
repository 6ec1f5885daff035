"""Waiting for two sources of which one may be much slower.

Owns the waiting rule. It must not know what is asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")


async def race(
    first: Coroutine[Any, Any, T] | None,
    second: Coroutine[Any, Any, T] | None,
    *,
    answered: Callable[[T], bool],
    settles: Callable[[T], bool] | None = None,
    budget: float,
    patience: float,
) -> tuple[T | None, T | None]:
    """Return both answers, None for a source that was not asked, failed or was too slow.

        first    ────────●                        answered
        second   ────────┼── budget ──┤           left behind here
        patience ────────┴────────────────────┤   nobody answered: given up here

    An answer that ``settles`` the matter ends the waiting for the other. One that is none
    (``answered`` says False) does not start the budget.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    async with asyncio.TaskGroup() as tasks:
        asked = [
            None if question is None else tasks.create_task(_guarded(question))
            for question in (first, second)
        ]
        pending = {task for task in asked if task is not None}
        while pending and (left := until - loop.time()) > 0:
            done, pending = await asyncio.wait(
                pending, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            answers = [answer for task in done if (answer := task.result()) is not None]
            if settles is not None and any(map(settles, answers)):
                break
            if any(map(answered, answers)):
                until = min(until, loop.time() + budget)
        for task in pending:
            task.cancel()
    return _answer(asked[0]), _answer(asked[1])


async def _guarded(question: Coroutine[Any, Any, T]) -> T | None:
    try:
        return await question
    except Exception:  # Boundary: one source's fault must not cost the other's answer.
        _log.exception("A source of completions or descriptions failed.")
        return None


def _answer(task: asyncio.Task[T | None] | None) -> T | None:
    return None if task is None or task.cancelled() else task.result()
