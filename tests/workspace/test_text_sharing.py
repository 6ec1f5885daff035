"""A client that follows the text of editors, as a page does: real hosts and several clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.session.messages import Call
from cellbridge.workspace import session_start
from support.notebooks import editor
from support.sessions import host_of, kill, stop
from support.text_follower import follower

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = "# %% one\nx = 1\n\n# %% two\ny = x + 1\ny\n"


@pytest_asyncio.fixture(loop_scope="module")
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    """A script whose session ends with the test."""
    yield tmp_path / "script.py"
    await stop(tmp_path / "script.py")


@pytest.fixture(autouse=True)
def frequent_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let documents notice a session that another client starts without the usual delay."""
    monkeypatch.setattr(session_start, "_PAUSE", 0.05)


async def test_edits_and_the_cursor_reach_a_page_only_while_it_looks(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    call = SessionClient._call  # pyright: ignore[reportPrivateUsage]  # Nothing else sees requests.

    async def record(self: SessionClient, request: Call, result: Any = None) -> Any:
        sent.append(request)
        return await call(self, request, result)

    monkeypatch.setattr(SessionClient, "_call", record)
    async with editor("Ed") as person, follower(path, SCRIPT) as browser:
        mine = person.open(path, SCRIPT)
        await person.until(lambda: mine.has_session)
        person.type(mine, 1, 4, "100")  # Not saved.
        await browser.until_shared(mine)
        for number in range(50):
            person.type(mine, 1, 4, str(number % 10))
        person.replace(mine, f"# %% new\nz()\n\n{mine.text.content}")
        mine.sharing.cursor_moved(0)  # In a cell that the page does not have yet.
        await browser.until_cursor(mine.ids[0])
        await browser.until_shared(mine)
        assert len(browser.texts) < 10  # Most of the 51 edits were not sent one by one.
        mine.sharing.cursor_moved(5)
        await browser.until_cursor(mine.ids[1])
        seen = len(browser.cursors)
        mine.sharing.cursor_moved(4)  # Another line of the cell.
        mine.sharing.cursor_moved(0)
        await browser.until_cursor(mine.ids[0])
        assert len(browser.cursors) == seen + 1
        # A run from the page is one of the editor's cell.
        await browser.notebook.run([1])
        await person.until(lambda: mine.view(1).run is not None)
        await browser.notebook.sharing.unwatch()
        await mine.run([0])  # The reply comes after the notice that no client follows.
        texts, cursors = browser.texts.copy(), browser.cursors.copy()
        sent.clear()
        person.type(mine, 1, 4, "7")
        mine.sharing.cursor_moved(1)
        await mine.run([0])  # A text that is due is sent before a run.
        kinds = {type(request).__name__ for request in sent}
        assert kinds == {"Execute", "StoreCells"}
        assert (browser.texts, browser.cursors) == (texts, cursors)
        await browser.watch(SCRIPT)
        await browser.until_shared(mine)
        await browser.until(lambda: len(browser.cursors) > len(cursors))


async def test_without_an_editor_the_page_shows_the_file(path: Path) -> None:
    async with follower(path, SCRIPT) as browser:
        await browser.until_text(SCRIPT)
        ids = browser.notebook.ids
        changed = SCRIPT.replace("x = 1", "x = 2")
        await browser.watch(changed)
        await browser.until_text(changed)
        assert browser.notebook.ids == ids
        with pytest.raises(SessionError, match="No editor has this script open"):
            await browser.notebook.sharing.show(ids[0])
        async with editor("Ed") as person:
            mine = person.open(path, f"{changed}# %% unsaved\n")
            await browser.until_shared(mine)
            assert mine.ids[:2] == ids
        await browser.until_text(changed)  # The editor was closed without saving.
        assert browser.notebook.ids == ids


async def test_of_two_editors_the_last_edited_one_counts(path: Path) -> None:
    async with editor("One") as one, editor("Two") as two, follower(path, SCRIPT) as browser:
        first, second = one.open(path, SCRIPT), two.open(path, SCRIPT)
        shown: list[tuple[str, int]] = []
        first.sharing.on_show = lambda line: shown.append(("One", line))
        second.sharing.on_show = lambda line: shown.append(("Two", line))
        await one.until(lambda: first.has_session)
        await two.until(lambda: second.has_session)
        two.type(second, 1, 4, "2")
        await browser.until_shared(second)
        one.type(first, 1, 4, "1")
        await browser.until_shared(first)
        await browser.notebook.sharing.show(first.ids[1], line=1)
        # The editor answers a later request after it.
        second.sharing.cursor_moved(4)
        await browser.until_cursor(second.ids[1])
        await browser.notebook.sharing.show(second.ids[1])
        two.type(second, 1, 4, "2")
        await browser.until_shared(second)
        assert ("Two", 3) in shown
        one.workspace.close(first.uri)
        two.type(second, 1, 4, "3")
        await browser.until_shared(second)
        assert shown == [("One", 4), ("Two", 3)]


async def test_a_page_follows_across_sessions(path: Path) -> None:
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(follower(path, SCRIPT))
        person = await stack.enter_async_context(editor("Ed"))
        mine = person.open(path, SCRIPT)
        await mine.run([0])
        await browser.until_shared(mine)
        kill(host_of(path))
        await person.until(lambda: not mine.has_session)
        await person.until(lambda: mine.has_session)
        person.type(mine, 1, 4, "5")
        await browser.until_shared(mine)
        # Once the session has ended, the page shows the file, and starts no session.
        await stop(path)
        await person.until(lambda: not mine.has_session)
        saved = f"{SCRIPT}# %% saved\n"
        await browser.workspace.until(lambda: not browser.notebook.has_session)
        await browser.watch(saved)
        assert (browser.notebook.text.content, browser.notebook.has_session) == (saved, False)
        await mine.run([0])
        await browser.until_shared(mine)


async def test_a_page_does_not_store_its_own_cells(path: Path) -> None:
    async with editor("Ed") as person:
        mine = person.open(path, SCRIPT)
        async with follower(path, SCRIPT) as browser:
            await person.until(lambda: mine.has_session)
            await browser.until_shared(mine)
            await browser.notebook.sharing.unwatch()
            person.replace(mine, f"# %% zero\n0\n{SCRIPT}")
            await mine.store_cells()
            ids = mine.ids
            assert len(browser.notebook.ids) == 2
        # The page has been closed, with its older text.
    async with editor("Later") as person:
        again = person.open(path, mine.text.content)
        await again.ready()
        assert again.ids == ids
