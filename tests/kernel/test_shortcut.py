"""Which control messages take the short way, with real signed frames."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import zmq
from jupyter_client.session import Session

from cellbridge.kernel.probe.shortcut import shorten

pytestmark = pytest.mark.asyncio


class Kernel(SimpleNamespace):
    """As much of ipykernel's as is changed."""

    def __init__(self, key: bytes) -> None:
        super().__init__(session=Session(key=key), control_stream="the stream", others=[])

    async def process_control(self, msg: Any) -> None:
        self.others.append(msg)


def frames(key: bytes, msg_type: str) -> list[zmq.Frame]:
    session = Session(key=key)
    signed = session.serialize(session.msg(msg_type, {"op": "about"}), ident=b"who")
    return [zmq.Frame(frame) for frame in signed]


async def test_only_questions_that_are_signed_take_it() -> None:
    kernel = Kernel(b"key")
    asked: list[Any] = []
    shorten(kernel, "ours", lambda *question: asked.append(question))
    await kernel.process_control(frames(b"key", "ours"))
    ((stream, ident, message),) = asked
    assert (stream, ident, message["content"]) == ("the stream", [b"who"], {"op": "about"})
    for strange in (
        frames(b"key", "interrupt_request"),
        frames(b"another", "ours"),
        frames(b"key", "ours")[:4],
        [],
    ):
        await kernel.process_control(strange)
        assert kernel.others.pop() is strange
    assert len(asked) == 1


async def test_a_kernel_without_the_way_is_left_alone() -> None:
    kernel = SimpleNamespace()
    shorten(kernel, "ours", print)
    assert vars(kernel) == {}
