"""Answers about code in each state of a kernel: one row of answers for each state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from support.cursor import SETUP, Cursor, kernel_that_is
from support.editor import fresh_uri, start_editor
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA = SETUP + "import pandas as pd\nframe = pd.DataFrame({'kind': ['a', 'b'], 'size': [1, 2]})\n"
DATA += "picture = pd.Series(range(200)).to_numpy().astype('u1').reshape(10, 20)\n"
LIVING = ["idle", "in a loop", "asleep", "at input()"]
SILENT = ["absent", "dead", "restarting", "in a C call"]
SAID = "The kernel did not answer in time"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    editor = await start_editor()
    folder = tmp_path_factory.mktemp("s")
    (folder / "data.csv").touch()
    yield (opened := Page(editor, editor.open(fresh_uri(folder), "")))
    await opened.run("shutdown")
    await editor.shutdown_session()


@pytest.mark.parametrize("state", LIVING)
async def test_a_kernel_that_can_answer_tells_of_the_living_objects(page: Page, state: str) -> None:
    async with kernel_that_is(page, state, DATA) as text:

        def at(marked: str) -> Cursor:
            return Cursor(page, f"{text}# %% new\n{marked}\n")

        found = await at("account.$0").completions()
        assert ("pay" in [item.label for item in found.items], found.is_incomplete) == (True, False)
        assert await at('table["$0').labels() == ["one", "two"]
        for brackets in (
            'frame["$0',
            'frame[["$0',
            'frame.groupby("$0',
            'frame.loc[:, "$0',
            'frame.query("$0',
            'frame.sort_values(by="$0',
        ):
            assert await at(brackets).labels() == ["kind", "size"], brackets
        assert "agg" in await at('frame.groupby("kind").$0').labels()
        assert "account" in await at("acc$0").labels()
        assert "amount=" in await at("account.pay($0").labels()
        assert await at('open("da$0').labels() == ["data.csv"]
        assert "%timeit" in await at("%time$0").labels()
        assert "Pay it." in await at("account.$0").documentation("pay")
        assert "{'one': 1, 'two': 2}" in await at("ta$0ble").hover()
        assert "```text\n2\n```" in await at('table["tw$0o"]').hover()
        assert "2 rows · none missing · 2 distinct" in await at('frame["si$0ze"]').hover()
        assert "| 1 | b | 2 |" in await at("fra$0me").hover()
        assert (await at("pic$0ture").hover()).startswith("![](data:image/png;base64,iVBOR")
        assert await at("account.pay(1, $0").signature() == ("pay(amount, tip=0)", 1)
        assert await at("account.pa$0y").definition() == [(page.uri, 4)]


@pytest.mark.parametrize("state", SILENT)
async def test_the_text_is_enough_where_no_kernel_answers(page: Page, state: str) -> None:
    async with kernel_that_is(page, state) as text:

        def at(marked: str) -> Cursor:
            return Cursor(page, f"{text}# %% new\n{marked}\n")

        silent = state == "in a C call"
        # On a busy machine the analyser's answer may come later than an editor waits for it.
        soon = page.editor.eventually
        found = await soon(
            at("account.$0").completions,
            lambda found: found and "pay" in [item.label for item in found.items],
        )
        assert found.is_incomplete == silent
        await soon(at("acc$0").labels, lambda labels: "account" in labels)
        await soon(at('open("da$0').labels, lambda labels: "data.csv" in labels)
        signature = ("pay(amount, tip=0)", 1)
        await soon(at("account.pay(1, $0").signature, lambda found: found == signature)
        await soon(at("account.pa$0y").hover, lambda text: "def pay" in text)
        await soon(at("account.pa$0y").definition, lambda found: found == [(page.uri, 4)])
        for nothing in ('table["$0', 'nobody["$0', "%time$0", 'nobody.groupby("x").$0'):
            await at(nothing).labels()
        assert await at("no$0body").hover() == ""


async def test_progress_shows_that_the_kernel_is_in_a_native_call(page: Page) -> None:
    async with kernel_that_is(page, "in a C call") as text:
        cursor = Cursor(page, f"{text}# %% new\naccount.$0\n")
        assert (await cursor.completions()).is_incomplete
        assert SAID in await cursor.documentation("pay")
        assert SAID in await Cursor(page, f"{text}# %% new\nacc$0ount\n").hover()
        called = await Cursor(page, f"{text}# %% new\naccount.pay($0\n").signatures()
        assert called is not None
        said = called.signatures[0].documentation
        assert SAID in (said if isinstance(said, str) else said.value)
        await page.editor.until(
            lambda: any("in a long native call" in one for one in progress(page))
        )
    async with kernel_that_is(page, "in a loop") as text:
        assert SAID not in await Cursor(page, f"{text}# %% new\naccou$0nt\n").hover()


def progress(page: Page) -> list[str]:
    """Return all texts of the progress."""
    reports = [one for told in page.editor.progress_reports.values() for one in told]
    kinds = lsp.WorkDoneProgressBegin | lsp.WorkDoneProgressReport
    return [one.message or "" for one in reports if isinstance(one, kinds)]


async def test_a_session_without_a_kernel_of_python_is_left_to_the_text(tmp_path: Path) -> None:
    editor = await start_editor("neovim")
    page = Page(editor, editor.open(fresh_uri(tmp_path), ""))
    assert "pay" in await Cursor(page, f"{SETUP}account.$0\n").labels()
    assert "def pay" in await Cursor(page, f"{SETUP}account.pa$0y\n").hover()
    await editor.shutdown_session()
