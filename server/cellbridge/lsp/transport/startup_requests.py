"""Requests that are answered during the server's start: the first completions, from the text.

Owns the messages that arrive while lsprotocol and its users are imported, which takes longer than
the analyser needs to start and to answer. It follows the documents that the editor opens and
changes, and answers completions like for a document without a kernel. The lists are incomplete, so
that the editor requests them again at the next key. If the settings leave the text to another
server, nothing is answered; if the editor supports it, the settings are requested first. This
module must not import lsprotocol.

Afterwards the server handles all other messages in their order. The server also handles messages
that are not as expected here, and reports the errors in them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from cellbridge.analysis.completion import complete
from cellbridge.analysis.sources import CursorQuery
from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.base_protocol.message_bodies import encode
from cellbridge.base_protocol.pipes import EndOfConnection, FrameError, Pipes, read_frame
from cellbridge.core.config import SECTION, Config
from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON, language_of
from cellbridge.core.document.text import Change, Position, Range, Text, from_units
from cellbridge.core.json_depth import loads
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.lsp.completion_list import ListFormat
from cellbridge.lsp.features.code_query import question_in
from cellbridge.lsp.transport.initialize import FirstMessage

LIMIT = 1_000
"""The number of messages that are read ahead; further messages wait in the pipe."""

_SETTINGS_REQUEST = "cellbridge-early-settings"
"""The id of the request for the settings; it differs from all ids of the server's requests."""

Json = Mapping[str, Any]


@dataclass(slots=True)
class _Message:
    body: bytes
    answered: bool = False


class StartupRequests:
    """Follows documents and answers completions until the server is imported."""

    def __init__(
        self,
        pipes: Pipes,
        form: ListFormat,
        static: StaticPython,
        tasks: asyncio.TaskGroup,
        *,
        pulls_settings: bool = False,
    ) -> None:
        """``tasks`` runs the reading of a message that continues after `until` has returned.

        ``pulls_settings`` is True if the settings can be requested from the editor.
        """
        self._pipes = pipes
        self._pulls = pulls_settings
        self._wanted = True
        self._settled = asyncio.Event()
        if not pulls_settings:
            self._settled.set()
        self._reads = tasks
        self._form = form
        self._static = static
        self._texts: dict[str, Text] = {}
        self._kept: list[_Message] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def until(self, ready: asyncio.Future[Any]) -> None:
        """Read ahead until ``ready`` is done; unanswered messages are then ``ahead`` in the pipes.

        Exceptions of ``ready`` are left to the caller that awaits it.
        """
        reading: asyncio.Future[bytes | None] | None = None
        async with asyncio.TaskGroup() as tasks:
            while not ready.done() and len(self._kept) < LIMIT:
                reading = reading or self._read()
                await asyncio.wait({reading, ready}, return_when="FIRST_COMPLETED")
                if not reading.done():
                    break
                if reading.exception() is not None or (body := reading.result()) is None:
                    break
                reading = None
                self._take(body, tasks)
            await asyncio.wait({ready})
            for task in self._tasks:
                task.cancel()
        for kept in self._kept:
            if not kept.answered:
                known: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
                known.set_result(kept.body)
                self._pipes.ahead.append(known)
        if reading is not None:
            self._pipes.ahead.append(reading)

    def _read(self) -> asyncio.Future[bytes | None]:
        """Start to read a message; errors are raised where the result is awaited."""
        found: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()

        async def read() -> None:
            try:
                body = await read_frame(self._pipes.reader)
            except (FrameError, EndOfConnection) as error:
                found.set_exception(error)
            else:
                found.set_result(body)

        self._reads.create_task(read())
        return found

    def _take(self, body: bytes, tasks: asyncio.TaskGroup) -> None:
        kept = _Message(body)
        self._kept.append(kept)
        try:
            message = loads(body)
            if message.get("id") == _SETTINGS_REQUEST:
                kept.answered = True
                self._configure((message.get("result") or [None])[0])
                return
            method, params = message["method"], message.get("params")
            if method == "initialized" and self._pulls:
                self._ask()
            elif method == "workspace/didChangeConfiguration" and not self._pulls:
                self._configure(params["settings"])
            elif method == "textDocument/didOpen":
                self._open(params["textDocument"])
            elif method == "textDocument/didChange":
                self._change(params)
            elif method == "textDocument/didClose":
                self._texts.pop(params["textDocument"]["uri"], None)
            elif method == "textDocument/completion" and (asked := self._question(params)):
                # For the current text, before the next change.
                work = self._answer(kept, message["id"], asked)
                self._tasks.append(tasks.create_task(work))
        except (ValueError, LookupError, TypeError, AttributeError):
            return  # The server will report the error.

    def _ask(self) -> None:
        params = {"items": [{"section": SECTION}]}
        asked = {"jsonrpc": "2.0", "id": _SETTINGS_REQUEST, "method": "workspace/configuration"}
        self._pipes.writer.send(encode(asked | {"params": params}))

    def _configure(self, settings: object) -> None:
        """Read the settings; an editor that does not have them returns null."""
        if settings is not None:
            self._wanted = completions_enabled(settings)
        self._settled.set()

    def _open(self, document: Json) -> None:
        uri, content = document["uri"], document["text"]
        if language_of(uri, document.get("languageId")) == PYTHON and isinstance(content, str):
            self._texts[uri] = Text.of(content)

    def _change(self, params: Json) -> None:
        uri = params["textDocument"]["uri"]
        text = self._texts.pop(uri, None)
        if text is None:
            return
        for change in params["contentChanges"]:
            area = change.get("range")
            if area is not None:
                area = Range(self._at(text, area["start"]), self._at(text, area["end"]))
            text = text.apply(Change(area, change["text"]))
        # Only after all changes: an invalid change leaves the document to the server.
        self._texts[uri] = text

    def _at(self, text: Text, place: Json) -> Position:
        line = int(place["line"])
        column = from_units(text.line(line), int(place["character"]), self._form.encoding)
        return text.clamp(Position(line, column))

    def _question(self, params: Json) -> CursorQuery | None:
        uri = params["textDocument"]["uri"]
        text = self._texts[uri]
        cells = parse(text, PYTHON)
        names = ScriptNames.of(cells)
        at = self._at(text, params["position"])
        return question_in(text, cells, lambda: names, _path(uri), at)

    async def _answer(self, kept: _Message, identity: object, question: CursorQuery) -> None:
        await self._settled.wait()
        found = await complete(question, None, self._static) if self._wanted else None
        if found and found.items:
            result = self._form.render(question, found._replace(incomplete=True), 0)
            answer = {"jsonrpc": "2.0", "id": identity, "result": result}
            self._pipes.writer.send(encode(answer))
            kept.answered = True


def _path(uri: str) -> str | None:
    parts = urlsplit(uri)
    return unquote(parts.path) if parts.scheme == "file" else None


def completions_enabled(settings: object) -> bool:
    """Return True if these settings enable completions from the text."""
    config, _ = Config.from_json(settings)
    return config.completion.static and config.static.completion


def pulls_settings(first: FirstMessage) -> bool:
    """Return True if the settings can be requested from the editor."""
    return _capability(first, "workspace", "configuration") is True


def list_format(first: FirstMessage) -> ListFormat:
    """Return the editor's format of completion lists."""
    path = ("textDocument", "completion", "completionList", "itemDefaults")
    found = _capability(first, *path)
    given = cast("list[object]", found) if isinstance(found, list) else []
    return ListFormat(first.encoding, frozenset(map(str, given)))


def _capability(first: FirstMessage, *keys: str) -> object:
    found: object = first.params
    for key in ("capabilities", *keys):
        found = cast("Json", found).get(key) if isinstance(found, dict) else None
    return found
