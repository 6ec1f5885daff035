"""A kernel as a source for analysis, with a callback when it does not answer in time.

Owns the detection: an answer that is marked as missing, and a query that was cancelled. It must not
know how the callback reacts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from cellbridge.analysis.sources import LiveSource
from cellbridge.core.code_info import Completions, Inspection, Signatures


class _Answer(Protocol):
    @property
    def answered(self) -> bool: ...


A = TypeVar("A", bound=_Answer)


@dataclass(frozen=True, slots=True)
class TimeoutSource:
    """A `LiveSource` that calls ``missed`` when no answer came."""

    source: LiveSource
    missed: Callable[[], None]

    async def complete(self, code: str, offset: int) -> Completions:
        """See `LiveSource`."""
        return await self._watch(self.source.complete(code, offset))

    async def inspect(self, code: str, offset: int) -> Inspection:
        """See `LiveSource`."""
        return await self._watch(self.source.inspect(code, offset))

    async def signature(self, code: str, offset: int) -> Signatures:
        """See `LiveSource`."""
        return await self._watch(self.source.signature(code, offset))

    async def _watch(self, question: Coroutine[Any, Any, A]) -> A:
        try:
            answer = await question
        except asyncio.CancelledError:
            self.missed()
            raise
        if not answer.answered:
            self.missed()
        return answer
