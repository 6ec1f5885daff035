"""Waiting for two sources of which one may be much slower.

Owns the waiting rule. It must not know the content of the queries.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")

HEAD_START = 0.1
"""Seconds in which the first may settle the matter alone: analysing a long text meanwhile would
take the processor from it for nothing."""


class Waits(NamedTuple):
    """The seconds for which sources are waited for."""

    patience: float
    """Until the first of them has answered."""
    budget: float
    """For the slower one, once the faster one has answered."""
    head_start: float = HEAD_START


async def race(
    first: Callable[[], Coroutine[Any, Any, T]] | None,
    second: Callable[[T | None], Coroutine[Any, Any, T]] | None,
    *,
    answered: Callable[[T], bool],
    settles: Callable[[T], bool],
    waits: Waits,
) -> tuple[T | None, T | None]:
    """Return both answers, None for a source that was not queried, failed or was too slow.

        first    ────────●                        answered
        second   ────────┼── budget ──┤           left behind here
        patience ────────┴────────────────────┤   no answer: given up here

    The second is queried only if the first has not settled the matter within its head start, and
    receives the first's answer as far as there is one. An answer of the first that ``settles`` the
    matter ends the waiting for the other. One that is not ``answered`` does not start the budget.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + waits.patience
    async with asyncio.TaskGroup() as tasks:
        asked = [None if first is None else tasks.create_task(_log_failure(first)), None]
        known: T | None = None
        if asked[0] is not None and second is not None:
            known = await _wait_briefly(asked[0], min(waits.head_start, waits.patience / 2))
            if known is not None and settles(known):
                return known, None
        asked[1] = None if second is None else tasks.create_task(_log_failure(second, known))
        pending = {task for task in asked if task is not None}
        while pending and (left := until - loop.time()) > 0:
            done, pending = await asyncio.wait(pending, timeout=left, return_when="FIRST_COMPLETED")
            answers = [answer for task in done if (answer := task.result()) is not None]
            if asked[0] in done and (known := _answer(asked[0])) is not None and settles(known):
                break
            if any(map(answered, answers)):
                until = min(until, loop.time() + waits.budget)
        for task in pending:
            task.cancel()
    return _answer(asked[0]), _answer(asked[1])


async def _wait_briefly(first: asyncio.Task[T | None], seconds: float) -> T | None:
    """Return the first source's answer, if it comes within these seconds."""
    await asyncio.wait([first], timeout=seconds)
    return first.result() if first.done() else None


async def _log_failure(query: Callable[..., Coroutine[Any, Any, T]], *known: T | None) -> T | None:
    try:
        return await query(*known)
    except Exception:  # Boundary: one source's fault must not cost the other's answer.
        _log.exception("A source of completions or descriptions failed.")
        return None


def _answer(task: asyncio.Task[T | None] | None) -> T | None:
    return None if task is None or task.cancelled() else task.result()
