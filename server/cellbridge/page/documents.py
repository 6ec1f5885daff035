"""The documents that tabs show, with the present text of their scripts.

Owns how a script is opened, and whose text it shows: that of the editor that has it open, or else
that of the file. The session decides, and gives the cells their ids
(`cellbridge.workspace.text_sharing`). It must not know tabs.

Invariant: a run uses the present text of the editor, because it is requested before each run.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import stat
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.output.escapes import label
from cellbridge.lsp.context import Context
from cellbridge.lsp.features import text_synchronization
from cellbridge.lsp.push.notifier import Notifier
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.script_file import ScriptFileError, read_script
from cellbridge.workspace.workspace import path_of

SIZE_LIMIT = 64 * 2**20
"""Bytes of a script that is shown."""
CHECK_SECONDS = 1.0
"""Seconds between two checks of a file while a tab shows it."""
WRITE_SECONDS = 0.1
"""Seconds without a change after which a file counts as complete."""
TEXT_SECONDS = 2.5
"""Seconds that a session, which waits for editors, gets to send its text to a new document."""

log = logging.getLogger(__name__)

Stamp = tuple[int, int]
"""Differs for each content of a file: its time of change and its size."""
News = Literal["sources", "cells"]
"""A change of the text: of the sources of cells, or also of the sequence of cells."""


class DocumentListener(Protocol):
    """A listener of open documents; called on the loop."""

    def text_changed(self, document: Document, news: News, changed: dict[str, str]) -> None:
        """React to a change of the text; ``changed`` are the changed sources by cell."""
        ...

    def cursor_moved(self, document: Document, cell_id: str) -> None:
        """React to the cursor of an editor, which is in this cell."""
        ...


class Document:
    """An open script; a follower of its text."""

    def __init__(
        self, notebook: Notebook, path: Path, content: str, stamp: Stamp | None, owner: Documents
    ) -> None:
        self.notebook = notebook
        self.path = path
        self.content = content
        """The text of its file."""
        self.stamp = stamp
        self.sources = _sources(notebook)
        """The source of each cell as it was announced last, in the order of the cells."""
        self.following: asyncio.Task[None] | None = None
        self.received = asyncio.Event()
        """Set once the session has sent its text."""
        self.replaced: dict[str, str] = {}
        """By an id that a cell had before the session gave it another one, that one."""
        self._owner = owner

    def text_changed(self) -> None:
        """See `cellbridge.workspace.text_sharing.TextFollower`."""
        self.received.set()
        self._owner.announce(self)

    def cursor_moved(self, cell_id: str) -> None:
        """See `cellbridge.workspace.text_sharing.TextFollower`."""
        self._owner.listener.cursor_moved(self, cell_id)


class Documents:
    """The open scripts."""

    def __init__(self, context: Context, notifier: Notifier, listener: DocumentListener) -> None:
        self.listener = listener
        self._context = context
        self._notifier = notifier
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
            notebook.follows = True
            await notebook.ready()
            document = Document(notebook, place, content, stamp, self)
            self._open[uri] = document
        self.follow(document)
        if notebook.has_session:
            # The text and the ids would be replaced at once otherwise.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(document.received.wait(), TEXT_SECONDS)
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
            document.following = self._start(document, self._follow(document))

    def unfollow(self, document: Document) -> None:
        """Follow the text no longer, because no visible tab shows the document."""
        if document.following is not None:
            document.following.cancel()
            document.following = None
            self._start(document, document.notebook.sharing.unwatch())

    async def take_present_text(self, uri: str) -> None:
        """Take the text as it is now, before a run.

        Raises:
            SessionError: the file cannot be read, or the session does not answer.
        """
        if (document := self._open.get(uri)) is None:
            return
        document.content, document.stamp = await asyncio.to_thread(_read, document.path)
        await document.notebook.follow_text(document.content)
        self.announce(document)

    def present_id(self, uri: str, cell: str) -> str:
        """Return the present id of a cell that a tab may know by an earlier one."""
        document = self._open.get(uri)
        return cell if document is None else document.replaced.get(cell, cell)

    async def show_in_editor(self, uri: str, *, cell: str = "", line: int = 0) -> None:
        """Show a cell, or a line of the script, in the editor that was used last.

        Raises:
            SessionError: no editor has the script open, or the line is one of another file.
        """
        document = self._open.get(uri)
        if document is None:
            name = label(str(path_of(uri) or urlsplit(uri).path))
            raise SessionError(f"Open line {line + 1} of {name} in your editor.")
        notebook = document.notebook
        if not cell:
            index = notebook.index_at(line)
            cell, line = notebook.ids[index], line - notebook.cells.first_line(index)
        await notebook.sharing.show(cell, line)

    def announce(self, document: Document) -> None:
        """Announce the cells whose source has changed."""
        before, now = document.sources, _sources(document.notebook)
        if now == before:
            return
        document.sources = now
        if [*before] != [*now]:
            pairs = zip(before.items(), now.items(), strict=False)
            document.replaced = {old[0]: new[0] for old, new in pairs if old[1] == new[1]}
        self._notifier.document_changed(document.notebook)
        same = [*before] == [*now]
        changed = {cell: text for cell, text in now.items() if before.get(cell) != text}
        self.listener.text_changed(document, "sources" if same else "cells", changed)

    async def _follow(self, document: Document) -> None:
        """Follow the text of the session, and report changes of the file to it."""
        watched = False
        while True:
            try:
                if await self._take_file(document) or not watched:
                    await document.notebook.sharing.watch(document.content, document)
                    watched = True
            except SessionError as error:
                log.info("The text of %s is not followed: %s", document.path.name, error)
            await asyncio.sleep(CHECK_SECONDS)  # Wait: no event reports a change of a file.

    async def _take_file(self, document: Document) -> bool:
        """Read the file again if it has changed; return True if it has."""
        stamp = await asyncio.to_thread(_stamp, document.path)
        if stamp is None or stamp == document.stamp:
            return False
        await asyncio.sleep(WRITE_SECONDS)  # Wait: no event reports that a file is complete.
        if stamp != await asyncio.to_thread(_stamp, document.path):
            return False  # It is still being written.
        document.content, document.stamp = await asyncio.to_thread(_read, document.path)
        return True

    def _start(self, document: Document, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        def failed(error: Exception) -> None:
            log.error("A fault while %s was followed", document.path.name, exc_info=error)

        return self._context.background.start(work, failed)


def _absolute(path: str) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 (links stay: it is the user's name)


def _sources(notebook: Notebook) -> dict[str, str]:
    """Return the source of each cell by its id, without blank lines at the end."""
    return {
        id_: (cell.body if cell.kind is CellKind.CODE else cell.source).rstrip()
        for id_, cell in zip(notebook.ids, notebook.cells, strict=True)
    }


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:  # While an editor replaces it, or once it is gone: the last text stays.
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: Path) -> tuple[str, Stamp]:
    """Return the text of a script, and the stamp of the file that was read at the earliest.

    Raises:
        SessionError: the file does not exist or is not a script.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        name = label(str(path))
        raise SessionError(f"{name} does not exist or cannot be read; check the path.") from None
    if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_LIMIT:
        name = label(str(path))
        raise SessionError(f"{name} is not a script; choose a script with # %% cells.")
    try:
        return read_script(path).text.content, (status.st_mtime_ns, status.st_size)
    except ScriptFileError as error:
        raise SessionError(str(error)) from None
