"""Our own requests to a kernel in addition to runs, and the matching of their replies.

Owns the pairing of requests with their replies and their "idle". It must not know sockets, nor the
meaning of replies.

Helper requests (completion, inspection, the probe) carry an id with a mark. All replies to them are
taken here, late or not, so that followers of runs never see them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cellbridge.kernel.channels.connection import Channels
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.errors import KernelGone

HELPER_MARK = "h"
"""Ends the ids of helper requests; ids of runs end in a digit."""
ABANDONED_LIMIT = 4
"""Helper requests that may have timed out without an answer before no more are sent: a kernel that
holds its interpreter lock in one long call would only collect them."""


def silent_code(code: str) -> dict[str, Any]:
    """Return the content of an ``execute_request`` for our own code, which leaves no trace."""
    return {
        "code": code,
        "silent": True,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }


@dataclass(slots=True)
class PendingRequest:
    """One request under way."""

    reply: asyncio.Future[Message]
    idle: asyncio.Future[None]
    msg_id: str = ""


@dataclass(slots=True)
class Requests:
    """The requests of one kernel process."""

    channels: Channels
    _pending: dict[str, PendingRequest] = field(default_factory=dict[str, PendingRequest])
    _abandoned: set[str] = field(default_factory=set[str])
    _gone: bool = False

    def send(
        self,
        channel: Literal["shell", "control"],
        msg_type: str,
        content: dict[str, Any],
    ) -> PendingRequest:
        """Send a helper request. Both futures fail with `KernelGone` when the process ends first.

        Raises:
            KernelGone: the process has ended.
        """
        if self._gone:
            raise KernelGone
        loop = asyncio.get_running_loop()
        pending = PendingRequest(loop.create_future(), loop.create_future())
        pending.msg_id = self.channels.send(channel, msg_type, content, mark=HELPER_MARK)
        self._pending[pending.msg_id] = pending
        return pending

    async def query(
        self,
        channel: Literal["shell", "control"],
        msg_type: str,
        content: dict[str, Any],
        timeout: float,  # noqa: ASYNC109 - part of the kernel's interface
    ) -> Message | None:
        """Send a helper request and return its reply; None if it does not come in time."""
        if self._gone or len(self._abandoned) >= ABANDONED_LIMIT:
            return None
        pending = self.send(channel, msg_type, content)
        try:
            async with asyncio.timeout(timeout):
                return await pending.reply
        except KernelGone:
            return None
        except TimeoutError:
            self._abandoned.add(pending.msg_id)
            return None
        finally:
            self.forget(pending)

    def forget(self, pending: PendingRequest) -> None:
        """Stop waiting for a request; later replies to it are dropped."""
        self._pending.pop(pending.msg_id, None)
        for future in (pending.reply, pending.idle):
            if future.done() and not future.cancelled():
                future.exception()  # Mark an unused failure as seen.
            future.cancel()

    def remove_replies(self, batch: Sequence[Message]) -> list[Message]:
        """Settle the requests that the batch answers; return the messages that belong to runs."""
        return [message for message in batch if not self._claim(message)]

    def fail(self) -> None:
        """Fail all pending requests: the process has ended."""
        self._gone = True
        for pending in list(self._pending.values()):
            for future in (pending.reply, pending.idle):
                if not future.done():
                    future.set_exception(KernelGone())

    def is_helper(self, msg_id: str) -> bool:
        """Return True if an id belongs to one of our helper requests."""
        return msg_id.endswith(HELPER_MARK) and self.channels.sent(msg_id)

    def _claim(self, message: Message) -> bool:
        if not self.is_helper(message.parent_id):
            return message.msg_type == "iopub_welcome"
        pending = self._pending.get(message.parent_id)
        if message.channel in {"shell", "control"}:
            self._abandoned.discard(message.parent_id)
            if pending is not None and not pending.reply.done():
                pending.reply.set_result(message)
        elif (
            pending is not None
            and message.msg_type == "status"
            and message.content.get("execution_state") == "idle"
            and not pending.idle.done()
        ):
            pending.idle.set_result(None)
        return True
