"""What a person sees of running cells: by lens, by key, to their end or not."""

from __future__ import annotations

import time

from support.vscode_window import Window

SHORT = """\
# %% Sum
sum(range(100))

# %% Next
"a" * 3

# %% Last
40 + 2
"""


async def test_a_lens_runs_its_cell(window: Window) -> None:
    await window.open("lens.py", SHORT)
    await window.lens("▶ Run").nth(1).click()
    assert await window.said_at_end("'aaa'") == "→ 'aaa'"
    await window.status("idle").wait_for()
    await window.over_cells("✓ 1").wait_for()
    await window.lens("Run above").last.click()
    assert await window.said_at_end("4950")
    begun = time.monotonic()
    await window.lens("▶ Run").last.click()
    await window.said_at_end("42")
    # For those who want to know; it is looked at twenty times a second.
    print(f"\nseconds from the click on a lens to the result: {time.monotonic() - begun:.2f}")


async def test_keys_run_cells_and_go_on(window: Window) -> None:
    path = await window.open("keys.py", SHORT)
    await window.go_to_line(2)
    await window.page.keyboard.press("Shift+Enter")
    await window.said_at_end("4950")
    await window.cursor_on(5)
    await window.page.keyboard.press("Control+Enter")
    await window.said_at_end("'aaa'")
    await window.cursor_on(5)
    await window.page.keyboard.press("Alt+Enter")
    await window.cursor_on(8)
    await window.page.keyboard.type("7 * 6 + 1")
    await window.page.keyboard.press("Shift+Enter")
    await window.said_at_end("→ 43")
    await window.command("File: Save")
    assert '"a" * 3\n\n# %%\n7 * 6 + 1\n' in path.read_text("utf-8")


async def test_a_selection_runs_alone(window: Window) -> None:
    await window.open("selection.py", "# %%\nx = 20\nx = x + 1\nx\n")
    await window.go_to_line(2)
    await window.page.keyboard.press("Shift+End")
    await window.page.keyboard.press("Shift+Enter")
    await window.status("idle").wait_for()
    await window.go_to_line(4)
    await window.page.keyboard.press("Shift+End")
    await window.page.keyboard.press("Shift+Enter")
    assert await window.said_at_end("20")


async def test_without_cells_the_keys_are_the_editors(window: Window) -> None:
    await window.open("plain.py", "x = 1\n", cells=False)
    await window.go_to_line(1)
    await window.page.keyboard.press("End")
    await window.page.keyboard.press("Control+Enter")
    await window.page.keyboard.type("y = 2")
    await window.line("y = 2").wait_for()
    await window.status("not started").wait_for()


async def test_a_cell_is_interrupted(window: Window) -> None:
    await window.open("interrupt.py", "# %% Long\nimport time\nprint('in')\ntime.sleep(600)\n")
    await window.lens("▶ Run").click()
    await window.said_at_end("in")
    await window.lens("Interrupt").click()
    await window.zone("KeyboardInterrupt").first.wait_for()
    await window.status("idle").wait_for()


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
    assert "Ada/secret" in await window.said_at_end("Ada/")


async def test_a_dead_kernel_is_explained(window: Window) -> None:
    script = (
        "# %% Die\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n\n# %% Live\n1 + 1\n"
    )
    await window.open("dead.py", script)
    await window.lens("▶ Run").first.click()
    await window.notice("SIGKILL")
    assert "dead" in await window.status("dead").inner_text()
    row = window.page.locator(".notification-list-item", has_text="SIGKILL").first
    await row.hover()
    await row.locator(".monaco-button", has_text="Restart Kernel").click()
    await window.status("idle").wait_for()
    await window.lens("▶ Run").last.click()
    await window.said_at_end("→ 2")
