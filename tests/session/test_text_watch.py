"""The text that a host sends to clients that follow it, without its process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from cellbridge.core.runs.agents import ClientInfo, ClientKind, OpenText
from cellbridge.core.runs.queue import RunQueue
from cellbridge.session import text_messages as t
from cellbridge.session.errors import SessionError
from cellbridge.session.host.agents import rules, text_watch
from cellbridge.session.host.agents.shared_text import SharedText
from cellbridge.session.host.agents.text_watch import TextWatch
from cellbridge.session.host.outbox import WRITE_AHEAD, Outbox
from cellbridge.session.messages import Call, StoredCell

pytestmark = pytest.mark.asyncio

FILE = "# %% a\n1\n# %% b\n2\n"


class Peer:
    """A client of the host, with the messages that it has received."""

    def __init__(self, name: str, kind: ClientKind = ClientKind.PERSON) -> None:
        self.info = ClientInfo(name, kind)
        self.received: list[t.TextEvent] = []

    def request_text(self) -> None:
        raise AssertionError

    def refuse(self, reason: str) -> None:
        raise AssertionError(reason)

    def send_latest(self, message: t.TextEvent) -> None:
        self.received.append(message)

    def take(self) -> list[t.TextEvent]:
        """Return what has been received since the last call."""
        received, self.received = self.received, []
        return received

    def take_text(self) -> OpenText:
        [message] = self.take()
        assert isinstance(message, t.TextChanged)
        return message.text


class Watched:
    """The text of a host, with the cells that it has stored."""

    def __init__(self, *clients: Peer) -> None:
        self.clients = {*clients}
        self.stored: Sequence[StoredCell] = ()
        shared = SharedText("script.py", self.clients, (), self._store)
        self.watch = TextWatch(self.clients, shared)
        self.shared = shared

    def _store(self, cells: Sequence[StoredCell]) -> None:
        self.stored = cells

    @property
    def stored_ids(self) -> list[str]:
        return [cell.id for cell in self.stored]

    def close(self, client: Peer) -> None:
        self.clients.discard(client)
        self.watch.client_gone(client)


def shown(content: str, ids: str, edited_at: float = 0.0) -> OpenText:
    return OpenText(content=content, ids=ids.split(), edited_at=edited_at)


ON, OFF = [t.TextWatched(active=True)], [t.TextWatched(active=False)]


async def test_the_first_text_waits_for_the_editors_and_their_ids() -> None:
    page, one, two = Peer("P"), Peer("E", ClientKind.EDITOR), Peer("F", ClientKind.EDITOR)
    host = Watched(page, one, two)
    host.watch.watch(page, FILE)
    assert (one.take(), two.take(), page.take()) == (ON, ON, [])
    host.watch.share_text(one, shown("# %% old\n", "e1"))
    assert page.take() == []
    host.watch.share_text(two, shown(FILE, "f1 f2"))  # As the file, so it is preferred.
    assert page.take_text() == OpenText(content=FILE, ids=["f1", "f2"], editor="F")
    host.watch.share_text(one, shown("# %% new\n", "e1", 5.0))
    assert page.take_text().ids == ["e1"]
    host.watch.share_text(two, shown(FILE, "f1 f2"))  # The older one.
    assert page.take() == []
    other = Peer("Q")
    host.clients.add(other)
    host.watch.share_cursor(one, "e1")
    host.watch.watch(other, FILE)  # It follows at once.
    assert [type(one) for one in other.take()] == [t.TextChanged, t.CursorMoved]
    assert page.take() == [t.CursorMoved("e1")]
    host.watch.watch(page, None)
    assert (one.take(), two.take()) == ([], [])
    host.close(other)
    assert (one.take(), two.take()) == (OFF, OFF)
    host.watch.share_text(one, shown("# %% late\n", "e1", 9.0))
    host.watch.share_cursor(one, "e1")
    assert (page.take(), other.take()) == ([], [])
    assert host.stored_ids == ["e1"]


async def test_an_editor_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text_watch, "FIRST_SECONDS", 0.0)
    page, editor = Peer("P"), Peer("E", ClientKind.EDITOR)
    host = Watched(page, editor)
    came = asyncio.Event()
    monkeypatch.setattr(
        page, "send_latest", lambda message: (page.received.append(message), came.set())
    )
    host.watch.watch(page, FILE)
    await asyncio.wait_for(came.wait(), 45)
    assert (page.take_text().content, len(host.stored)) == (FILE, 2)
    host.watch.share_text(editor, shown(FILE, "late1 late2"))
    assert page.take_text().ids == ["late1", "late2"]


async def test_a_closed_editor_leaves_the_file_and_its_ids() -> None:
    page, editor = Peer("P"), Peer("E", ClientKind.EDITOR)
    host = Watched(page)
    host.watch.watch(page, FILE)
    ids = page.take_text().ids
    host.clients.add(editor)
    host.watch.editor_joined(editor)
    assert editor.take() == ON
    host.watch.share_text(editor, shown(f"{FILE}# %% c\n", f"{' '.join(ids)} e3", 1.0))
    assert page.take_text().editor == "E"
    assert len(host.stored) == 2  # The text of an editor is not stored at each edit.
    host.shared.cells_stored([StoredCell(ids[0], "# %% a\n1\n"), StoredCell("s2", "# %% b\n2\n")])
    host.close(editor)
    assert page.take_text() == shown(FILE, f"{ids[0]} s2")  # It has stored its cells before.
    host.watch.watch(page, f"{FILE}# %% d\n")
    assert page.take_text().ids[:2] == [ids[0], "s2"]
    host.watch.watch(page, f"{FILE}# %% d\n")
    assert page.take() == []


@pytest.mark.parametrize(
    "given", [shown("", ""), shown(FILE, "one"), shown(FILE, "x x"), shown("\ud800\r\0", "x y")]
)
async def test_a_strange_text_of_an_editor_breaks_nothing(given: OpenText) -> None:
    page, editor = Peer("P"), Peer("E", ClientKind.EDITOR)
    host = Watched(page, editor)
    host.watch.watch(page, FILE)
    host.watch.share_text(editor, given)
    assert page.take_text().content == given.content
    host.close(editor)
    assert len(page.take_text().ids) == 2


async def test_a_cell_is_shown_in_the_editor_that_was_used_last() -> None:
    page, one, two = Peer("P"), Peer("E", ClientKind.EDITOR), Peer("F", ClientKind.EDITOR)
    host = Watched(page)
    with pytest.raises(SessionError, match="No editor has this script open"):
        host.watch.show("a", 0)
    host.clients |= {one, two}
    host.watch.watch(page, FILE)
    host.watch.share_text(one, shown(FILE, "a b", 1.0))
    host.watch.share_text(two, shown(FILE, "a b", 2.0))
    host.watch.show("a", 3)
    assert two.take() == [*ON, t.CellWanted("a", 3)]
    host.watch.share_cursor(one, "b")
    host.watch.show("b", 0)
    assert one.take() == [*ON, t.CellWanted("b")]
    host.close(one)
    host.watch.show("b", 0)
    assert two.take() == [t.CellWanted("b")]


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (t.ShareText(shown("", "")), ClientKind.PERSON),
        (t.ShareText(shown("", "")), ClientKind.AGENT),
        (t.ShareCursor("a"), ClientKind.PERSON),
        (t.ShowCell("a"), ClientKind.AGENT),
    ],
)
async def test_only_an_editor_shares_and_no_agent_moves_the_cursor(
    call: Call, kind: ClientKind
) -> None:
    client = ClientInfo("C", kind, allowed=True)
    assert rules.reason_against(client, call, RunQueue(), observer=False) != ""


async def test_a_client_that_does_not_read_gets_the_last_text_only() -> None:
    received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    reads = asyncio.Event()

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reads.wait()
        received.set_result(await reader.read())
        writer.close()

    server = await asyncio.start_server(read, "127.0.0.1")
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    async with server, asyncio.TaskGroup() as tasks:
        outbox = Outbox(writer, tasks)
        size = 64 * WRITE_AHEAD  # More than the system's own buffers.
        for letter in b"abc":
            outbox.put_latest("text", bytes([letter]) * size)
            outbox.put_latest("cursor", bytes([letter + 26]) * 10)
        assert outbox.backlog <= 2 * (size + 10)
        reads.set()
        await outbox.wait_until_empty()
        writer.close()
        await writer.wait_closed()
        content = await received
    letters = {chr(byte): content.count(byte) for byte in {*content}}
    assert letters == {"a": size, "c": size, "}": 10}
