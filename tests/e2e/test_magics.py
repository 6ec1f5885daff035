"""Magics, shell commands and other requests of a cell to its front end, in real kernels."""

from __future__ import annotations

import pytest

from cellbridge.core.output.escapes import strip_ansi
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def run_script(page: Page, text: str) -> str:
    """Run a script of one cell; return its output."""
    await page.write(f"# %%\n{text}")
    answer = await page.run_at(0)
    assert answer["state"] == "ok", answer
    return answer.get("text", "")


async def test_shell_commands_and_their_lines(drawn_page: Page) -> None:
    page = drawn_page
    (page.folder / "seen.txt").write_text("x")
    assert "seen.txt" in await run_script(page, "!ls\n")
    assert "'seen.txt'" in await run_script(
        page, "files = !ls\n[name for name in files if 'seen' in name]\n"
    )
    assert (await run_script(page, "# !echo commented\n")).strip() == "commented"
    assert (await run_script(page, "%%bash\necho $((6 * 7))\n")).strip() == "42"


async def test_magics_that_run_read_and_write(drawn_page: Page) -> None:
    page = drawn_page
    assert "Writing made.py" in await run_script(page, "%%writefile made.py\nvalue = 6 * 7\n")
    assert (await run_script(page, "%run made.py\nvalue\n")).strip() == "42"
    assert "Wall time" in await run_script(page, "%time sum(range(10))\n")
    assert "pip" in await run_script(page, "%pip --version\n")
    await run_script(page, "%matplotlib inline\n")


async def test_help_for_a_pager_is_an_output(drawn_page: Page) -> None:
    page = drawn_page
    define = "# %%\ndef twice(x):\n    '''Says it again.'''\n    return 2 * x\n\n"
    await page.write(f"{define}# %%\n?twice\n\n# %%\ntwice??\n")
    await page.run_at(1)
    assert "Says it again." in (await page.run_at(6))["text"]
    whole = await page.run_at(9)
    assert whole["state"] == "ok"
    assert "return 2 * x" in strip_ansi(whole["text"])


async def test_load_replaces_the_cell_once(drawn_page: Page) -> None:
    page = drawn_page
    (page.folder / "loaded.py").write_text("value = 6 * 7\nvalue\n")
    await page.write("# %% a\n# %load loaded.py\n\n# %% b\n1\n")
    await page.run_at(0)
    loaded = "# %% a\nvalue = 6 * 7\nvalue\n\n# %% b\n1\n"
    assert page.editor.texts[page.uri] == loaded
    assert (await page.run_at(0))["text"].strip() == "42"
    assert page.editor.texts[page.uri] == loaded


async def test_text_for_the_next_input_makes_a_cell(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %%\nget_ipython().set_next_input('made = 1')\n\n# %% b\n")
    await page.run_at(0)
    assert page.editor.texts[page.uri] == (
        "# %%\nget_ipython().set_next_input('made = 1')\n\n# %%\nmade = 1\n\n# %% b\n"
    )


async def test_the_debugger_asks_through_stdin(drawn_page: Page) -> None:
    page = drawn_page
    await page.write("# %%\ndef f(x):\n    return 1 / x\n\n# %%\nf(0)\n\n# %%\n%debug\n")
    await page.run("runCell", position={"line": 1, "character": 0})
    await page.run("runCell", position={"line": 5, "character": 0})
    await page.run("runCell", position={"line": 8, "character": 0}, wait=False)
    for command, prompts in (("p x", 1), ("q", 2)):
        await page.editor.eventually(
            lambda: page.editor.cells(page.uri),
            lambda answer, prompts=prompts: bool(
                (run := answer.cells[-1].run)
                and run.waiting
                and run.waiting.number == prompts
                and run.waiting.prompt.startswith("ipdb>")
            ),
            "the debugger's prompt",
        )
        await page.run("answerInput", text=command)
    ended = await page.editor.eventually(
        lambda: page.editor.cells(page.uri),
        lambda answer: bool(answer.cells[-1].run and answer.cells[-1].run.state == "ok"),
        "the debugger's end",
    )
    text = strip_ansi("".join(getattr(output, "text", "") for output in ended.cells[-1].outputs))
    assert "return 1 / x" in text
    assert "0\n" in text
