"""The text of a session's script with the ids of its cells, which editors, agents and pages share.

Owns whose text counts, and the ids while no editor has the script open. It must not know files.

Nothing is sent before an agent requests the text: then the editors send theirs, and the ids of one
of them are adopted. While a client follows the text, they send it by themselves (text_watch.py).
Without an editor, the text of the file counts, and the ids follow its cells from one request to the
next, at first from the stored cells. They are stored, so that an editor that is opened later, and
the next host, give the cells the same ids.

Bounds: an editor has `ANSWER_SECONDS` to answer; one that owes `OWED_LIMIT` answers is left out.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import msgspec

from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.identity import Roster, recognise
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.text import Change, Text, line_edit
from cellbridge.core.runs.agents import ClientKind, OpenText
from cellbridge.session.host.agents.clients import SessionClient
from cellbridge.session.messages import StoredCell

ANSWER_SECONDS = 2.0
OWED_LIMIT = 3
_ID_BYTES = 4


class SharedText:
    """The present text of one script."""

    def __init__(
        self,
        script: str,
        clients: Collection[SessionClient],
        stored: Sequence[StoredCell],
        store: Callable[[Sequence[StoredCell]], None],
    ) -> None:
        """``script`` names the script, ``clients`` are the session's present clients.

        ``stored`` are the cells that are stored, and ``store`` stores others.
        """
        self._language = language_of(script)
        self._clients = clients
        self._owed: dict[SessionClient, deque[asyncio.Future[OpenText | None]]] = {}
        """The answers that each editor owes, in the order of the requests."""
        self._asking = asyncio.Lock()
        self._next: asyncio.Future[list[OpenText]] | None = None
        """The answers for the agents that wait for the next request to the editors."""
        self._text = Text.of("")
        self._roster = Roster(parse(self._text, self._language), (_new_id(),))
        self._stored: Sequence[StoredCell] = stored
        self._store = store
        self._stored_here = False
        """True if the stored cells are not newer than those of the roster."""

    async def get(self, content: str) -> OpenText:
        """Return the text of the editor that was edited last, or else ``content``, with ids."""
        answers = await self._ask_editors()
        if answers:
            # Of editors without an edit, one that shows the file as it is.
            best = max(answers, key=lambda one: (one.edited_at, one.content == content))
            self.adopt(best)
            self.store()
            return best
        return self.follow(content)

    def take(self, client: SessionClient, text: OpenText) -> None:
        """Take the answer of an editor; it answers in the order of the requests."""
        owed = self._owed.get(client)
        if owed and not (answer := owed.popleft()).done():
            answer.set_result(msgspec.structs.replace(text, editor=client.info.name))

    def adopt(self, text: OpenText) -> None:
        """Take the text and the ids of an editor; `store` stores them."""
        cells = self._cells_of(text.content)
        if len(cells) == len(text.ids) == len({*text.ids}):
            self._set(text.content, Roster(cells, tuple(text.ids), self._roster.departed))

    def follow(self, content: str) -> OpenText:
        """Take the text of the file, whose cells keep their ids, and store them."""
        cells = self._cells_of(content)
        if self._stored_here:
            self._set(content, self._roster.after(cells, _new_id))
        else:  # The first text, or that after an editor which has stored its own cells.
            known = [(cell.id, cell.source) for cell in self._stored]
            ids = recognise(known, cells, _new_id)
            self._set(content, Roster(cells, ids, self._roster.departed))
        self.store()
        return OpenText(content=content, ids=[*self._roster.ids])

    def store(self) -> None:
        """Store the present cells, unless those that are stored are newer."""
        if not self._stored_here:
            return
        pairs = zip(self._roster.ids, self._roster.cells, strict=True)
        cells = [StoredCell(id_, cell.slice) for id_, cell in pairs]
        if cells != self._stored:
            self._store(cells)
        self._stored = cells

    def client_gone(self, client: SessionClient) -> None:
        """Expect no more answers of an editor that has disconnected."""
        for answer in self._owed.pop(client, ()):
            if not answer.done():
                answer.set_result(None)

    def cells_stored(self, cells: Sequence[StoredCell]) -> None:
        """Take the cells that an editor has stored."""
        if cells != self._stored:
            self._stored, self._stored_here = cells, False

    async def _ask_editors(self) -> list[OpenText]:
        """Return the texts of the editors, which agents share that request it at one time.

        They do not share a request under way: its answers may lack an edit of the meantime.
        """
        if self._next is not None:
            return await self._next
        found: list[OpenText] = []
        shared = self._next = asyncio.get_running_loop().create_future()
        try:
            async with self._asking:
                self._next = None
                found = await self._collect_answers()
        finally:
            shared.set_result(found)
        return found

    async def _collect_answers(self) -> list[OpenText]:
        asked: list[asyncio.Future[OpenText | None]] = []
        for client in self._clients:
            owed = self._owed.setdefault(client, deque())
            if client.info.kind is ClientKind.EDITOR and len(owed) < OWED_LIMIT:
                owed.append(asyncio.get_running_loop().create_future())
                asked.append(owed[-1])
                client.request_text()
        if not asked:
            return []
        done, _ = await asyncio.wait(asked, timeout=ANSWER_SECONDS)
        return [text for answer in done if (text := answer.result()) is not None]

    def _cells_of(self, content: str) -> Cells:
        """Return the cells of a text; those that an edit has not touched are the same objects."""
        change = Change(None, content)
        text = self._text.apply(change)
        lines = line_edit(self._text, change, text)
        return self._roster.cells.apply_edit(text, lines.first, lines.removed, lines.inserted)

    def _set(self, content: str, roster: Roster) -> None:
        departed = tuple(one for one in roster.departed if one[0] not in roster.ids)
        self._text, self._roster = Text.of(content), replace(roster, departed=departed)
        self._stored_here = True


def _new_id() -> str:
    return secrets.token_hex(_ID_BYTES)
