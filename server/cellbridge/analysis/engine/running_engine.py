"""An engine's process between its answer to ``initialize`` and its end.

Owns its capabilities, the documents that are open in it, and its diagnostics. It must not know
deadlines, nor what follows a failure (engine.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from cellbridge.analysis.engine.command import EngineCommand
from cellbridge.analysis.engine.connection import Connection
from cellbridge.analysis.engine.documents import EngineDocument, plain_lines
from cellbridge.analysis.engine.problems import Publication, Report
from cellbridge.analysis.python_view import mask_magics
from cellbridge.core.document.text import PositionEncoding

_INLINE_LIMIT = 50_000
"""Characters of a text beyond which its magics are masked in a thread."""
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which JSON cannot contain."""
_CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-32", "utf-16"]},
    "textDocument": {
        "synchronization": {"didSave": False},
        "completion": {"completionItem": {"snippetSupport": False}},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "signatureHelp": {
            "signatureInformation": {
                "documentationFormat": ["plaintext", "markdown"],
                "parameterInformation": {"labelOffsetSupport": True},
                "activeParameterSupport": True,
            }
        },
        "definition": {"linkSupport": False},
        "typeDefinition": {"linkSupport": False},
        "diagnostic": {},
        "publishDiagnostics": {"versionSupport": True},
    },
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "diagnostics": {"refreshSupport": True},
    },
}


class _Server(msgspec.Struct):
    """The part of the engine's capabilities that is used."""

    encoding: str | None = msgspec.field(name="positionEncoding", default=None)
    sync: msgspec.Raw = msgspec.field(name="textDocumentSync", default=msgspec.Raw(b"null"))
    pull: msgspec.Raw = msgspec.field(name="diagnosticProvider", default=msgspec.Raw(b"null"))


class _Initialized(msgspec.Struct):
    capabilities: _Server = msgspec.field(default_factory=_Server)


class _Sync(msgspec.Struct):
    change: int | None = None


class RunningEngine:
    """One process, from its answer to ``initialize`` to its end."""

    def __init__(self, connection: Connection, answer: bytes) -> None:
        self.connection = connection
        found = msgspec.json.decode(answer, type=_Initialized).capabilities
        utf32 = found.encoding == PositionEncoding.UTF32
        self.encoding = PositionEncoding.UTF32 if utf32 else PositionEncoding.UTF16
        change: int | _Sync | None = msgspec.json.decode(found.sync, type=int | _Sync | None)
        self.incremental = (change.change if isinstance(change, _Sync) else change) == 2
        self.pulls = bytes(found.pull) not in {b"null", b"false"}
        self.documents: dict[str, EngineDocument] = {}
        """By path, the documents that are open."""
        self.published: dict[str, Publication] = {}
        """By URI, the diagnostics that the engine published last. Bound: the open documents."""
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        """Held for each text, so that the engine receives them in their order."""

    def take_diagnostics(self, params: bytes) -> None:
        """Take the diagnostics that the engine publishes about an open document."""
        with contextlib.suppress(msgspec.MsgspecError):
            published = msgspec.json.decode(params, type=Publication)
            if any(one.uri == published.uri for one in self.documents.values()):
                self.published[published.uri] = published
        self._news.set()

    def close(self, path: str) -> None:
        """Forget a document."""
        document = self.documents.pop(path, None)
        if document is not None:
            self.published.pop(document.uri, None)
            closed = {"textDocument": {"uri": document.uri}}
            self.connection.notify("textDocument/didClose", closed)

    async def bring_up_to_date(self, path: str, content: str) -> EngineDocument:
        """Send the text of a document, if the engine has another one or none."""
        async with self._turn:
            if len(content) > _INLINE_LIMIT:
                masked = await asyncio.to_thread(mask_magics, content)
            else:
                masked = mask_magics(content)
            masked = _SURROGATE.sub("?", masked)
            document = self.documents.get(path)
            if document is None:
                document = EngineDocument(Path(path).as_uri(), self.encoding, masked)
                self.documents[path] = document
                self.connection.notify(
                    "textDocument/didOpen",
                    {
                        "textDocument": {
                            "uri": document.uri,
                            "languageId": "python",
                            "version": document.version,
                            "text": document.content,
                        }
                    },
                )
            elif change := document.change(plain_lines(masked), incremental=self.incremental):
                self.connection.notify("textDocument/didChange", change)
                self._news.set()
            return document

    async def diagnostics(self, document: EngineDocument) -> Report | None:
        """Return the diagnostics of a text; None if a newer text or request replaced it."""
        if self.pulls:
            asked = {"textDocument": {"uri": document.uri}}
            answer = await self.connection.request("textDocument/diagnostic", asked)
            return None if answer is None else msgspec.json.decode(answer, type=Report)
        while True:
            present = next(
                (one for one in self.documents.values() if one.uri == document.uri), None
            )
            if present is None or present.version != document.version:
                return None
            found = self.published.get(document.uri)
            if found is not None and found.version in {None, document.version}:
                return Report(found.diagnostics)
            self._news.clear()
            await self._news.wait()


def initialize_params(command: EngineCommand) -> dict[str, Any]:
    """Return the parameters of ``initialize``."""
    root = Path(command.directory).as_uri()
    return {
        "processId": os.getpid(),
        "locale": "en",
        "rootUri": root,
        "workspaceFolders": [{"uri": root, "name": Path(command.directory).name}],
        "capabilities": _CAPABILITIES,
    }


def engine_settings(command: EngineCommand) -> dict[str, Any]:
    """Return the settings that engines request; the names are those of VS Code's extensions."""
    return {
        "python": {
            "pythonPath": command.python,
            "defaultInterpreterPath": command.python,
        }
    }
