"""The documents that tabs show, with the present text of their scripts.

Owns how a script is opened, and whose text it shows. The text and the ids of the cells are those of
the session (`Notebook.follow_text`): an editor that has the script open decides, and otherwise the
file. It must not know tabs.

Invariant: a run uses the present text of the editor, because it is requested before each run.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.text import Change
from cellbridge.lsp.context import Context
from cellbridge.lsp.features import text_synchronization
from cellbridge.lsp.push.notifier import Notifier
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.script_file import ScriptFileError, read_script

SIZE_LIMIT = 64 * 2**20
"""Bytes of a script that is shown."""
CHECK_SECONDS = 1.0
"""Seconds between two checks of a file while a tab shows it."""
WRITE_SECONDS = 0.1
"""Seconds without a change after which a file counts as complete."""

log = logging.getLogger(__name__)

Stamp = tuple[int, int]
"""Differs for each content of a file: its time of change and its size."""
News = Literal["sources", "cells"]
"""A change of the text: of the sources of cells, or also of the sequence of cells."""


@dataclass(eq=False)
class Document:
    """An open script."""

    notebook: Notebook
    content: str
    """The text of its file."""
    stamp: Stamp | None
    sources: dict[str, str] = field(default_factory=dict[str, str])
    """The source of each cell as it was announced last, in the order of the cells."""
    has_session: bool = False
    """True if the text and the ids have been those of a session."""
    following: asyncio.Task[None] | None = None

    @property
    def path(self) -> Path:
        """The script."""
        assert self.notebook.path is not None  # noqa: S101 (opened by its path)
        return self.notebook.path


class Documents:
    """The open scripts."""

    def __init__(
        self,
        context: Context,
        notifier: Notifier,
        changed: Callable[[Document, News, dict[str, str]], None],
    ) -> None:
        """``changed`` is called with each change of a text and the changed sources."""
        self._context = context
        self._notifier = notifier
        self._changed = changed
        self._open: dict[str, Document] = {}
        self._opening = asyncio.Lock()

    def get(self, uri: str) -> Document | None:
        """Return an open document, or None."""
        return self._open.get(uri)

    async def open(self, path: str) -> Document:
        """Return the document of a script, opened if it is not; no cell runs.

        Raises:
            SessionError: it cannot be shown.
        """
        place = _absolute(path)
        uri = place.as_uri()
        async with self._opening:
            if (known := self._open.get(uri)) is not None:
                return known
            content, stamp = await asyncio.to_thread(_read, place)
            notebook = self._context.workspace.open(uri, None, 1, content)
            notebook.of_agent = True
            await notebook.ready()
            document = self._open[uri] = Document(notebook, content, stamp)
            document.sources = _sources(notebook)
        try:
            await self._take_session_text(document)
        except SessionError as error:  # The stored outputs are shown meanwhile.
            log.info("The session of %s has not sent its text: %s", place.name, error)
        return document

    def close(self, uri: str) -> None:
        """Close a document that no tab shows any more; its session keeps running."""
        if (document := self._open.pop(uri, None)) is not None:
            self.unfollow(document)
            identity = lsp.TextDocumentIdentifier(uri)
            closed = lsp.DidCloseTextDocumentParams(identity)
            text_synchronization.did_close(self._context, self._notifier, closed)

    def follow(self, document: Document) -> None:
        """Follow the text from now on, because a visible tab shows the document."""
        if document.following is None or document.following.done():
            start, uri = self._context.background.start, document.notebook.uri
            document.following = start(self._follow(document), lambda error: _log(uri, error))

    def unfollow(self, document: Document) -> None:
        """Follow the text no longer, because no visible tab shows the document."""
        if document.following is not None:
            document.following.cancel()
            document.following = None

    async def take_present_text(self, uri: str) -> None:
        """Take the text as it is now, before a run.

        Raises:
            SessionError: the file cannot be read, or the session does not answer.
        """
        if (document := self._open.get(uri)) is not None:
            document.content, document.stamp = await asyncio.to_thread(_read, document.path)
            await self._take_text(document)

    async def _follow(self, document: Document) -> None:
        while True:
            try:
                await self._take_file(document)
                await self._take_session_text(document)
            except SessionError as error:
                log.info("The text of %s is not followed: %s", document.path.name, error)
            await asyncio.sleep(CHECK_SECONDS)  # Wait: no event reports a change of a file.

    async def _take_file(self, document: Document) -> None:
        """Take the text of the file again if it has changed."""
        stamp = await asyncio.to_thread(_stamp, document.path)
        if stamp is None or stamp == document.stamp:
            return
        await asyncio.sleep(WRITE_SECONDS)  # Wait: no event reports that a file is complete.
        if stamp != await asyncio.to_thread(_stamp, document.path):
            return  # It is still being written.
        document.content, document.stamp = await asyncio.to_thread(_read, document.path)
        await self._take_text(document)

    async def _take_session_text(self, document: Document) -> None:
        """Take the text and the ids of a session that has been joined."""
        if not document.notebook.has_session:
            document.has_session = False
        elif not document.has_session:
            await self._take_text(document)

    async def _take_text(self, document: Document) -> None:
        """Take the text and the ids of the session; without one, the text of the file."""
        notebook = document.notebook
        if notebook.has_session:
            document.has_session = False
            await notebook.follow_text(document.content)
            document.has_session = True
        else:
            notebook.edit(notebook.version + 1, [Change(None, document.content)])
        self._announce(document)

    def _announce(self, document: Document) -> None:
        """Announce the cells whose source has changed."""
        before, now = document.sources, _sources(document.notebook)
        if now == before:
            return
        document.sources = now
        self._notifier.document_changed(document.notebook)
        same = [*before] == [*now]
        changed = {cell: text for cell, text in now.items() if before.get(cell) != text}
        self._changed(document, "sources" if same else "cells", changed)


def _absolute(path: str) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 (links stay: it is the user's name)


def _sources(notebook: Notebook) -> dict[str, str]:
    return {
        id_: cell.body if cell.kind is CellKind.CODE else cell.source
        for id_, cell in zip(notebook.ids, notebook.cells, strict=True)
    }


def _log(uri: str, error: Exception) -> None:
    log.error("A fault while the text of %s was followed", uri, exc_info=error)


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:  # While an editor replaces it, or once it is gone: the last text stays.
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: Path) -> tuple[str, Stamp | None]:
    """Return the text of a script, and the stamp of the file that was read at the earliest.

    Raises:
        SessionError: the file does not exist or is not a script.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        raise SessionError(f"{path} does not exist or cannot be read; check the path.") from None
    if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_LIMIT:
        raise SessionError(f"{path} is not a script; choose a script with # %% cells.")
    try:
        return read_script(path).text.content, (status.st_mtime_ns, status.st_size)
    except ScriptFileError as error:
        raise SessionError(str(error)) from None
