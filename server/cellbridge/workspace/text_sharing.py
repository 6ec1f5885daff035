"""The text of an open document, shared with the other clients of its session.

Owns both directions. An editor's document answers requests for its text, and while other clients
follow the text, it sends them each edit and the cell of the cursor. The document of a client that
follows, such as a page, takes its text, and the ids of its cells, from the session.

An editor sends nothing while no client follows: an edit then costs one comparison. Otherwise it
sends its text at most every `PAUSE` seconds, and before each run: of several edits in a row, only
the last text is sent.

Invariant: a document that follows never stores its cells, because its text may be older than that
of the editor.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from cellbridge.core.document.cells import Cells
from cellbridge.core.document.text import Text
from cellbridge.core.runs.agents import OpenText
from cellbridge.session.client import SessionClient, TextMessage
from cellbridge.session.errors import SessionError
from cellbridge.session.messages import TextWanted
from cellbridge.session.text_messages import CellWanted, CursorMoved, TextChanged, TextWatched
from cellbridge.workspace.session_link import SessionLink

PAUSE = 0.3
"""Seconds between an edit and the time when the text is sent."""


class Document(Protocol):
    """The document whose text is shared."""

    text: Text
    edited_at: float
    follows: bool

    @property
    def cells(self) -> Cells:
        """Its cells."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its cells."""
        ...

    def take_text(self, text: OpenText) -> None:
        """Take the text of the script and the ids of its cells."""
        ...

    def take_file(self, content: str) -> None:
        """Take the text of the file; its cells keep their ids."""
        ...


class TextFollower(Protocol):
    """A listener of a document that follows its text; called on the loop."""

    def text_changed(self) -> None:
        """React to another text, or other ids of its cells."""
        ...

    def cursor_moved(self, cell_id: str) -> None:
        """React to the cursor of the editor, which is in this cell."""
        ...


class TextSharing:
    """The sharing of one document's text."""

    def __init__(self, link: SessionLink, document: Document) -> None:
        self._link = link
        self._document = document
        self.on_show: Callable[[int], None] | None = None
        """Shows a line of the document in the editor."""
        self._watched: SessionClient | None = None
        """The session in which other clients follow the text; None while none does."""
        self._text_due = False
        self._line: int | None = None
        """The line of the cursor, if the editor has reported it."""
        self._cell = ""
        """The cell of the cursor that was sent last."""
        self._sending: asyncio.Task[None] | None = None
        self._at_once = asyncio.Event()
        """Set if the text is sent without a pause."""
        self._follower: TextFollower | None = None
        self._content: str | None = None
        """The text of the file; None unless this document follows."""
        self._following: SessionClient | None = None
        """The session in which this document follows the text."""

    # --- a client that follows --------------------------------------------------------------------

    async def watch(self, content: str, follower: TextFollower) -> None:
        """Follow the text in the document's session, which is started if none runs.

        ``content`` is the text of the file. Call this again when the file has changed: a session
        that has ended is then not started again, and the text is that of the file.

        Raises:
            SessionError: the session cannot be started, or does not answer.
        """
        new = self._content is None
        self._follower, self._content = follower, content
        self._document.follows = True
        self._link.follow_others()
        if new:
            await self._link.connect()
        await self._watch()

    async def unwatch(self) -> None:
        """Stop following; the document keeps its text."""
        client, self._following = self._following, None
        self._follower = self._content = None
        if client is not None:
            with contextlib.suppress(SessionError):  # The session has ended.
                await client.watch_text(None)

    async def show(self, cell_id: str, line: int = 0) -> None:
        """Show a cell in the editor that was used last; ``line`` counts from its first line.

        Raises:
            SessionError: no editor has the script open, or the session does not answer.
        """
        await (await self._link.connect()).show_cell(cell_id, line)

    # --- an editor --------------------------------------------------------------------------------

    def text_changed(self) -> None:
        """Send the text soon, if other clients follow it."""
        if self._watched is not None:
            self._text_due = True
            self._send()

    def cursor_moved(self, line: int) -> None:
        """Take the line of the cursor, and send its cell if other clients follow it."""
        self._line = line
        if self._watched is not None and self._cell_of_cursor() != self._cell:
            self._send()

    async def before_run(self, client: SessionClient) -> None:
        """Send the text before a run, so that clients that follow it know the cell."""
        await self._send_text(client)

    # --- events of the link -----------------------------------------------------------------------

    def session_changed(self) -> None:
        """React to another session, in which the text has to be followed again."""
        client = self._link.client
        if self._watched is not None and self._watched is not client:
            self._stop_sharing()
        if self._content is not None and client is not None and self._following is not client:
            self._link.tasks.create_task(self._watch_again())

    def take(self, client: SessionClient, message: TextMessage) -> None:
        """React to a message of the session."""
        match message:
            case TextWanted():
                self._link.tasks.create_task(self._give_text(client))
            case TextWatched(active=active):
                self._stop_sharing()
                if active:
                    self._watched, self._text_due = client, True
                    self._at_once.set()
                    self._send()
            case TextChanged(text=text):
                if self._follower is not None:
                    self._document.take_text(text)
                    self._follower.text_changed()
            case CursorMoved(cell=cell):
                if self._follower is not None:
                    self._follower.cursor_moved(cell)
            case CellWanted(cell=cell, line=line):
                ids, cells = self._document.ids, self._document.cells
                if cell in ids and self.on_show is not None:
                    self.on_show(cells.first_line(ids.index(cell)) + line)

    # --- inside -----------------------------------------------------------------------------------

    async def _watch(self) -> None:
        content, client = self._content, self._link.answering_client()
        if content is None:
            return
        if client is None:
            self._document.take_file(content)
            if self._follower is not None:
                self._follower.text_changed()
            return
        self._following = client
        await client.watch_text(content)

    async def _watch_again(self) -> None:
        await self._link.settled()
        with contextlib.suppress(SessionError):  # The session has ended, or does not answer.
            await self._watch()

    async def _give_text(self, client: SessionClient) -> None:
        await self._link.settled()  # Before, the ids are not those of the session.
        with contextlib.suppress(SessionError):  # The session has ended.
            await client.give_text(self._present())

    def _present(self) -> OpenText:
        document = self._document
        return OpenText(
            content=document.text.content, ids=[*document.ids], edited_at=document.edited_at
        )

    def _cell_of_cursor(self) -> str:
        if self._line is None:
            return ""
        return self._document.ids[self._document.cells.at(self._line)]

    def _send(self) -> None:
        if self._sending is None:
            self._sending = self._link.tasks.create_task(self._send_latest())

    async def _send_latest(self) -> None:
        """Send what has changed, until the session has all of it."""
        try:
            while (client := self._watched) is not None:
                if self._text_due:  # Before the cursor, whose cell may be new.
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._at_once.wait(), PAUSE)
                    self._at_once.clear()
                    await self._link.settled()  # Before, the ids are not those of the session.
                    await self._send_text(client)
                elif (cell := self._cell_of_cursor()) != self._cell:
                    self._cell = cell
                    await client.share_cursor(cell)
                else:
                    return
        except SessionError:
            self._stop_sharing()  # The next session reports whether its clients follow the text.
        finally:
            self._sending = None

    async def _send_text(self, client: SessionClient) -> None:
        if self._text_due and client is self._watched:
            self._text_due = False
            await client.share_text(self._present())

    def _stop_sharing(self) -> None:
        self._watched, self._text_due, self._cell = None, False, ""
