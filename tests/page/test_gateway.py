"""Tabs on a real session: what they show, request and run."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from cellbridge.core.document.text import Change
from cellbridge.core.runs.agents import ClientInfo, ClientKind
from cellbridge.page.gateway import REQUEST_LIMIT
from cellbridge.workspace.open_script import SilentListener
from cellbridge.workspace.workspace import Workspace
from support import page_process
from support.page_process import Browser
from support.patience import PATIENCE
from support.sessions import host_of, kill, session_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """\
# %% one
print("hello", flush=True)
number = 6 * 7
# %% [markdown]
# # A title
# %% two
number
# %% three
name = input("Name: ")
print("Hello", name)
"""


@pytest.fixture
def shown(script: Path) -> Path:
    script.write_text(TEXT)
    return script


def write(script: Path, text: str) -> None:
    """Change a script as an editor does that saves it."""
    script.write_text(text)


async def test_a_tab_shows_a_script_runs_its_cells_and_answers_input(
    browser: Browser, shown: Path
) -> None:
    async with browser.tab() as tab:
        await tab.choose(shown)
        assert [cell["title"] for cell in tab.cells.values()] == ["one", "", "two", "three"]
        assert [*tab.sources.values()][:3] == [
            'print("hello", flush=True)\nnumber = 6 * 7', "# A title", "number",
        ]  # fmt: skip
        await tab.run(0)
        assert tab.text(0) == "hello\n"
        await tab.run(2)
        (result,) = [*tab.cells.values()][2]["outputs"]
        assert result["data"]["text/plain"] == "42"
        answer = await tab.request("cellbridge/variables", uri=tab.uri)
        assert "number" in [one["name"] for one in answer["result"]["variables"]]

        last = [*tab.cells][3]
        argument = {"uri": tab.uri, "cell": last}
        await tab.send(type="command", command="cellbridge.runCell", argument=argument)
        await tab.until(lambda _: tab.cells[last].get("run", {}).get("waiting"), "the prompt")
        argument = {"uri": tab.uri, "text": "Ada"}
        await tab.send(type="command", command="cellbridge.answerInput", argument=argument)
        await tab.until(lambda _: tab.ended(last), "the end of the run")
        assert tab.text(3).endswith("Hello Ada\n")

        answer = await tab.request("cellbridge/sessions")
        (session,) = [one for one in answer["result"]["sessions"] if one["name"] == str(shown)]
        assert "Browser" in session["clients"]


async def test_two_tabs_agree_and_the_second_does_not_disturb_the_first(
    browser: Browser, shown: Path
) -> None:
    async with browser.tab() as first:
        await first.choose(shown)
        cell = next(iter(first.cells))
        async with page_process.browser() as other, other.tab() as second:
            for _ in range(3):
                # The other tab loads the document while changes for the first one are due.
                argument = {"uri": first.uri, "cell": cell}
                before = first.cells[cell].get("run", {}).get("id")
                await first.send(type="command", command="cellbridge.runCell", argument=argument)
                await second.choose(shown)
                await first.until(lambda _, old=before: first.ended(cell, old), "the end")
                run = first.cells[cell]["run"]["id"]
                if second.cells[cell].get("run", {}).get("id") != run or not second.ended(cell):
                    await second.until(
                        lambda _, new=run: (
                            second.cells[cell]["run"]["id"] == new and second.ended(cell)
                        ),
                        "the end in the second tab",
                    )
                async with asyncio.timeout(PATIENCE):
                    while first.cells != second.cells:
                        # Each answer comes after the changes that were sent before it.
                        await first.request("cellbridge/sessions")
                        await second.request("cellbridge/sessions")
                assert first.text(0) == second.text(0) == "hello\n"


async def test_a_change_of_the_file_reaches_the_tab(browser: Browser, shown: Path) -> None:
    async with browser.tab() as tab:
        await tab.choose(shown)
        ids = [*tab.cells]
        write(shown, TEXT.replace("6 * 7", "6 * 8"))
        news = await tab.of_type("code")
        assert news["sources"] == {ids[0]: 'print("hello", flush=True)\nnumber = 6 * 8'}
        write(shown, "# %% zero\n1\n" + TEXT)
        await tab.of_type("document")
        await tab.of_type("code")
        assert [*tab.cells][2:] == ids[1:]
        assert [*tab.sources] == [*tab.cells]


async def test_a_run_uses_the_text_of_an_editor_and_no_older_one(
    browser: Browser, shown: Path
) -> None:
    """A file that changes at the same time stands for the editor's text."""
    async with browser.tab() as tab:
        await tab.send(type="visible", visible=False)  # So that the file is not followed.
        await tab.choose(shown)
        write(shown, TEXT.replace('"hello"', '"newest"'))
        await tab.run(0)
        assert tab.text(0) == "newest\n"


async def test_a_killed_host_is_replaced_and_the_tab_continues(
    browser: Browser, shown: Path
) -> None:
    async with browser.tab() as tab:
        await tab.choose(shown)
        await tab.run(0)
        await asyncio.to_thread(kill, host_of(shown))
        await tab.until(
            lambda message: (
                message["type"] == "kernel" and message["params"]["kernel"]["state"] == "idle"
            ),
            "the kernel again",
        )
        await tab.run(2)
        (result,) = [*tab.cells.values()][2]["outputs"]
        assert result["data"]["text/plain"] == "42"


async def test_an_address_leads_to_its_cell_once(browser: Browser, shown: Path) -> None:
    async with browser.tab() as tab:
        await tab.choose(shown)
        cell = [*tab.cells][2]
        await browser.enter(await page_process.new_address(shown, cell))
        await tab.choose(shown)
        assert (await tab.of_type("cursor"))["cell"] == cell


@pytest.mark.parametrize(
    "path", ["/nowhere.py", "relative.py", "", "/", "/dev/zero", "a\0b", "/etc/shadow\n"]
)
async def test_what_is_no_script_is_one_sentence(browser: Browser, path: str) -> None:
    async with browser.tab() as tab:
        await tab.send(type="choose", path=path)
        assert (await tab.of_type("document"))["document"] is None
        sentence = (await tab.of_type("message"))["text"]
        assert sentence.endswith(".")
        assert "internal error" not in sentence


async def test_a_named_pipe_is_no_script(browser: Browser, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    async with browser.tab() as tab:
        await tab.send(type="choose", path=str(tmp_path / "pipe.py"))
        assert "is not a script" in (await tab.of_type("message"))["text"]


async def test_invalid_messages_end_nothing(browser: Browser, shown: Path) -> None:
    async with browser.tab() as tab:
        for text in ("", "[", "1", "{}", '{"type": 1}', '{"type": "request"}', "[" * 100_000):
            await tab.socket.send_str(text)
        await tab.send(type="request", id=1, method="textDocument/hover", params={})
        assert "cannot send" in (await tab.of_type("answer"))["error"]
        await tab.send(type="request", id=2, method="cellbridge/outputs", params={"uri": 5})
        assert "do not match" in (await tab.of_type("answer"))["error"]
        await tab.send(type="request", id=3, method="cellbridge/outputs", params=None)
        assert "do not match" in (await tab.of_type("answer"))["error"]
        for command in ("cellbridge.shutdown", "cellbridge.trustFolder", "x"):
            await tab.send(type="command", command=command, argument={"uri": "file:///a.py"})
            assert "cannot execute" in (await tab.of_type("message"))["text"]
        await tab.choose(shown)
        assert tab.cells


async def test_many_requests_are_all_answered(browser: Browser) -> None:
    async with browser.tab() as tab:
        count = REQUEST_LIMIT + 50
        for number in range(count):
            await tab.send(type="request", id=number, method="cellbridge/plots", params=0)
        left = {*range(count)}
        while left:
            left.discard((await tab.of_type("answer"))["id"])


async def test_the_text_the_cursor_and_the_cells_of_an_editor(
    browser: Browser, shown: Path
) -> None:
    """An editor in this process, by the same code as in the language server."""
    me = ClientInfo("An editor", ClientKind.EDITOR)
    async with Workspace(SilentListener(), client=me) as editor, browser.tab() as tab:
        notebook = editor.open(shown.as_uri(), "python", 1, TEXT)
        await notebook.ready()
        lines: asyncio.Queue[int] = asyncio.Queue()
        notebook.sharing.on_show = lines.put_nowait
        await tab.choose(shown)
        first, *_ = ids = [*tab.cells]
        editor.change(shown.as_uri(), 2, [Change(None, TEXT.replace('"hello"', '"unsaved"'))])
        await tab.until(lambda _: '"unsaved"' in tab.sources.get(first, ""), "the edit")
        assert [*tab.cells] == ids
        notebook.sharing.cursor_moved(6)
        await tab.until(
            lambda message: message["type"] == "cursor" and message["cell"] == ids[2], "the cursor"
        )
        await tab.run(0)
        assert tab.text(0) == "unsaved\n"
        await tab.send(type="goto", uri=tab.uri, cell=ids[3])
        place = {"line": 2, "character": 0}
        await tab.send(type="reveal", uri=tab.uri, range={"start": place, "end": place})
        async with asyncio.timeout(PATIENCE):
            assert [await lines.get(), await lines.get()] == [7, 2]
        await tab.send(type="reveal", uri="file:///b.py", range={"start": place, "end": place})
        assert (await tab.of_type("message"))["text"] == "Open line 3 of /b.py in your editor."


async def test_without_an_editor_a_cell_cannot_be_shown_in_one(
    browser: Browser, shown: Path
) -> None:
    async with browser.tab() as tab:
        await tab.choose(shown)
        await tab.send(type="goto", uri=tab.uri, cell=next(iter(tab.cells)))
        assert "editor" in (await tab.of_type("message"))["text"]


async def test_a_session_that_another_client_starts_is_joined(
    browser: Browser, tmp_path: Path
) -> None:
    script = tmp_path / "other.py"
    script.write_text("# %%\nprint('from outside')\n")
    async with browser.tab() as tab:
        await tab.choose(script)
        async with session_of(script) as client:
            stored = client.request("print('from outside')\n", next(iter(tab.cells)))
            await client.session.execute([stored], kernel="python3", language="python")
            await tab.until(lambda _: tab.text(0) == "from outside\n", "the output")
