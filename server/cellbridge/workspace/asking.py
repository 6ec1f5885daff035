"""What an open document asks of its living kernel.

Owns these questions and what is said where no kernel answers. It must not know the document's text.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cellbridge.core import items
from cellbridge.core.items import Completions, Inspection, Signatures
from cellbridge.core.runs import KernelState
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.workspace.link import SessionLink

T = TypeVar("T")


class Asking:
    """A document that can ask its kernel."""

    _link: SessionLink

    async def ask(self, question: Callable[[SessionClient], Awaitable[T]], otherwise: T) -> T:
        """Return what the session says of a kernel that lives; else ``otherwise``."""
        client = self._link.client
        if client is not None and client.kernel.state in {KernelState.IDLE, KernelState.BUSY}:
            with contextlib.suppress(SessionError):
                return await question(client)
        return otherwise

    async def complete(self, code: str, offset: int) -> Completions:
        """Ask the living kernel for completions; ``answered`` is False where there is none."""
        return await self.ask(lambda client: client.complete(code, offset), items.NO_COMPLETIONS)

    async def inspect(self, code: str, offset: int) -> Inspection:
        """Ask the living kernel about a name; ``answered`` is False where there is none."""
        return await self.ask(lambda client: client.inspect(code, offset), items.NO_INSPECTION)

    async def signature(self, code: str, offset: int) -> Signatures:
        """Ask the living kernel about a call; ``answered`` is False where there is none."""
        return await self.ask(lambda client: client.signature(code, offset), items.NO_SIGNATURES)
