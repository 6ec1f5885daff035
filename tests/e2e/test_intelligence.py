"""Completions, hovers, signatures and places in an editor, whatever the kernel is doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from support.editor import Editor, fresh_uri, start_editor
from support.fixture import without_cursor
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETUP = """\
# %% data
import re, time
table = {"one": 1, "two": 2}
class Account:
    def pay(self, amount, tip=0):
        '''Pay it.'''
account = Account()
"""
BUSY = {
    "idle": "# %% nothing\n",
    "in a loop": "# %% loop\nprint('on', flush=True)\nwhile True: pass\n",
    "asleep": "# %% sleep\nprint('on', flush=True)\ntime.sleep(600)\n",
    "at input()": "# %% input\nprint('on', flush=True)\ninput('say')\n",
}
C_CALL = "# %% call\nprint('on', flush=True)\nre.match('(a?){26}(a){26}$', 'a' * 26)\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    editor = await start_editor()
    yield (opened := Page(editor, editor.open(fresh_uri(tmp_path_factory.mktemp("s")), "")))
    await opened.run("shutdown")
    await editor.shutdown_session()


class Cursor:
    """What an editor is told at the ``$0`` of a script."""

    def __init__(self, page: Page, marked: str) -> None:
        text, at = without_cursor(marked)
        page.editor.rewrite(page.uri, text)
        self.page, self.at = page, at
        self.place = lsp.TextDocumentIdentifier(page.uri), lsp.Position(at.line, at.column)

    @property
    def editor(self) -> Editor:
        return self.page.editor

    async def offered(self) -> lsp.CompletionList:
        return await self.editor.text_document_completion_async(lsp.CompletionParams(*self.place))

    async def labels(self) -> list[str]:
        found = await self.offered()
        return [item.label for item in found.items] if found else []

    async def signature(self) -> tuple[str, int] | None:
        asked = lsp.SignatureHelpParams(*self.place)
        found = await self.editor.text_document_signature_help_async(asked)
        return (found.signatures[0].label, found.signatures[0].active_parameter) if found else None

    async def hover(self) -> str:
        return await self.page.hover(self.at.line, self.at.column)


@asynccontextmanager
async def kernel_that_is(page: Page, state: str) -> AsyncIterator[str]:
    """Have the kernel do something while the block runs; gives the script so far."""
    text = SETUP + BUSY[state]
    await page.write(text)
    await page.run_at(0)
    if state == "idle":
        yield text
        return
    running = asyncio.create_task(page.run_at(SETUP.count("\n")))
    await page.editor.eventually(page.lenses, lambda found: any(map(at_work, found)), "the cell")
    try:
        yield text
    finally:
        await page.run("interrupt")
        await running


def at_work(lens: str) -> bool:
    return lens.startswith(("… running", "… waits"))


@pytest.mark.parametrize("state", BUSY)
async def test_the_living_objects_are_told_of_while_the_kernel_is(page: Page, state: str) -> None:
    async with kernel_that_is(page, state) as text:
        found = await Cursor(page, f"{text}# %% new\naccount.$0\n").offered()
        assert "pay" in [item.label for item in found.items]
        assert not found.is_incomplete
        assert await Cursor(page, f'{text}# %% new\ntable["$0\n').labels() == ["one", "two"]
        assert "{'one': 1, 'two': 2}" in await Cursor(page, f"{text}# %% new\nta$0ble\n").hover()
        called = Cursor(page, f"{text}# %% new\naccount.pay(1, $0\n")
        assert await called.signature() == ("pay(amount, tip=0)", 1)


async def test_details_come_when_a_candidate_is_looked_at(page: Page) -> None:
    async with kernel_that_is(page, "idle") as text:
        found = await Cursor(page, f"{text}# %% new\naccount.$0\n").offered()
        item = next(item for item in found.items if item.label == "pay")
        assert item.documentation is None
        resolved = await page.editor.completion_item_resolve_async(item)
        assert "pay(amount, tip=0)" in resolved.documentation.value
        assert "Pay it." in resolved.documentation.value
        item.data = [0, 0]
        assert (await page.editor.completion_item_resolve_async(item)).label == "pay"


async def test_a_kernel_inside_a_c_call_leaves_the_text(page: Page) -> None:
    await page.write(SETUP + C_CALL)
    await page.run_at(0)
    running = asyncio.create_task(page.run_at(SETUP.count("\n")))
    called = Cursor(page, f"{SETUP}{C_CALL}# %% new\naccount.pay(1, $0\n")
    assert (await called.signature())[1] == 1
    assert "pay" in await Cursor(page, f"{SETUP}{C_CALL}# %% new\naccount.$0\n").labels()
    await page.run("restart")
    await running


@pytest.mark.parametrize("state", ["absent", "shut down", "dead"])
async def test_the_text_is_enough_where_there_is_no_kernel(page: Page, state: str) -> None:
    await page.write(SETUP)
    if state == "dead":
        await page.write(f"{SETUP}# %% die\nimport os\nos._exit(3)\n")
        await page.run_at(SETUP.count("\n"))
    else:
        await page.run("shutdown")
    found = await Cursor(page, f"{SETUP}# %% new\naccount.$0\n").offered()
    assert "pay" in [item.label for item in found.items]
    assert not found.is_incomplete
    called = Cursor(page, f"{SETUP}# %% new\naccount.pay(1, $0\n")
    assert await called.signature() == ("pay(amount, tip=0)", 1)


async def test_the_text_is_enough_while_the_kernel_restarts(page: Page) -> None:
    await page.write(SETUP)
    await page.run_at(0)
    asks = Cursor(page, f"{SETUP}# %% new\naccount.pay(1, $0\n")
    restarting = asyncio.create_task(page.run("restart"))
    # The kernel is gone as soon as the command is carried out, and comes back a second later.
    while not restarting.done():
        assert await asks.signature() == ("pay(amount, tip=0)", 1)
    await restarting
    found = await Cursor(page, f"{SETUP}# %% new\naccount.$0\n").offered()
    assert "pay" in [item.label for item in found.items]


ACROSS = """\
# %% one
def gree$0t(name):
    return name
# %% two
%time greet("a")
print(greet("b"))
"""


async def test_names_are_followed_across_cells(page: Page) -> None:
    cursor = Cursor(page, ACROSS)
    asked = lsp.DefinitionParams(cursor.place[0], lsp.Position(5, 8))
    (found,) = await page.editor.text_document_definition_async(asked)
    assert (found.uri, found.range.start) == (page.uri, lsp.Position(1, 4))
    uses = await page.editor.text_document_references_async(
        lsp.ReferenceParams(lsp.ReferenceContext(include_declaration=False), *cursor.place)
    )
    assert lsp.Position(5, 6) in [use.range.start for use in uses]
    marks = await page.editor.text_document_document_highlight_async(
        lsp.DocumentHighlightParams(*cursor.place)
    )
    assert marks[0].range.start.line == 1
    edit = await page.editor.text_document_rename_async(
        lsp.RenameParams(*cursor.place, new_name="hail")
    )
    page.editor.make(edit)
    assert "def hail(name)" in page.editor.texts[page.uri]
    assert 'print(hail("b"))' in page.editor.texts[page.uri]


async def test_the_class_of_a_value_is_found(page: Page) -> None:
    cursor = Cursor(page, f"{SETUP}acc$0ount\n")
    (found,) = await page.editor.text_document_type_definition_async(
        lsp.TypeDefinitionParams(*cursor.place)
    )
    assert found.range.start == lsp.Position(3, 6)


async def test_a_name_of_elsewhere_is_not_renamed(page: Page) -> None:
    cursor = Cursor(page, "# %%\npri$0nt(1)\n")
    with pytest.raises(Exception, match="not defined in this script"):
        await page.editor.text_document_rename_async(
            lsp.RenameParams(*cursor.place, new_name="other")
        )


async def test_the_text_can_be_left_to_another_server(tmp_path: Path) -> None:
    everything = dict.fromkeys(["completion", "hover", "signatures", "navigation", "rename"], False)
    editor = await start_editor("emacs", initialization_options={"static": everything})
    page = Page(editor, editor.open(fresh_uri(tmp_path), ""))
    async with kernel_that_is(page, "idle") as text:
        assert "pay" in await Cursor(page, f"{text}# %% new\naccount.$0\n").labels()
        unknown = Cursor(page, f"{text}# %% new\nfresh = 1\nfres$0\n")
        assert "fresh" not in await unknown.labels()
        called = Cursor(page, f"{text}# %% new\ndef f(a): ...\nf($0\n")
        assert await called.signature() is None
        asked = lsp.DefinitionParams(called.place[0], lsp.Position(9, 0))
        assert await editor.text_document_definition_async(asked) is None
    await page.run("shutdown")
    await editor.shutdown_session()
