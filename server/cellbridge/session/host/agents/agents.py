# ruff: noqa: PLC0415 - the text is loaded when an agent or a page first asks for it
"""The agents of a session, and the text of its script, for the connections of a host.

Owns when the text that agents, pages and editors share is loaded: a host whose user has neither
agents nor pages is as small and starts as fast as without this package.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from cellbridge.core.runs.agents import AgentStatus, ClientInfo, ClientKind, OpenText
from cellbridge.session.host.agents.access import AgentAccess
from cellbridge.session.host.agents.clients import SessionClient
from cellbridge.session.locations import Location
from cellbridge.session.messages import StoredCell
from cellbridge.session.text_messages import ShareCursor, ShareText, ShowCell, TextCall, WatchText

if TYPE_CHECKING:
    from cellbridge.session.host.agents.shared_text import SharedText
    from cellbridge.session.host.agents.text_watch import TextWatch


class Agents:
    """The agents of one session: their permission, and the text they share with the editors."""

    def __init__(
        self,
        location: Location,
        clients: Collection[SessionClient],
        publish: Callable[[AgentStatus], None],
        store_cells: Callable[[Sequence[StoredCell]], None],
    ) -> None:
        """``clients`` are the session's present clients."""
        self.access = AgentAccess(location, clients, publish)
        self._location = location
        self._clients = clients
        self._store_cells = store_cells
        self._text: SharedText | None = None
        self._watch: TextWatch | None = None

    async def get_text(self, content: str) -> OpenText:
        """Return the present text; see `cellbridge.session.messages.GetText`."""
        return await self._load_text().get(content)

    def carry_out(self, client: SessionClient, call: TextCall) -> None:
        """Carry out a request about the text that clients follow.

        Raises:
            SessionError: no editor can show the cell.
        """
        if self._watch is None:
            if isinstance(call, ShareText | ShareCursor):
                return  # No client follows.
            from cellbridge.session.host.agents.text_watch import TextWatch

            self._watch = TextWatch(self._clients, self._load_text())
        match call:
            case WatchText(content=content):
                self._watch.watch(client, content)
            case ShareText(text=text):
                self._watch.share_text(client, text)
            case ShareCursor(cell=cell):
                self._watch.share_cursor(client, cell)
            case ShowCell(cell=cell, line=line):
                self._watch.show(cell, line)

    def take_text(self, client: SessionClient, text: OpenText) -> None:
        """Take the text of an editor."""
        if self._text is not None:
            self._text.take(client, text)

    def store_cells(self, client: ClientInfo, cells: Sequence[StoredCell]) -> None:
        """Store a client's cells, unless it is an agent: its cells are those of an earlier text."""
        if client.kind is ClientKind.AGENT:
            return
        self._store_cells(cells)
        if self._text is not None:
            self._text.cells_stored(cells)

    def client_joined(self, client: SessionClient) -> None:
        """React to a client that has connected."""
        if self._watch is not None and client.info.kind is ClientKind.EDITOR:
            self._watch.editor_joined(client)

    def client_gone(self, client: SessionClient, *, observer: bool) -> None:
        """React to the end of a client's connection."""
        if observer:
            self.access.withdraw(client.info.name)
        if self._text is not None:
            self._text.client_gone(client)
        if self._watch is not None:
            self._watch.client_gone(client)

    def _load_text(self) -> SharedText:
        if self._text is None:
            from cellbridge.session.host.agents.shared_text import SharedText
            from cellbridge.session.store.offline_reader import read_cells

            name, stored = self._location.name, read_cells(self._location.store)
            self._text = SharedText(name, self._clients, stored, self._store_cells)
        return self._text
