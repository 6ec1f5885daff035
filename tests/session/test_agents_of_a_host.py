"""The work of a host for agents, without its process: answers that come late, or never."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from cellbridge.core.runs.agents import AgentStatus, ClientInfo, ClientKind, OpenText
from cellbridge.core.runs.queue import RunQueue
from cellbridge.session import agent_permission, locations
from cellbridge.session import messages as m
from cellbridge.session.errors import SessionError
from cellbridge.session.host.agents import access, rules, shared_text
from cellbridge.session.host.agents.access import AgentAccess
from cellbridge.session.host.agents.shared_text import OWED_LIMIT, SharedText
from cellbridge.session.messages import AllowAgents, StoredCell
from cellbridge.session.text_messages import TextEvent

pytestmark = pytest.mark.asyncio

TWO = "# %% a\n1\n# %% b\n2\n"


class Peer:
    """A client of the host."""

    def __init__(self, name: str, kind: ClientKind, *, allowed: bool = False) -> None:
        self.info = ClientInfo(name, kind, allowed)
        self.asked = 0
        self.refused = ""

    def request_text(self) -> None:
        self.asked += 1

    def send_latest(self, message: TextEvent) -> None:
        raise AssertionError(message)  # No client follows the text.

    def refuse(self, reason: str) -> None:
        self.refused = reason


class Shared:
    """The shared text of a host, with the cells that it has stored."""

    def __init__(self, *editors: Peer, stored: Sequence[StoredCell] = ()) -> None:
        self.clients = {*editors, Peer("agent", ClientKind.AGENT)}
        self.stored: Sequence[StoredCell] = stored
        self.text = SharedText("script.py", self.clients, stored, self._store)

    def _store(self, cells: Sequence[StoredCell]) -> None:
        self.stored = cells

    async def get(self, content: str = TWO, *answers: tuple[Peer, OpenText]) -> OpenText:
        """Return the text for an agent, while editors answer; without answers, at once."""
        shared_text.ANSWER_SECONDS = 3600.0 if answers else 0.0
        getting = asyncio.ensure_future(self.text.get(content))
        await asyncio.sleep(0)
        for editor, text in answers:
            self.text.take(editor, text)
        return await getting


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_text, "ANSWER_SECONDS", 0.0)  # Restored after the test.


def shown(content: str, ids: str, edited_at: float = 0.0) -> OpenText:
    return OpenText(content=content, ids=ids.split(), edited_at=edited_at)


async def test_late_answers_are_not_taken_for_those_to_later_requests() -> None:
    editor = Peer("Ed", ClientKind.EDITOR)
    shared = Shared(editor)
    ids = (await shared.get()).ids
    assert (await shared.get()).ids == ids
    assert editor.asked == 2
    for number in range(2):  # Too late.
        shared.text.take(editor, shown("old", f"old{number}"))
    text = await shared.get(TWO, (editor, shown(TWO, "e1 e2")))
    assert (text.editor, text.ids) == ("Ed", ["e1", "e2"])
    assert [cell.id for cell in shared.stored] == ["e1", "e2"]


async def test_an_editor_that_never_answers_is_left_out_until_it_does() -> None:
    editor = Peer("Ed", ClientKind.EDITOR)
    shared = Shared(editor)
    for _ in range(OWED_LIMIT + 3):
        assert (await shared.get()).editor == ""
    assert editor.asked == OWED_LIMIT
    for _ in range(OWED_LIMIT):
        shared.text.take(editor, shown(TWO, "e1 e2"))
    shared.text.take(editor, shown(TWO, "e1 e2"))  # One that no request has.
    assert (await shared.get(TWO, (editor, shown("x", "e1")))).content == "x"
    assert editor.asked == OWED_LIMIT + 1


async def test_an_editor_that_closes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_text, "ANSWER_SECONDS", 3600.0)
    one, other = Peer("One", ClientKind.EDITOR), Peer("Other", ClientKind.EDITOR)
    shared = Shared(one, other)
    getting = [asyncio.ensure_future(shared.text.get(TWO)) for _ in range(5)]
    await asyncio.sleep(0)
    for number in range(3):
        await asyncio.sleep(0)
        shared.text.take(one, shown(TWO, f"a{number} b{number}"))
    shared.clients.remove(other)
    shared.text.client_gone(other)
    while not all(one.done() for one in getting):
        await asyncio.sleep(0)
        shared.text.take(one, shown(TWO, "a b"))
    assert {text.result().editor for text in getting} == {"One"}


@pytest.mark.parametrize(
    "given",
    [
        shown("", ""),
        shown(TWO, "only-one"),
        shown(TWO, "same same"),
        shown("\x00\ud800\r# %%\r\n\n", "x y z"),
    ],
)
async def test_a_strange_answer_of_an_editor_breaks_nothing(given: OpenText) -> None:
    editor = Peer("Ed", ClientKind.EDITOR)
    shared = Shared()
    ids = (await shared.get()).ids
    shared.clients.add(editor)
    assert (await shared.get(TWO, (editor, given))).ids == given.ids
    shared.clients.remove(editor)
    shared.text.client_gone(editor)
    text = await shared.get()
    assert (text.content, len(text.ids)) == (TWO, 2)
    assert text.ids == ids


async def test_an_editor_that_has_stored_its_cells_gives_the_ids_to_the_file() -> None:
    shared = Shared(stored=[StoredCell("s1", "# %% a\n1\n"), StoredCell("gone", "# %% z\nzzz\n")])
    first = await shared.get()
    assert first.ids[0] == "s1"
    assert "gone" not in first.ids
    shared.text.cells_stored([StoredCell("t1", "# %% a\n1\n"), StoredCell("t2", "# %% b\n2\n")])
    assert (await shared.get()).ids == ["t1", "t2"]
    # The cell that was removed gets its id back, and no other cell ever has it.
    assert (await shared.get("# %% b\n2\n")).ids == ["t2"]
    new = await shared.get("# %% new\n3 + 3\n# %% b\n2\n")
    assert new.ids[0] not in {"t1", "s1"}
    assert (await shared.get(f"{TWO}# %% new\n3 + 3\n")).ids == ["t1", "t2", new.ids[0]]


class Gate:
    """The permission of a host."""

    def __init__(self, tmp_path: Path, *clients: Peer) -> None:
        location = locations.of_script(tmp_path / "script.py")
        self.location = dataclasses.replace(location, data=tmp_path / "data")
        self.clients = [*clients]
        self.status = AgentStatus()
        self.access = AgentAccess(self.location, self.clients, self._publish)

    def _publish(self, status: AgentStatus) -> None:
        self.status = status


async def test_a_question_ends_without_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(tmp_path, Peer("Ed", ClientKind.EDITOR))
    asking = [asyncio.ensure_future(gate.access.ask("A")) for _ in range(2)]
    names = [f"B{number}" for number in range(access.QUESTION_LIMIT)]
    asking += [asyncio.ensure_future(gate.access.ask(name)) for name in names]
    await asyncio.sleep(0)
    assert len(gate.status.asking) == access.QUESTION_LIMIT
    with pytest.raises(SessionError, match="Too many"):
        await asking.pop()
    gate.access.withdraw("A")
    gate.access.withdraw("nobody")
    assert [await asking.pop(0) for _ in range(2)] == [None, None]
    gate.clients.clear()
    gate.access.clients_changed()
    assert {await one for one in asking} == {None}
    assert gate.status.asking == []
    monkeypatch.setattr(access, "ANSWER_SECONDS", 0.0)
    gate.clients.append(Peer("Ed", ClientKind.EDITOR))
    assert await gate.access.ask("C") is None
    assert gate.status.asking == []


async def test_the_users_last_word_counts(tmp_path: Path) -> None:
    agent = Peer("A", ClientKind.AGENT, allowed=True)
    editor = Peer("Ed", ClientKind.EDITOR)
    gate = Gate(tmp_path, agent, editor)
    agent_permission.write(gate.location, allowed=True)
    gate.access.clients_changed()
    assert gate.status == AgentStatus(allowed=True, connected=["A"])
    gate.access.allow(AllowAgents(allowed=False))
    assert "ended the access" in agent.refused
    assert (editor.refused, gate.status.allowed) == ("", False)
    assert gate.access.reason_against(agent.info) != ""
    assert gate.access.reason_against(editor.info) == ""
    assert await gate.access.ask("A") is False
    gate.access.allow(AllowAgents(allowed=True))
    assert gate.access.reason_against(ClientInfo("B", ClientKind.AGENT)) == ""
    # The file is as it was, for the script's next session.
    assert agent_permission.read(gate.location)


@pytest.mark.parametrize("call", [m.Shutdown(), m.GetText(""), m.Execute([], "python")])
async def test_an_agent_that_only_looks_may_only_ask(call: m.Call) -> None:
    agent, queue = ClientInfo("A", ClientKind.AGENT, allowed=True), RunQueue()
    assert rules.reason_against(agent, call, queue, observer=True) != ""
    assert rules.reason_against(agent, call, queue, observer=False) == ""
    assert rules.reason_against(agent, m.Describe(), queue, observer=True) == ""
    assert rules.reason_against(agent, m.GiveText(shown("", "")), queue, observer=False) != ""
    person = ClientInfo("P")
    assert rules.reason_against(person, call, queue, observer=False) == ""
    assert rules.reason_against(person, m.AskAccess(), queue, observer=True) != ""
