"""The open text that a document sends to the debugger of its session."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Text
from cellbridge.core.runs.debug_status import DebugStatus, TextCell
from cellbridge.core.runs.runs import KernelState, KernelStatus
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.workspace.debugging import Debugging, text_cells
from cellbridge.workspace.session_link import SessionLink
from support.patience import PATIENCE


class Script:
    """A document."""

    name = "/s.py"

    def __init__(self, content: str) -> None:
        self.replace(content)

    def replace(self, content: str) -> None:
        self.text = Text.of(content)
        self.cells = parse(self.text, PYTHON)
        self.ids = tuple(f"c{number}" for number in range(len(self.cells)))


class Session:
    """A session that records what it receives, and answers when it is allowed to."""

    def __init__(self) -> None:
        self.texts: list[list[TextCell]] = []
        self.requests: list[str] = []
        self.refused = ""
        self.debug_listener: Any = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.kernel = KernelStatus(KernelState.IDLE, debugger=DebugStatus("Editor"))

    async def debug_text(self, cells: list[TextCell], *, live: bool, path: str) -> None:
        assert live
        assert path == "/s.py"
        self.texts.append(cells)
        await self.answers.wait()

    async def debug(self, command: str, arguments: object) -> dict[str, Any]:
        self.requests.append(command)
        if self.refused:
            raise SessionError(self.refused)
        return {}


class Link:
    """The link to that session."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.tasks = tasks
        self.client: Session | None = Session()

    @property
    def kernel(self) -> KernelStatus:
        return self.client.kernel if self.client else KernelStatus(KernelState.DEAD)

    def answering_client(self) -> Session | None:
        return self.client

    async def ready(self) -> None:
        """There is nothing to wait for."""


def check_scene(work: Any, content: str = "# %%\nx = 1\n") -> None:
    """Run a scene with a document, its debugger and its session."""

    async def play() -> None:
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            link, script = Link(tasks), Script(content)
            debugging = Debugging(cast("SessionLink", link), cast("Any", script))
            scene: Coroutine[Any, Any, None] = work(debugging, script, link)
            await scene

    asyncio.run(play())


def test_of_many_edits_the_last_text_is_sent() -> None:
    async def scene(debugging: Debugging, script: Script, link: Link) -> None:
        session = cast("Session", link.client)
        session.answers.clear()
        debugging.text_changed()
        await asyncio.sleep(0)
        for number in range(50):
            script.replace(f"# %%\nx = {number}\n")
            debugging.text_changed()
        session.answers.set()
        await debugging.request("threads", {})
        assert [text[0].source for text in session.texts] == ["x = 1\n", "x = 49\n"]

    check_scene(scene)


def test_no_text_is_sent_while_no_client_debugs() -> None:
    async def scene(debugging: Debugging, script: Script, link: Link) -> None:
        session = cast("Session", link.client)
        session.kernel = KernelStatus(KernelState.IDLE)
        debugging.text_changed()
        debugging.kernel_changed()
        await debugging.before_run(cast("SessionClient", session))
        assert session.texts == []
        session.kernel = KernelStatus(KernelState.IDLE, debugger=DebugStatus("Other"))
        debugging.kernel_changed()
        await debugging.before_run(cast("SessionClient", session))
        assert session.texts

    check_scene(scene)


def test_a_session_that_ends_ends_the_debugging() -> None:
    async def scene(debugging: Debugging, script: Script, link: Link) -> None:
        events: list[str] = []
        session = cast("Session", link.client)
        await debugging.attach(lambda event, _: events.append(event), start=False)
        assert session.requests == ["attach"]
        link.client = None
        debugging.kernel_changed()
        debugging.kernel_changed()
        assert events == ["output", "terminated"]
        await debugging.detach()
        with pytest.raises(SessionError, match="nothing to debug"):
            await debugging.attach(lambda *_: None, start=False)

    check_scene(scene)


def test_an_attach_that_is_refused_leaves_the_listener() -> None:
    async def scene(debugging: Debugging, script: Script, link: Link) -> None:
        session = cast("Session", link.client)
        session.refused = "Other debugs this notebook already."
        with pytest.raises(SessionError, match="Other debugs"):
            await debugging.attach(lambda *_: None, start=False)
        assert session.debug_listener is None

    check_scene(scene)


def test_the_source_of_a_cell_is_the_lines_that_its_run_covers() -> None:
    script = Script(
        "# %%\nimport os\n# %% [markdown]\n# text\n"
        "# %%\nfor i in []:\n    # %% inner\n    print(i)\n# %%\nlast"
    )
    found = [(one.line, one.source) for one in text_cells(cast("Any", script))]
    assert found == [
        (1, "import os"),
        (5, "for i in []:\n    # %% inner\n    print(i)"),
        (7, "    print(i)"),
        (9, "last"),
    ]
