"""What is answered between the greeting and the server: the first completions, from the text.

Owns the messages that come while lsprotocol and all that needs it is being imported, which takes
longer than the analyser needs to start and to answer. Documents are followed as the editor opens
and changes them, and completions are answered as those of a document without a kernel; the lists
are incomplete, so that the editor asks again at the next key. Where the settings leave the text to
another server nothing is answered; an editor that can be asked for them is asked first. It must not
import lsprotocol.

Everything but the requests answered here is then handled by the server, in the order in which it
came. Whatever here is not as expected is left to the server too, which says what is wrong with it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from cellbridge.analysis.completion import complete
from cellbridge.analysis.sources import CursorQuery
from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.core.config import SECTION, Config
from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON, language_of
from cellbridge.core.document.text import Change, Position, Range, Text, from_units
from cellbridge.core.json_depth import loads
from cellbridge.lsp.completion_list import ListForm
from cellbridge.lsp.features.code_query import question_in
from cellbridge.lsp.transport.initialize import Greeting
from cellbridge.lsp.transport.pipes import EndOfConnection, FrameError, Pipes, read_frame

LIMIT = 1_000
"""Messages that are read ahead; more of them wait in the pipe."""

_ASKED = "cellbridge-early-settings"
"""The id of the request for the settings: a word, as the server's own are others."""

Json = Mapping[str, Any]


@dataclass(slots=True)
class _Kept:
    body: bytes
    answered: bool = False


class Early:
    """Follows documents and answers for them until the server is there."""

    def __init__(
        self,
        pipes: Pipes,
        form: ListForm,
        static: StaticPython,
        tasks: asyncio.TaskGroup,
        *,
        pulls: bool = False,
    ) -> None:
        """``tasks`` holds the reading of a message that goes on after `until` has returned.

        ``pulls`` says that the editor can be asked for the settings.
        """
        self._pipes = pipes
        self._pulls = pulls
        self._wanted = True
        self._settled = asyncio.Event()
        if not pulls:
            self._settled.set()
        self._reads = tasks
        self._form = form
        self._static = static
        self._texts: dict[str, Text] = {}
        self._kept: list[_Kept] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def until(self, ready: asyncio.Future[Any]) -> None:
        """Read ahead until ``ready`` is done; what was not answered is then ``ahead`` in the pipes.

        Whatever ``ready`` raises is left to whoever awaits it.
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
        """Begin to read a message; what goes wrong is told to whoever awaits it."""
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
        kept = _Kept(body)
        self._kept.append(kept)
        try:
            message = loads(body)
            if message.get("id") == _ASKED:
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
                # About the text as it is now, before the next change.
                work = self._answer(kept, message["id"], asked)
                self._tasks.append(tasks.create_task(work))
        except (ValueError, LookupError, TypeError, AttributeError):
            return  # The server will say what is wrong with it.

    def _ask(self) -> None:
        params = {"items": [{"section": SECTION}]}
        asked = {"jsonrpc": "2.0", "id": _ASKED, "method": "workspace/configuration"}
        self._pipes.writer.send(json.dumps(asked | {"params": params}).encode())

    def _configure(self, settings: object) -> None:
        """Look at the settings; an editor that knows nothing of them says null."""
        if settings is not None:
            self._wanted = wanted(settings)
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
        # Only now: a change that could not be read leaves the document to the server.
        self._texts[uri] = text

    def _at(self, text: Text, place: Json) -> Position:
        line = int(place["line"])
        column = from_units(text.line(line), int(place["character"]), self._form.encoding)
        return text.clamp(Position(line, column))

    def _question(self, params: Json) -> CursorQuery | None:
        uri = params["textDocument"]["uri"]
        text = self._texts[uri]
        return question_in(
            text, parse(text, PYTHON), _path(uri), self._at(text, params["position"])
        )

    async def _answer(self, kept: _Kept, identity: object, question: CursorQuery) -> None:
        await self._settled.wait()
        found = await complete(question, None, self._static) if self._wanted else None
        if found and found.items:
            result = self._form.listed(question, found._replace(incomplete=True), 0)
            answer = {"jsonrpc": "2.0", "id": identity, "result": result}
            self._pipes.writer.send(json.dumps(answer).encode())
            kept.answered = True


def _path(uri: str) -> str | None:
    parts = urlsplit(uri)
    return unquote(parts.path) if parts.scheme == "file" else None


def wanted(settings: object) -> bool:
    """Whether these settings want completions from the text."""
    config, _ = Config.from_json(settings)
    return config.completion.static and config.static.completion


def pulls(greeting: Greeting) -> bool:
    """Whether the editor can be asked for its settings."""
    return _capability(greeting, "workspace", "configuration") is True


def form_of(greeting: Greeting) -> ListForm:
    """Return how the editor takes lists."""
    path = ("textDocument", "completion", "completionList", "itemDefaults")
    found = _capability(greeting, *path)
    return ListForm(greeting.encoding, isinstance(found, list) and "editRange" in found)


def _capability(greeting: Greeting, *keys: str) -> object:
    found: object = greeting.params
    for key in ("capabilities", *keys):
        found = cast("Json", found).get(key) if isinstance(found, dict) else None
    return found
