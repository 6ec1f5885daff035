"""An agent on the script that is open in VS Code: the permission, its runs, their author, its end.

The agent is the official client of the Model Context Protocol, outside VS Code. VS Code's own
agents are tested in host/agents.test.ts.
"""

from __future__ import annotations

import asyncio

from playwright.async_api import Locator

from support.agent import Agent, agent
from support.editor_table import shows
from support.vscode import notebook
from support.vscode.screenshots import take_screenshot
from support.vscode.window import Window

NAME = "largest_towns.py"
"""A name of its own: VS Code opens a file again in the notebook editor in which it was last."""
SCRIPT = """\
# %% Towns
towns = {"Oslo": 709_000, "Bern": 134_000, "Rome": 2_761_000}

# %% How many live there
sum(towns.values())

# %% The largest ones
for town in sorted(towns, key=towns.get, reverse=True):
    print(f"{town:6} {towns[town]:>9}")

# %% A question
best = input("Which one? ")

# %% A long one
import contextlib, time
with contextlib.suppress(KeyboardInterrupt):  # A traceback would hide the cells below it.
    time.sleep(600)

# %% After it
print("not reached")
"""
TITLES = [
    "Towns",
    "How many live there",
    "The largest ones",
    "A question",
    "A long one",
    "After it",
]


async def run_cells(mine: Agent, *titles: str, wait: int = 60) -> str:
    """Let the agent read the script and run cells by their titles; return the answer."""
    known = dict(zip(TITLES, (await mine.call("overview")).cells, strict=True))
    ids, hashes = [known[title].id for title in titles], [known[title].hash for title in titles]
    return (await mine.call("run_cells", ids=ids, hashes=hashes, wait_seconds=wait)).text


def agents_item(window: Window) -> Locator:
    """Return the status bar item for agents."""
    return window.page.locator('.statusbar-item[id$="cellbridge.agents"]')


def session_row(window: Window) -> Locator:
    """Return the row of the script's session."""
    rows = window.page.locator(".pane", has_text="Sessions").locator(".monaco-list-row")
    return rows.filter(has_text=NAME)


@shows("agents")
async def test_an_agent_works_on_the_open_script(window: Window) -> None:
    path = await window.open(NAME, SCRIPT)
    await window.lens("▶ Run").first.click()
    await window.wait_for_run(1)
    async with agent(path.parent, script=path, name="Claude", asks=False) as claude:
        await allow(window, claude)
        assert "3604000" in await run_cells(claude, "How many live there", "The largest ones")
        assert "→ 3604000  · Claude" in await window.line_end_text("3604000")
        await window.zone("Claude").filter(has_text="2761000").first.wait_for()
        await agents_item(window).filter(has_text="Claude").wait_for()
        await check_session(window)
        await check_unsaved_text(window, claude)
        await check_question(window, claude)
        await check_cancelled(window, claude)
        await check_panel(window)
        await check_log(window)
        await check_notebook(window)
        await check_forbidden(window, claude)


async def allow(window: Window, mine: Agent) -> None:
    """Answer the question to the user, which the agent's first call waits for."""
    reading = asyncio.create_task(mine.call("overview"))
    message = await window.notification("Claude wants to read and run")
    await window.click_in_row(message, '.monaco-button:has-text("Allow for This Session")')
    assert "How many live there" in (await reading).text


async def check_session(window: Window) -> None:
    """The agent is named in the row of its session."""
    await window.show_view("Cellbridge")
    await session_row(window).filter(has_text="Claude · idle").wait_for()


async def check_unsaved_text(window: Window, mine: Agent) -> None:
    """The text in the editor counts, not that of the file: the agent is shown the difference."""
    cell = (await mine.call("overview")).cells[1]
    await window.go_to_line(5)
    await window.page.keyboard.press("End")
    await window.page.keyboard.type(" // len(towns)")
    await window.line_end_text("stale")

    async def is_refused() -> bool:
        refused = await mine.refused("run_cells", ids=[cell.id], hashes=[cell.hash])
        return "+sum(towns.values()) // len(towns)" in refused

    # The server receives what was typed a little later.
    await window.until(is_refused, "the whole edit in the refusal")
    assert "1201333" in await run_cells(mine, "How many live there")
    assert "→ 1201333  · Claude" in await window.line_end_text("1201333")


async def check_question(window: Window, mine: Agent) -> None:
    """A question of an agent's run opens no box: it would take the user's keyboard."""
    assert "Which one?" in await run_cells(mine, "A question")
    message = await window.notification("“A question” is waiting for input: Which one? (Claude)")
    assert not await window.page.locator(".quick-input-widget", has_text="Which one?").count()
    await window.click_in_row(message, '.monaco-button:has-text("Respond")')
    await window.page.locator(".quick-input-widget", has_text="Which one?").wait_for()
    await window.page.locator(".quick-input-widget input").first.fill("Rome")
    await window.page.keyboard.press("Enter")
    await window.wait_for_run(5)


async def check_cancelled(window: Window, mine: Agent) -> None:
    """One command ends the agent's running cell and those in the queue."""
    await run_cells(mine, "A long one", "After it", wait=0)
    await agents_item(window).filter(has_text="Claude, 1 queued").wait_for()
    await window.line_end_text("running …  · Claude")
    assert "queued  · Claude" in await window.line_end_text("queued")
    await session_row(window).filter(has_text="Claude · busy").wait_for()
    await window.lens("Cancel agent").first.wait_for()
    await take_screenshot(window, "vscode-agents")
    await window.command("Cellbridge: Cancel Agents' Runs")
    await agents_item(window).filter(has_text="queued").wait_for(state="hidden")
    assert "cancelled" in await window.line_end_text("cancelled")
    await window.status("idle").wait_for()


async def check_panel(window: Window) -> None:
    """The head of a cell in the panel has the name of the agent."""
    await window.command("Cellbridge: Show Outputs in Panel")
    state = await window.in_webview('.cell:has(.cell-title:text-is("The largest ones")) .state')
    assert (await state.inner_text()).endswith(", Claude")


async def check_notebook(window: Window) -> None:
    """The notebook editor shows the author next to each cell that the agent ran."""
    await window.save()
    await notebook.open_as_notebook(window, len(TITLES))
    item = window.page.locator(".cell-statusbar-container .cell-status-item", has_text="Claude")
    await item.first.wait_for()
    await agents_item(window).filter(has_text="Claude").wait_for()


async def check_log(window: Window) -> None:
    """The log lists the calls of the agent."""
    await window.command("Cellbridge: Show Agent Log")
    await window.line("run_cells · refused").wait_for()
    await window.page.locator(".tab", has_text=NAME).click()
    await window.tab(NAME).wait_for()


async def check_forbidden(window: Window, mine: Agent) -> None:
    """The agent is disconnected, and can do nothing more. The notebook editor is active."""
    await window.command("Cellbridge: Forbid Agents")
    await agents_item(window).wait_for(state="hidden")
    assert "Allow Agents" in await mine.refused("overview")
