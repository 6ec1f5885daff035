"""The connection to pydevd, with a scripted pydevd that misbehaves."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from cellbridge.base_protocol.pipes import read_frame
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.session.errors import SessionError
from cellbridge.session.host.debug import debugger
from cellbridge.session.host.debug import pydevd_connection as c
from support.patience import PATIENCE
from support.second_user import CONNECT, needs_second_user, run_as_other

pytestmark = pytest.mark.asyncio


class Pydevd:
    """The kernel's end of the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def request(self) -> dict[str, Any]:
        body = await read_frame(self.reader)
        assert body is not None
        return json.loads(body)

    def send(self, **message: Any) -> None:
        self.send_bytes(json.dumps(message).encode())

    def send_bytes(self, body: bytes) -> None:
        self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def answer(self, **message: Any) -> None:
        asked = await self.request()
        self.send(type="response", request_seq=asked["seq"], command=asked["command"], **message)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[c.PydevdConnection, Pydevd]]:
    """A connection whose messages are read."""
    ends: list[Pydevd] = []

    async def ask(path: Path) -> None:
        ends.append(Pydevd(*await asyncio.open_unix_connection(path)))

    with tempfile.TemporaryDirectory(prefix="cb") as directory:
        path = Path(directory) / "debugger"
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            connection = await c.connect(path, ask)
            assert not path.exists(), "only one connection is accepted"
            tasks.create_task(connection.read())
            yield connection, ends[0]
            connection.close()
            ends[0].writer.close()


async def refusal_of(work: Any) -> str:
    with pytest.raises(SessionError) as caught:
        await work
    return str(caught.value)


async def test_responses_find_their_requests() -> None:
    async with connected() as (connection, pydevd):
        first, second = connection.post("a", {}), connection.post("b", {"x": 1})
        asked = [await pydevd.request(), await pydevd.request()]
        for one in reversed(asked):
            pydevd.send(
                type="response", request_seq=one["seq"], success=True, body={"of": one["command"]}
            )
        assert (await first)["body"] == {"of": "a"}
        assert (await second)["body"] == {"of": "b"}
        assert asked[1]["arguments"] == {"x": 1}


async def test_a_refusal_is_an_error_with_its_sentence() -> None:
    async with connected() as (connection, pydevd), asyncio.TaskGroup() as tasks:
        tasks.create_task(pydevd.answer(success=False, message="No such frame."))
        assert await refusal_of(connection.request("scopes", {})) == "No such frame."
        tasks.create_task(pydevd.answer(success=False))
        assert "refused scopes" in await refusal_of(connection.request("scopes", {}))


async def test_garbage_is_skipped() -> None:
    async with connected() as (connection, pydevd):
        pydevd.writer.write(b"hello\r\n\r\nContent-Length: many\r\n\r\n")
        pydevd.send_bytes(b"{not json")
        pydevd.send_bytes(b"[" * 5000 + b"]" * 5000)
        pydevd.send_bytes(b"7")
        pydevd.send(type="response", request_seq=99, success=True)
        pydevd.send(type="response", request_seq=[1])
        pydevd.send(type="request", command="runInTerminal", seq=1)
        pydevd.send(type="event", event="stopped", body=[1])
        async for event, body in connection.events():
            assert (event, body) == ("stopped", {})
            break


async def test_the_end_of_the_connection_fails_the_requests() -> None:
    async with connected() as (connection, pydevd):
        waiting = connection.post("next", {})
        pydevd.writer.close()
        assert "has ended" in await refusal_of(waiting)
        assert [one async for one in connection.events()] == []
        assert "has ended" in await refusal_of(connection.request("threads", {}))


async def test_silence_is_answered_with_a_sentence() -> None:
    async with connected() as (connection, _):
        assert "did not answer within 0.01 seconds" in await refusal_of(
            connection.request("threads", {}, 0.01)
        )
        for _ in range(c.PENDING_LIMIT - 1):  # The late one is under way, too.
            connection.post("evaluate", {})
        assert "has not answered" in await refusal_of(connection.request("threads", {}))


async def test_a_flood_of_output_is_cut_and_a_stop_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c, "EVENT_LIMIT", 10)
    async with connected() as (connection, pydevd):
        for number in range(1000):
            pydevd.send(type="event", event="output", body={"output": str(number)})
        pydevd.send(type="event", event="stopped", body={"threadId": 1})
        await asyncio.gather(connection.request("threads", {}), pydevd.answer(success=True))
        pydevd.writer.close()
        events = [event async for event in connection.events()]
        assert [body for event, body in events if event == "stopped"] == [{"threadId": 1}]
        assert len(events) < 1000


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda _: asyncio.sleep(0), "does not start its debugger"),
        (lambda _: _refuse(), "No debugpy."),
    ],
)
async def test_a_kernel_that_does_not_connect(ask: Callable[[Path], Any], reason: str) -> None:
    with tempfile.TemporaryDirectory(prefix="cb") as directory:
        path = Path(directory) / "debugger"
        path.write_text("left by a host that was killed")
        assert reason in await refusal_of(c.connect(path, ask, 0.05))
        assert not path.exists()


async def _refuse() -> None:
    raise SessionError("No debugpy.")


class Reader:
    """A debug client that may not read."""

    info = ClientInfo("Editor")
    backlog = 0

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []

    def send_debug_event(self, event: str, body: dict[str, Any]) -> None:
        self.events.append((event, str(body.get("output", "")).strip()))


async def test_a_client_that_does_not_read_misses_output_only() -> None:
    async with asyncio.TaskGroup() as tasks:
        one, reader = debugger.Debugger(cast("Any", None), tasks, "/s.py"), Reader()
        one._client = reader
        reader.backlog = debugger.CLIENT_BACKLOG + 1
        for number in range(100):
            one._send("output", {"output": str(number)})
        one._send("stopped", {})
        reader.backlog = 0
        one._send("output", {"output": "later"})
        assert reader.events == [
            ("stopped", ""),
            ("output", debugger.MISSED.strip()),
            ("output", "later"),
        ]


@needs_second_user
@pytest.mark.parametrize(
    ("rights", "answer"),
    [(0o700, "PermissionError"), pytest.param(0o777, "b''", id="a directory that was opened")],
)
async def test_another_user_is_never_the_debugger(rights: int, answer: str) -> None:
    """Check the directory's rights, and the second wall behind them: the check of the peer."""
    answers: list[str] = []

    async def ask(path: Path) -> None:
        for opened in (path.parent, path):
            opened.chmod(rights)
        answers.append(await asyncio.to_thread(run_as_other, CONNECT, path))
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(b'Content-Length: 28\r\n\r\n{"type":"event","event":"a"}')
        writer.close()

    with tempfile.TemporaryDirectory(prefix="cb") as directory:
        connection = await c.connect(Path(directory) / "debugger", ask)
    await connection.read()
    assert answers == [f"{answer}\n"]
    assert [event async for event, _ in connection.events()] == ["a"], "the kernel is connected"


async def test_the_messages_before_the_end_are_not_lost() -> None:
    """A breakpoint's message is sent just before the code ends, and with it the debugging."""
    async with connected() as (connection, pydevd):
        leaving = asyncio.ensure_future(connection.disconnect(PATIENCE))
        asked = await pydevd.request()
        pydevd.send(type="event", event="output", body={"output": "number 4"})
        pydevd.send(type="response", request_seq=asked["seq"], command="disconnect", success=True)
        assert await leaving == [("output", {"output": "number 4"})]
        assert connection.closed
