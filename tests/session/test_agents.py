"""Agents in sessions with a real host: permission, the shared text, and whose runs end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from cellbridge.core.output.outputs import Display
from cellbridge.core.runs.agents import ClientInfo, ClientKind, OpenText, Scratch
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.core.variables import ListVariables, VariablesPage
from cellbridge.session import agent_permission
from cellbridge.session.client import SessionClient, TextMessage
from cellbridge.session.errors import SessionError, SessionLostError
from cellbridge.session.messages import TextWanted
from support.patience import PATIENCE
from support.sessions import Client, Watcher, client_of, location_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = "# %%\na = 1\n\n# %%\nb = 2\n\n# %%\nc = 3\n"


def agent_of(script: Path, name: str = "Agent", *, allowed: bool = True):
    return client_of(script, name, kind=ClientKind.AGENT, allowed=allowed)


class Editor:
    """An editor with the script open, which answers with its text and its ids."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.text: OpenText | None = None
        self.asked = 0
        client.session.on_text_message(self._answer)

    def show(self, content: str, ids: str, edited_at: float = 0.0) -> None:
        self.text = OpenText(content=content, ids=ids.split(), edited_at=edited_at)

    def _answer(self, _: SessionClient, message: TextMessage) -> None:
        assert isinstance(message, TextWanted)  # Nothing else is sent while no client follows.
        self.asked += 1
        if self.text is not None:
            self._answering = asyncio.create_task(self.client.session.give_text(self.text))


@asynccontextmanager
async def editor_of(script: Path, name: str = "Editor") -> AsyncIterator[Editor]:
    async with client_of(script, name, kind=ClientKind.EDITOR) as client:
        yield Editor(client)


async def refusal_of(script: Path, *, allowed: bool) -> str:
    """Return the sentence with which an agent is refused."""
    info = ClientInfo("Agent", ClientKind.AGENT, allowed)
    async with asyncio.TaskGroup() as tasks:
        try:
            await SessionClient.attach(location_of(script), info, Watcher(), tasks)
        except SessionError as error:
            return str(error)
    raise AssertionError


async def ask(script: Path, name: str = "Agent") -> bool | None:
    """Ask the user, as an agent does that is not connected."""
    info = ClientInfo(name, ClientKind.AGENT)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(PATIENCE):
        session = await SessionClient.attach(
            location_of(script), info, Watcher(), tasks, observer=True
        )
        assert session is not None
        with pytest.raises(SessionError, match="not allowed"):
            await session.get_text("")
        try:
            return await session.ask_access()
        finally:
            session.close()


async def test_an_agent_is_admitted_only_by_the_user(script: Path) -> None:
    async with client_of(script) as person, editor_of(script) as editor:
        status = lambda: editor.client.session.agents  # noqa: E731
        until = editor.client.watcher.until
        assert "not allowed agents" in await refusal_of(script, allowed=False)
        asking = asyncio.create_task(ask(script))
        await until(lambda: status().asking == ["Agent"])
        await editor.client.session.allow_agents(allowed=False, remember=False)
        assert await asking is False
        await until(lambda: not status().asking)
        assert await ask(script, "Another") is False  # The answer holds for this session.
        await editor.client.session.allow_agents(allowed=True, remember=False)
        assert await ask(script) is True
        async with agent_of(script, allowed=False) as agent:
            await until(lambda: status().connected == ["Agent"])
            assert (await person.session.describe()).agents == status()
            with pytest.raises(SessionError, match="Only the user"):
                await agent.session.allow_agents(allowed=True, remember=True)
            await person.session.allow_agents(allowed=True, remember=True)
            assert agent_permission.read(location_of(script))
            await person.session.allow_agents(allowed=False, remember=True)
            assert not agent_permission.read(location_of(script))
            async with asyncio.timeout(PATIENCE):
                await agent.watcher.lost.wait()
            with pytest.raises(SessionLostError, match="ended the access"):
                await agent.session.get_text("")
        await until(lambda: status().connected == [])
        # Also one that the user had allowed elsewhere, before.
        assert "ended the access" in await refusal_of(script, allowed=True)
        await person.session.allow_agents(allowed=True, remember=False)


async def test_without_an_editor_nobody_is_asked(own: Path) -> None:
    async with client_of(own):
        assert await ask(own) is None
        agent_permission.write(location_of(own), allowed=True)
        assert await ask(own) is True
        async with agent_of(own, allowed=False):
            pass
        agent_permission.write(location_of(own), allowed=False)
        async with editor_of(own) as editor:
            asking = asyncio.create_task(ask(own))
            await editor.client.watcher.until(lambda: bool(editor.client.session.agents.asking))
        assert await asking is None  # The editor has been closed.
        async with editor_of(own) as editor:
            asking = asyncio.create_task(ask(own))
            await editor.client.watcher.until(lambda: bool(editor.client.session.agents.asking))
            await editor.client.session.allow_agents(allowed=True, remember=False)
            assert await asking is True


async def test_agents_share_ids_that_survive_edits_moves_and_hosts(own: Path) -> None:
    one, two, three = SCRIPT.split("\n\n")
    async with agent_of(own, "A") as a, agent_of(own, "B") as b:
        first = await a.session.get_text(SCRIPT)
        assert (first.content, first.editor) == (SCRIPT, "")
        assert await b.session.get_text(SCRIPT) == first
        ids = first.ids
        assert len({*ids}) == 3
        moved = await b.session.get_text(f"{three}\n{one}\n\n# %% new\nd()\n\n{two}")
        assert [*moved.ids[:2], moved.ids[3]] == [ids[2], ids[0], ids[1]]
        rewritten = await a.session.get_text(
            moved.content.replace("a = 1", "completely(different)")
        )
        assert rewritten.ids == moved.ids
        assert (await b.session.get_text(moved.content)).ids == moved.ids
        without = await a.session.get_text(SCRIPT.replace("# %%\nb = 2\n\n", ""))
        assert without.ids == [ids[0], ids[2]]
        again = await b.session.get_text(SCRIPT)
        assert again.ids == ids
        # The cells of an agent that has read an earlier text do not count.
        await a.session.store_cells([])
    await end_host(own)
    async with agent_of(own) as later:
        assert (await later.session.get_text(SCRIPT)).ids == ids


async def end_host(script: Path) -> None:
    async with client_of(script) as client:
        await client.session.shutdown()


async def test_the_text_of_the_editor_that_was_edited_last_counts(own: Path) -> None:
    async with agent_of(own) as agent, AsyncExitStack() as editors:
        await agent.session.get_text(SCRIPT)
        editor, other = [
            await editors.enter_async_context(editor_of(own, name)) for name in ("E", "F")
        ]
        editor.show(SCRIPT, "e1 e2 e3")
        other.show("x = 1", "f1")
        text = await agent.session.get_text(SCRIPT)
        assert (text.editor, text.ids) == ("E", ["e1", "e2", "e3"])
        other.show("x = 2", "f1", edited_at=5.0)
        text = await agent.session.get_text(SCRIPT)
        assert (text.editor, text.content, text.edited_at) == ("F", "x = 2", 5.0)
        texts = await asyncio.gather(*(agent.session.get_text(SCRIPT) for _ in range(20)))
        assert {one.editor for one in texts} == {"F"}
        assert other.asked < 10  # Requests at one time share an answer.
        await editors.aclose()
        # The ids of the editors stay with the cells.
        text = await agent.session.get_text("x = 2\n")
        assert (text.editor, text.ids) == ("", ["f1"])


async def start(client: Client, *sources: str) -> list[str]:
    """Queue runs of cells that no other run has."""
    requests = [client.request(source, secrets.token_hex(4)) for source in sources]
    return await client.session.execute(requests, kernel=None, language="python")


async def run_scratch(client: Client, source: str, scratch: Scratch) -> Run:
    request = replace(client.request(source, "kept nowhere"), scratch=scratch)
    (run_id,) = await client.session.execute([request], kernel=None, language="python")
    await client.session.wait_for_run(run_id)
    return client.session.runs[run_id]


def result(client: Client, run: Run) -> str:
    """Return the text of a run's result."""
    outputs = client.session.outputs.get(run.id, ())
    return "".join(str(one.data["text/plain"]) for one in outputs if isinstance(one, Display))


CHANGES = """
import math as added
x = 2
del y
def f(): return x
exec('hidden = 1')
await asyncio.sleep(0)
_ = 'rebound'
get_ipython().run_cell(' ')
get_ipython().run_cell('nested = 1')
f()
"""


async def test_a_scratch_run_on_a_copy_leaves_the_names_as_they_are(script: Path) -> None:
    async with client_of(script) as person:
        await person.session.allow_agents(allowed=True, remember=False)
        names = "set(globals()) - {'_i', '_ii', '_iii'}"
        seen = f"(x, y, {names} - kept, sorted(Out)[-1] == len(In) - 2, _)"
        async with agent_of(script) as agent:
            await person.run("import asyncio; x, y = [1], 1; kept = set()", f"kept = {names}", "5")
            runs = [
                await run_scratch(agent, CHANGES, Scratch.COPY),
                await run_scratch(agent, "x = new = 1; 1 / 0", Scratch.COPY),
                await run_scratch(agent, "x = new = (", Scratch.COPY),
            ]
            states = [run.state for run in runs]
            assert states == [RunState.OK, RunState.ERROR, RunState.ERROR]
            assert result(agent, runs[0]) == "2"
            assert {(run.cell_id, run.scratch, run.agent) for run in runs} == {
                ("", Scratch.COPY, True)
            }
            query = ListVariables()
            changed = await person.session.query_variables(query)
            assert isinstance(changed, VariablesPage)
            assert {"x", "y"} <= {one.key for one in changed.variables if not one.changed}
            (run,) = await person.run(seen)
            assert "([1], 1, {" in result(person, run)
            for name in ("added", "new", "hidden", "nested", "'f'"):
                assert name not in result(person, run)
            assert result(person, run).endswith("True, 5)")
            # The names of the session itself.
            await run_scratch(agent, "x = 'live'", Scratch.LIVE)
            (run,) = await person.run("x")
            assert result(person, run) == "'live'"
            assert all(run.id in person.session.runs for run in runs)


async def test_each_side_ends_only_its_own_runs(script: Path) -> None:
    async with client_of(script) as person:
        await person.session.allow_agents(allowed=True, remember=False)
        async with agent_of(script) as agent:
            (waiting,) = await start(person, "input()")
            await person.watcher.until(lambda: person.session.runs[waiting].waiting is not None)
            theirs = await start(agent, "'agent'", "1 / 0", "'never'")
            mine = await start(person, "'mine'")
            with pytest.raises(SessionError, match="not run by this agent"):
                await agent.session.interrupt()
            with pytest.raises(SessionError, match="not run by this agent"):
                await agent.session.answer_input(waiting, "x")
            await agent.session.cancel(mine)
            await person.session.answer_input(waiting, "x")
            for run in [*theirs, *mine]:
                await person.session.wait_for_run(run)
            runs = person.session.runs
            states = [runs[run].state for run in [*mine, *theirs]]
            assert states == [RunState.OK, RunState.OK, RunState.ERROR, RunState.CANCELLED]
            order = [runs[run].started_at or 0.0 for run in [*mine, *theirs[:2]]]
            assert order == sorted(order)
            assert {(runs[run].client, runs[run].agent) for run in theirs} == {("Agent", True)}
            # The user ends the runs of agents in one step; their own run stays.
            theirs = await start(agent, "input()", "'never'")
            await person.watcher.until(lambda: runs[theirs[0]].waiting is not None)
            (kept,) = await start(person, "'kept'")
            await person.session.interrupt(agents=True)
            await person.session.wait_for_run(kept)
            states = [runs[run].state for run in [*theirs, kept]]
            assert states == [RunState.ERROR, RunState.CANCELLED, RunState.OK]
            # So does an agent with its own.
            theirs = await start(agent, "input()", "'never'")
            await person.watcher.until(lambda: runs[theirs[0]].waiting is not None)
            (kept,) = await start(person, "'kept'")
            await agent.session.interrupt()
            await person.session.wait_for_run(kept)
            states = [runs[run].state for run in [*theirs, kept]]
            assert states == [RunState.ERROR, RunState.CANCELLED, RunState.OK]
