"""Our own requests to a kernel beside its runs, and the way of each message to who waits for it.

Owns the pairing of requests with their replies and their "idle". It must not know sockets, and not
what the answers mean.

Helper requests (completion, inspection, the probe) carry an id with a mark. Whatever a kernel says
in their name is taken here, late or not, so that those who follow runs never see it.
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
"""Helper requests that may be unanswered past their time before no more are sent: a kernel that
holds its interpreter lock in one long call would only collect them."""


@dataclass(slots=True)
class Asked:
    """One request under way."""

    reply: asyncio.Future[Message]
    idle: asyncio.Future[None]
    msg_id: str = ""


@dataclass(slots=True)
class Requests:
    """The requests of one kernel process."""

    channels: Channels
    _asked: dict[str, Asked] = field(default_factory=dict[str, Asked])
    _abandoned: set[str] = field(default_factory=set[str])
    _gone: bool = False

    def ask(
        self,
        channel: Literal["shell", "control"],
        msg_type: str,
        content: dict[str, Any],
    ) -> Asked:
        """Send a helper request. Both futures fail with `KernelGone` when the process ends first.

        Raises:
            KernelGone: the process has ended.
        """
        if self._gone:
            raise KernelGone
        loop = asyncio.get_running_loop()
        asked = Asked(loop.create_future(), loop.create_future())
        asked.msg_id = self.channels.send(channel, msg_type, content, mark=HELPER_MARK)
        self._asked[asked.msg_id] = asked
        return asked

    async def reply(
        self,
        channel: Literal["shell", "control"],
        msg_type: str,
        content: dict[str, Any],
        timeout: float,  # noqa: ASYNC109 - part of the kernel's interface
    ) -> Message | None:
        """Send a helper request and return its reply; None where it does not come in time."""
        if self._gone or len(self._abandoned) >= ABANDONED_LIMIT:
            return None
        asked = self.ask(channel, msg_type, content)
        try:
            async with asyncio.timeout(timeout):
                return await asked.reply
        except KernelGone:
            return None
        except TimeoutError:
            self._abandoned.add(asked.msg_id)
            return None
        finally:
            self.forget(asked)

    def forget(self, asked: Asked) -> None:
        """Stop waiting for a request; what still comes in its name is taken and dropped."""
        self._asked.pop(asked.msg_id, None)
        for future in (asked.reply, asked.idle):
            if future.done() and not future.cancelled():
                future.exception()  # Marks a failure that nobody waits for as seen.
            future.cancel()

    def unclaimed(self, batch: Sequence[Message]) -> list[Message]:
        """Settle what the batch answers and return the messages that belong to runs."""
        return [message for message in batch if not self._claim(message)]

    def fail(self) -> None:
        """The process has ended: nothing will be answered any more."""
        self._gone = True
        for asked in list(self._asked.values()):
            for future in (asked.reply, asked.idle):
                if not future.done():
                    future.set_exception(KernelGone())

    def is_helper(self, msg_id: str) -> bool:
        """Tell whether an id is that of one of our helper requests."""
        return msg_id.endswith(HELPER_MARK) and self.channels.sent(msg_id)

    def _claim(self, message: Message) -> bool:
        if not self.is_helper(message.parent_id):
            return message.msg_type == "iopub_welcome"
        asked = self._asked.get(message.parent_id)
        if message.channel in {"shell", "control"}:
            self._abandoned.discard(message.parent_id)
            if asked is not None and not asked.reply.done():
                asked.reply.set_result(message)
        elif (
            asked is not None
            and message.msg_type == "status"
            and message.content.get("execution_state") == "idle"
            and not asked.idle.done()
        ):
            asked.idle.set_result(None)
        return True
