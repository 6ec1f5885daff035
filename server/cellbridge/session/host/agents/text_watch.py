"""The clients that follow the text of a session's script, such as pages.

Owns which editors share their text, and which text the followers receive. The text and its ids are
those of shared_text.py, so that followers, agents and editors mean the same cells.

Nothing is sent while no client follows. When the first one begins, its text waits for those of the
editors, for at most `FIRST_SECONDS`: their ids are preferred to new ones.

Bound: one text of each editor is kept, while a client follows. A follower that does not read
receives only the last text and the last cursor (`Outbox.put_latest`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import msgspec

from cellbridge.core.runs.agents import ClientKind, OpenText
from cellbridge.session.errors import SessionError
from cellbridge.session.host.agents.clients import SessionClient
from cellbridge.session.host.agents.shared_text import SharedText
from cellbridge.session.text_messages import CellWanted, CursorMoved, TextChanged, TextWatched

FIRST_SECONDS = 2.0
"""Seconds that editors have to send their first text."""

NO_EDITOR = "No editor has this script open, so the cell cannot be shown there; open it first."


class TextWatch:
    """The followers of one script's text."""

    def __init__(self, clients: Collection[SessionClient], shared: SharedText) -> None:
        """``clients`` are the session's present clients."""
        self._clients = clients
        self._shared = shared
        self._followers: set[SessionClient] = set()
        self._content = ""
        """The text of the file."""
        self._texts: dict[SessionClient, OpenText] = {}
        """The last text of each editor."""
        self._expected: set[SessionClient] = set()
        """The editors whose first text is waited for."""
        self._patience: asyncio.TimerHandle | None = None
        self._sent: OpenText | None = None
        self._cursor: CursorMoved | None = None
        self._used: SessionClient | None = None
        """The editor that was used last, as far as this is known."""

    def watch(self, client: SessionClient, content: str | None) -> None:
        """Send the text to a client from now on, or no longer; see `WatchText`."""
        if content is None:
            self._stop(client)
            return
        first, new = not self._followers, client not in self._followers
        self._followers.add(client)
        self._content = content
        if first:
            self._begin()
        elif new and not self._expected:
            self._welcome(client)
        self._update()

    def share_text(self, client: SessionClient, text: OpenText) -> None:
        """Take the text of an editor."""
        if not self._followers:
            return  # The editor did not know yet that the last follower has left.
        before = self._texts.get(client)
        if before is not None and text.edited_at > before.edited_at:
            self._used = client
        self._texts[client] = msgspec.structs.replace(text, editor=client.info.name)
        self._expected.discard(client)
        self._update()

    def share_cursor(self, client: SessionClient, cell: str) -> None:
        """Take the cell of an editor's cursor."""
        if not self._followers:
            return
        self._used = client
        self._cursor = CursorMoved(cell)
        for follower in self._followers:
            follower.send_latest(self._cursor)

    def show(self, cell: str, line: int) -> None:
        """Have the editor that was used last show a cell.

        Raises:
            SessionError: no editor has the script open.
        """
        editors = self._editors()
        if not editors:
            raise SessionError(NO_EDITOR)
        used = self._used
        if used is None or used not in editors:
            used = max(editors, key=self._edited_at)
        used.send_latest(CellWanted(cell, line))

    def editor_joined(self, client: SessionClient) -> None:
        """Have an editor that has connected share its text, if a client follows."""
        if self._followers:
            client.send_latest(TextWatched(active=True))

    def client_gone(self, client: SessionClient) -> None:
        """React to the end of a client's connection."""
        self._stop(client)
        if client is self._used:
            self._used = None
        self._expected.discard(client)
        if self._texts.pop(client, None) is not None:
            self._shared.store()  # The editor may have crashed.
        if self._followers:
            self._update()

    # --- inside -----------------------------------------------------------------------------------

    def _editors(self) -> list[SessionClient]:
        return [one for one in self._clients if one.info.kind is ClientKind.EDITOR]

    def _edited_at(self, editor: SessionClient) -> float:
        text = self._texts.get(editor)
        return text.edited_at if text is not None else -1.0

    def _begin(self) -> None:
        editors = self._editors()
        for editor in editors:
            editor.send_latest(TextWatched(active=True))
        self._expected.update(editors)
        if self._expected:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(FIRST_SECONDS, self._expect_no_more)

    def _expect_no_more(self) -> None:
        self._expected.clear()
        self._update()

    def _welcome(self, client: SessionClient) -> None:
        """Send the present text and cursor to another follower."""
        if self._sent is not None:
            client.send_latest(TextChanged(self._sent))
        if self._cursor is not None:
            client.send_latest(self._cursor)

    def _stop(self, client: SessionClient) -> None:
        if client not in self._followers:
            return
        self._followers.discard(client)
        if self._followers:
            return
        for editor in self._editors():
            editor.send_latest(TextWatched(active=False))
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if self._texts:
            self._shared.store()
        self._texts.clear()
        self._expected.clear()
        self._content, self._sent, self._cursor = "", None, None

    def _update(self) -> None:
        """Send the followers the text that counts, if it is another one."""
        if self._expected:
            return
        if self._texts:
            texts = self._texts.values()
            # Of editors without an edit, one that shows the file as it is.
            text = max(texts, key=lambda one: (one.edited_at, one.content == self._content))
            self._shared.adopt(text)
        else:
            text = self._shared.follow(self._content)
        if text != self._sent:
            self._sent = text
            for follower in self._followers:
                follower.send_latest(TextChanged(text))
