"""Running cells by lens and by key, and the display of their runs."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.editor_table import shows
from support.sessions import PATIENCE, host_of
from support.vscode.instance import SHOTS
from support.vscode.reload import reload
from support.vscode.window import Window

SHORT = """\
# %% Sum
sum(range(100))

# %% Next
"a" * 3

# %% Last
40 + 2
"""


async def save(window: Window, path: Path, text: str) -> None:
    """Save all files, and wait until the file contains a text: its tab shows this too early."""
    await window.save()

    async def look() -> bool:
        return text in await asyncio.to_thread(path.read_text, "utf-8")

    await window.until(look, f"{text!r} in {path.name}")


@shows("run", "lens", "result")
async def test_a_lens_runs_its_cell(window: Window) -> None:
    await window.open("lens.py", SHORT)
    await window.lens("▶ Run").nth(1).click()
    assert await window.line_end_text("'aaa'") == "→ 'aaa'"
    await window.wait_for_run(1)
    await window.lens("Run above").last.click()
    assert await window.line_end_text("4950")
    await window.wait_for_run(2)
    await window.wait_for_run(3)
    begun = time.monotonic()
    await window.lens("▶ Run").last.click()
    await window.line_end_text("42")
    # For information only; the page is polled twenty times a second.
    print(f"\nseconds from the click on a lens to the result: {time.monotonic() - begun:.2f}")


@shows("run")
async def test_keys_run_cells_and_go_on(window: Window) -> None:
    path = await window.open("keys.py", SHORT)
    await window.go_to_line(2)
    await window.page.keyboard.press("Shift+Enter")
    await window.line_end_text("4950")
    await window.cursor_on(5)
    await window.page.keyboard.press("Control+Enter")
    await window.line_end_text("'aaa'")
    await window.cursor_on(5)
    await window.page.keyboard.press("Alt+Enter")
    await window.cursor_on(8)
    await window.page.keyboard.type("7 * 6 + 1")
    await window.page.keyboard.press("Shift+Enter")
    await window.line_end_text("→ 43")
    await save(window, path, '"a" * 3\n\n# %%\n7 * 6 + 1\n')


async def test_a_selection_runs_alone(window: Window) -> None:
    await window.open("selection.py", "# %%\nx = 20\nx + 2\nx = x + 1\nx\n")
    for line in (2, 3):
        await window.go_to_line(line)
        await window.page.keyboard.press("Shift+End")
        await window.page.keyboard.press("Shift+Enter")
        await window.line_end_text("selection")
    assert "→ 22  · selection" in await window.line_end_text("→ 22")
    # The cell itself has not run. When it does, the results of selected lines go.
    assert not [title for title in await window.lens_line("Run").all_inner_texts() if "✓" in title]
    await window.lens("▶ Run").click()
    await window.line_end_text("→ 21")

    async def gone() -> bool:
        return not any("selection" in text for text in await window.line_end_texts())

    await window.until(gone, "the results of the selected lines to go")
    await window.command("Cellbridge: Shut Down Kernel")
    await window.line_end_text("earlier kernel")


async def test_without_cells_the_keys_are_the_editors(window: Window) -> None:
    await window.open("plain.py", "x = 1\n", cells=False)
    await window.go_to_line(1)
    await window.page.keyboard.press("End")
    await window.page.keyboard.press("Control+Enter")
    await window.page.keyboard.type("y = 2")
    await window.line("y = 2").wait_for()
    await window.status("not started").wait_for()


@shows("interrupt")
async def test_a_cell_is_interrupted(window: Window) -> None:
    await window.open("interrupt.py", "# %% Long\nimport time\nprint('begun')\ntime.sleep(600)\n")
    await window.lens("▶ Run").click()
    await window.line_end_text("begun")
    await window.lens("Interrupt").click()
    await window.zone("KeyboardInterrupt").first.wait_for()
    await window.status("idle").wait_for()


@shows("input")
async def test_input_is_asked_for(window: Window) -> None:
    script = (
        "# %% Ask\nname = input('Who? ')\nfrom getpass import getpass\n"
        "word = getpass('Word? ')\nprint(f'{name}/{word}')\n"
    )
    await window.open("ask.py", script)
    await window.lens("▶ Run").click()
    box = window.page.locator(".quick-input-widget input")
    await window.page.locator(".quick-input-widget", has_text="Who?").wait_for()
    assert await box.first.get_attribute("type") == "text"
    await box.first.fill("Ada")
    await window.page.keyboard.press("Enter")
    await window.page.locator(".quick-input-widget", has_text="Word?").wait_for()
    assert await box.first.get_attribute("type") == "password"
    await box.first.fill("secret")
    await window.page.keyboard.press("Enter")
    assert "Ada/secret" in await window.line_end_text("Ada/")


@shows("reattach")
async def test_a_reload_in_the_middle_loses_nothing(window: Window, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    path = await window.open("reload.py", counting_script(stop))
    await window.command("Cellbridge: Run All Cells")
    await window.zone("step 3").first.wait_for()
    await reload(window, "reload.py")
    await window.wait_until_ready()
    assert path.read_text("utf-8") == counting_script(stop)
    zone = window.zone("running …")
    # Output from the time without an editor is shown, and more arrives.
    before = last_step(await zone.first.inner_text())

    async def goes_on() -> bool:
        return last_step(await zone.first.inner_text()) > before

    await window.until(goes_on, f"more than {before} steps", zone.first.inner_text)
    await window.status("busy").wait_for()
    stop.touch()
    await window.line_end_text("the queue went on")
    await window.wait_for_run(1)
    await window.wait_for_run(2)

    async def whole() -> bool:
        message = await window.zone("step").first.inner_text()
        steps = [int(one) for one in re.findall(r"step (\d+)", message)]
        return f"{steps[-1]} lines" in message and steps == list(range(steps[0], steps[-1] + 1))

    await window.until(whole, "every line", window.zone("step").first.inner_text)


def counting_script(stop: Path) -> str:
    """Return a script whose first cell prints steps until a file exists."""
    return (
        f"# %% Count\nimport pathlib, time\nstop = pathlib.Path({str(stop)!r})\ni = 0\n"
        "while not stop.exists():\n    print('step', i := i + 1, flush=True)\n    time.sleep(0.1)\n"
        "\n# %% After\nprint('the queue went on')\n"
    )


def last_step(text: str) -> int:
    return int(re.findall(r"step (\d+)", text)[-1])


async def test_a_dead_kernel_is_explained(window: Window) -> None:
    script = (
        "# %% Die\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n\n# %% Live\n1 + 1\n"
    )
    await window.open("dead.py", script)
    await window.lens("▶ Run").first.click()
    await window.status("dead").wait_for()
    message = await window.notification("SIGKILL")
    await window.click_in_row(message, '.monaco-button:has-text("Restart Kernel")')
    await window.status("idle").wait_for()
    await window.lens("▶ Run").last.click()
    await window.line_end_text("→ 2")


@pytest.fixture
def seconds_are_long(shared: Window) -> Iterator[None]:
    """Set the window to notify the end of cells that ran for a second."""
    settings = shared.server.workspace / ".vscode" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"cellbridge.notify.longCells": 1}', "utf-8")
    # An open window reads new settings late; a fresh one reads them at its start.
    shared.is_unknown = True
    yield
    shutil.rmtree(settings.parent)


@pytest.mark.usefixtures("seconds_are_long")
async def test_the_end_of_a_long_cell_off_screen_is_notified(
    window: Window, tmp_path: Path
) -> None:
    stop = tmp_path / "stop"
    wait = f"while not pathlib.Path({str(stop)!r}).exists() or time.time() < start + 2: pass"
    script = f"# %% Long one\nimport pathlib, time\nstart = time.time()\nprint('on')\n{wait}\n"
    await window.open("long.py", script)
    await window.lens("▶ Run").click()
    await window.line_end_text("on")
    await window.open("elsewhere.py", "# %%\n1\n")
    # The extension knows which editors are visible.
    await window.status("not started").wait_for()
    stop.touch()
    message = await window.notification("“Long one” has finished after")
    await window.click_in_row(message, '.monaco-button:has-text("Show")')
    await window.tab("long.py").wait_for()
    # A visible cell needs no notification; its lens shows the end of the run.
    await window.command("Notifications: Clear All Notifications")
    await window.lens("▶ Run").click()
    await window.wait_for_run(2)
    await window.command("Notifications: Show Notifications")
    assert not await window.page.locator(".notification-list-item", has_text="“Long one”").count()


async def test_a_killed_server_is_restarted(window: Window) -> None:
    await window.open("killed.py", "# %% One\nx = 41\n\n# %% Two\nx + 1\n")
    await window.lens("▶ Run").first.click()
    await window.wait_for_run(1)
    (server,) = window.server.ours()
    server.kill()
    message = await window.notification("Cellbridge stopped unexpectedly")
    assert "Your kernels and outputs are unaffected" in await message.inner_text()
    await window.page.keyboard.press("Escape")
    # The kernel still has its variables.
    await window.wait_for_run(1)
    await window.lens("▶ Run").last.click()
    await window.line_end_text("→ 42")


async def test_the_walkthrough_shows_how_to_begin(window: Window) -> None:
    await window.open("begin.py", "# %%\n1\n")
    await window.command("Welcome: Open Walkthrough...")
    page = window.page
    await page.locator(".quick-input-list .monaco-list-row", has_text="Cellbridge").click()
    steps = page.locator(".gettingStartedSlideDetails .step-title")
    await steps.first.wait_for()
    assert await steps.all_inner_texts() == [
        "Write cells", "Run cells", "Select a kernel", "Show variables and outputs",
    ]  # fmt: skip
    for step in await steps.all():
        await step.click()
        # Only links and bold text are rendered there; other Markdown would be shown as its source.
        assert not set("`*") & set(await page.locator(".gettingStartedSlideDetails").inner_text())
        await page.screenshot(path=str(SHOTS / f"walkthrough-{await step.inner_text()}.png"))


async def test_a_session_that_does_not_answer_is_stopped_anyway(window: Window) -> None:
    path = await window.open("silent.py", "# %%\n6 * 7\n")
    await window.command("Cellbridge: Run All Cells")
    await window.wait_for_run(1)
    host = host_of(path)
    host.suspend()
    try:
        message = await window.notification("does not answer")
        await window.status("python3: not responding").wait_for()
        await message.locator(".monaco-button", has_text="Force Stop").click()
        await window.status("python3: stopped").wait_for()
        await asyncio.to_thread(host.wait, PATIENCE)
    finally:
        if host.is_running():
            host.resume()
    await window.notification("was stopped with its kernel")
    await window.line_end_text("→ 42")
