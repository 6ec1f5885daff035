"""Answers before the server is imported, without any lost messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest_asyncio

from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.base_protocol.frame_writer import Writer
from cellbridge.base_protocol.pipes import Pipes
from cellbridge.core.document.text import PositionEncoding
from cellbridge.lsp.completion_list import ListFormat
from cellbridge.lsp.transport.initialize import FirstMessage
from cellbridge.lsp.transport.startup_requests import StartupRequests, list_format

URI = "file:///script.py"
SCRIPT = "# %%\nclass Account:\n    def pay(self): pass\nacc = Account()\n# %% [markdown]\n# acc\n"


class Meeting:
    """An editor that speaks while the server is being imported."""

    def __init__(
        self, static: StaticPython, tasks: asyncio.TaskGroup, *, pulls: bool = False
    ) -> None:
        self.reader = asyncio.StreamReader()
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def write(frame: bytes) -> None:
            message = json.loads(frame.partition(b"\r\n\r\n")[2])
            loop.call_soon_threadsafe(self.sent.put_nowait, message)

        self.pipes = Pipes(self.reader, Writer(write))
        self.imported: asyncio.Future[None] = loop.create_future()
        form = ListFormat(PositionEncoding.UTF16, frozenset({"editRange", "data"}))
        early = StartupRequests(self.pipes, form, static, tasks, pulls_settings=pulls)
        self.early = tasks.create_task(early.until(self.imported))

    def say(self, method: str, params: Any, ident: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        body = json.dumps(message if ident is None else message | {"id": ident}).encode()
        self.reader.feed_data(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def reply(self, ident: Any, result: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", "id": ident, "result": result}).encode()
        self.reader.feed_data(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def open(self, text: str = SCRIPT, language: str = "python") -> None:
        document = {"uri": URI, "languageId": language, "version": 1, "text": text}
        self.say("textDocument/didOpen", {"textDocument": document})

    def ask(self, ident: int, line: int, character: int) -> None:
        at = {"line": line, "character": character}
        self.say("textDocument/completion", {"textDocument": {"uri": URI}, "position": at}, ident)

    async def left(self) -> list[str | int]:
        """Finish the import; return the methods or ids of the messages left to the server."""
        self.say("last", {})
        await self.pipes.writer.quiet()
        self.imported.set_result(None)
        await self.early
        found: list[str | int] = []
        while self.pipes.ahead and self.pipes.ahead[0].done():
            body = await self.pipes.next()
            assert body is not None
            message = json.loads(body)
            found.append(message.get("id") or message["method"])
        self.reader.feed_eof()
        while (body := await self.pipes.next()) is not None:
            message = json.loads(body)
            found.append(message.get("id") or message["method"])
        assert found.pop() == "last"
        return found


@asynccontextmanager
async def analyser() -> AsyncIterator[StaticPython]:
    """Start an analyser that has answered once; before, a busy machine may take too long."""
    async with StaticPython() as static:
        while not (await static.complete("acc", 0, 3, None)).answered:
            continue
        yield static


@pytest_asyncio.fixture
async def meeting() -> AsyncIterator[Meeting]:
    async with analyser() as static, asyncio.TaskGroup() as tasks:
        meeting = Meeting(static, tasks)
        yield meeting
        await meeting.pipes.writer.close(1)


@pytest_asyncio.fixture
async def asked() -> AsyncIterator[Meeting]:
    """An editor that answers requests for its settings."""
    async with analyser() as static, asyncio.TaskGroup() as tasks:
        meeting = Meeting(static, tasks, pulls=True)
        yield meeting
        await meeting.pipes.writer.close(1)


OFF = {"static": {"completion": False}}


async def test_the_settings_are_asked_for_before_anything_is_answered(asked: Meeting) -> None:
    asked.open(SCRIPT.replace("acc = ", "acc = Account()\nacc.\n# "))
    asked.ask(7, 4, 4)
    asked.say("initialized", {})
    question = await asked.sent.get()
    assert question["method"] == "workspace/configuration"
    assert question["params"] == {"items": [{"section": "cellbridge"}]}
    asked.reply(question["id"], [None])
    assert (await asked.sent.get())["id"] == 7
    assert await asked.left() == ["textDocument/didOpen", "initialized"]


async def test_what_the_settings_leave_to_another_server_is_not_answered(asked: Meeting) -> None:
    asked.say("initialized", {})
    asked.reply((await asked.sent.get())["id"], [OFF])
    asked.open(SCRIPT.replace("acc = ", "acc = Account()\nacc.\n# "))
    asked.ask(7, 4, 4)
    assert await asked.left() == ["initialized", "textDocument/didOpen", 7]
    assert asked.sent.empty()


async def test_settings_that_an_editor_sends_by_itself_hold_at_once(meeting: Meeting) -> None:
    meeting.say("workspace/didChangeConfiguration", {"settings": {"cellbridge": OFF}})
    meeting.open(SCRIPT.replace("acc = ", "acc = Account()\nacc.\n# "))
    meeting.ask(7, 4, 4)
    left = ["workspace/didChangeConfiguration", "textDocument/didOpen", 7]
    assert await meeting.left() == left
    assert meeting.sent.empty()


async def test_a_completion_after_an_edit_is_answered_and_the_rest_is_left(
    meeting: Meeting,
) -> None:
    meeting.say("initialized", {})
    meeting.open()
    at = {"line": 4, "character": 0}
    change = {"range": {"start": at, "end": at}, "text": "acc.\n"}
    document = {"uri": URI, "version": 2}
    meeting.say("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
    meeting.ask(7, 4, 4)
    answer = await meeting.sent.get()
    assert answer["id"] == 7
    assert answer["result"]["isIncomplete"]
    assert "pay" in [item["label"] for item in answer["result"]["items"]]
    start = {"line": 4, "character": 4}
    area = {"start": start, "end": start}
    assert answer["result"]["itemDefaults"] == {"editRange": area, "data": 0}
    assert await meeting.left() == ["initialized", "textDocument/didOpen", "textDocument/didChange"]


async def test_what_cannot_be_answered_is_left_to_the_server(meeting: Meeting) -> None:
    meeting.open()
    meeting.ask(1, 5, 3)  # In a markdown cell.
    meeting.say("textDocument/completion", {"textDocument": 3}, 2)
    meeting.say("textDocument/hover", None, 3)
    meeting.say("textDocument/didChange", {"textDocument": {"uri": URI}, "contentChanges": 1})
    meeting.ask(4, 3, 0)  # The text is not available any more.
    meeting.say("$/cancelRequest", {"id": 4})
    opened = await meeting.left()
    assert opened == [
        "textDocument/didOpen",
        1,
        2,
        3,
        "textDocument/didChange",
        4,
        "$/cancelRequest",
    ]


async def test_other_languages_are_not_for_it(meeting: Meeting) -> None:
    meeting.open("x = 1\nx\n", "julia")
    document = {"uri": "file:///script.jl", "languageId": "julia", "version": 1, "text": "x"}
    meeting.say("textDocument/didOpen", {"textDocument": document})
    assert len(await meeting.left()) == 2


def test_how_an_editor_takes_lists() -> None:
    can = {"completionList": {"itemDefaults": ["editRange"]}}
    params = {"capabilities": {"textDocument": {"completion": can}}}
    assert list_format(FirstMessage(b"", 1, params)).defaults == {"editRange"}
    for other in ({}, {"capabilities": None}, {"capabilities": {"textDocument": {}}}):
        assert not list_format(FirstMessage(b"", 1, other)).defaults
