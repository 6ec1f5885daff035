"""Arbitrary bytes from an editor, after which the server still answers the next request."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.base_protocol.frame_writer import Writer
from cellbridge.base_protocol.pipes import BODY_LIMIT, Pipes
from cellbridge.core.json_depth import LEVELS
from cellbridge.lsp.protocol import METHODS
from cellbridge.lsp.server import Server
from cellbridge.lsp.transport.initialize import FirstMessage
from support.patience import PATIENCE

INITIALIZE = {"processId": None, "rootUri": None, "capabilities": {}}
SILENT = {"exit", "shutdown", "initialize"}
METHOD = st.sampled_from(sorted({*lsp.METHOD_TO_TYPES, *(m.name for m in METHODS)} - SILENT))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
DOCUMENT = st.fixed_dictionaries(
    {"uri": st.sampled_from(["file:///a.py", "untitled:b", "", "\ud800"]) | JSON},
    optional={"text": JSON, "languageId": JSON, "version": JSON},
)
PARAMS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "textDocument": DOCUMENT,
        "position": st.fixed_dictionaries({"line": JSON, "character": JSON}),
        "contentChanges": st.lists(st.fixed_dictionaries({"text": JSON})),
        "command": st.sampled_from(["cellbridge.clearOutputs", "cellbridge.runCell"]) | JSON,
        "arguments": JSON,
        "settings": JSON,
    },
)
MESSAGE = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0")},
    optional={"method": METHOD | JSON, "id": JSON, "params": PARAMS, "result": JSON, "error": JSON},
)
BODY = st.binary(max_size=80) | (MESSAGE | st.lists(MESSAGE) | JSON).map(
    lambda value: json.dumps(value).encode()
)
JUNK = st.binary(max_size=80).filter(lambda junk: b"content-length" not in junk.lower())


class Session:
    """A real server that is served in this process, and its editor."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._reader = asyncio.StreamReader()
        self.arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def write(frame: bytes) -> None:
            message = json.loads(frame.partition(b"\r\n\r\n")[2])
            loop.call_soon_threadsafe(self.arrived.put_nowait, message)

        self.pipes = Pipes(self._reader, Writer(write))
        self.server = Server()

    def send(self, data: bytes) -> None:
        self._reader.feed_data(data)

    def say(self, body: bytes) -> None:
        self.send(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def answer(self, identity: object) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.arrived.get()
                if "method" not in message and message.get("id") == identity:
                    return message

    async def answers(self) -> None:
        """Ask something, and wait for the answer."""
        identity = f"alive {next(self._numbers)}"
        params = {"textDocument": {"uri": "file:///unknown.py"}}
        asked = {"jsonrpc": "2.0", "id": identity, "params": params}
        self.say(json.dumps(asked | {"method": "textDocument/codeLens"}).encode())
        assert (await self.answer(identity))["result"] == []


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def session(runner: asyncio.Runner) -> Iterator[Session]:
    running_handlers = served()
    yield runner.run(running_handlers.__aenter__())
    runner.run(running_handlers.__aexit__(None, None, None))


@asynccontextmanager
async def served() -> AsyncIterator[Session]:
    session = Session()
    static = StaticPython()
    async with asyncio.TaskGroup() as tasks:
        ended = tasks.create_task(session.server.serve(session.pipes, FirstMessage(None), static))
        # Even the first message may be anything.
        session.send(b"\r\n\r\n")
        session.say(b"[" * 200_000)
        asked = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": INITIALIZE}
        session.say(json.dumps(asked).encode())
        await session.answer(0)
        yield session
        session.say(b'{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}')
        session.say(b'{"jsonrpc": "2.0", "method": "exit"}')
        assert await ended == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(bodies=st.lists(BODY, min_size=1, max_size=10))
def test_any_body_is_survived(
    runner: asyncio.Runner, session: Session, bodies: list[bytes]
) -> None:
    async def check() -> None:
        for body in bodies:
            session.say(body)
        await session.answers()

    runner.run(check())


@given(junk=JUNK)
def test_any_junk_between_frames_is_passed_over(
    runner: asyncio.Runner, session: Session, junk: bytes
) -> None:
    async def check() -> None:
        session.send(junk)
        await session.answers()

    runner.run(check())


NESTED = b'{"jsonrpc": "2.0", "id": %s, "method": "cellbridge/cells", "params": %s}'
LISTS, OBJECTS = b"[" * 3_000 + b"]" * 3_000, b'{"a":' * 3_000 + b"1" + b"}" * 3_000


@pytest.mark.parametrize(
    ("body", "identity", "code", "said"),
    [
        (NESTED % (b"71", LISTS), 71, -32600, f"nested deeper than {LEVELS} levels"),
        (NESTED % (b'"o"', OBJECTS), "o", -32600, "nested deeper"),
        (NESTED % (LISTS, b"{}"), None, -32700, "nested deeper"),
        (b"[" * 200_000, None, -32700, "nested deeper"),
        (LISTS, None, -32700, "nested deeper"),
        (b"[]", None, -32600, "not a JSON-RPC object"),
        (b'[{"jsonrpc": "2.0"}]', None, -32600, "not a JSON-RPC object"),
        (b'{"jsonrpc": "2.0", "id": ' + b"9" * 5_000, None, -32700, "not JSON"),
        (NESTED % (b"72", b'{"uri": NaN}'), 72, -32803, "is not open"),
        (NESTED % (b"73", b'{"uri": -Infinity, "uri": 5}'), 73, -32803, "is not open"),
        (NESTED % (b"74", b'{"uri": "\\ud800\xff"}'), 74, -32803, "is not open"),
        (b"", None, -32700, "not JSON"),
    ],
)
def test_what_is_wrong_is_answered(
    runner: asyncio.Runner,
    session: Session,
    body: bytes,
    identity: object,
    code: int,
    said: str,
) -> None:
    async def check() -> None:
        session.say(body)
        error = (await session.answer(identity))["error"]
        assert error["code"] == code
        assert said in error["message"]
        await session.answers()

    runner.run(check())


@pytest.mark.parametrize("rest", [b'"result": %s' % LISTS, b'"error": 5'])
def test_an_answer_that_cannot_be_read_ends_the_wait_for_it(
    runner: asyncio.Runner, session: Session, rest: bytes
) -> None:
    async def check() -> None:
        waiting = asyncio.ensure_future(session.server.connection.send_request_async("x/y", {}))
        async with asyncio.timeout(PATIENCE):
            while (asked := await session.arrived.get()).get("method") != "x/y":
                continue
            session.say(b'{"jsonrpc": "2.0", "id": "%s", %s}' % (asked["id"].encode(), rest))
            with pytest.raises(JsonRpcException, match=r"cannot be read|nested"):
                await waiting

    runner.run(check())


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: many\r\n\r\n{}",
        b"Content-Length: %d\r\n\r\n{}" % (BODY_LIMIT + 1),
        b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        b"Content-Type: x\r\n\r\n{}\r\n\r\n",
        b"X: y\r\n" * 20_000,
    ],
)
def test_a_header_that_is_none_is_answered(
    runner: asyncio.Runner, session: Session, header: bytes
) -> None:
    async def check() -> None:
        session.send(header)
        error = (await session.answer(None))["error"]
        assert error["code"] == -32700
        assert error["message"].startswith("The server received ")
        await session.answers()

    runner.run(check())
