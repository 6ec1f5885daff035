"""Another Python server as the engine: its answers and problems next to the kernel's."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest
from lsprotocol import types as lsp

from support.editor import Editor, fresh_uri, start_editor
from support.page import Page

ZUBAN = Path(sys.executable).parent / "zuban"
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not ZUBAN.exists(), reason="zuban is not installed in the tests' Python."),
]

SCRIPT = """\
# %% one
%matplotlib inline
def own(first: int) -> str:
    '''Describe it.'''
    return str(first)
display(late)
# %% two
number: int = own(1)
own(2).missing()
import asyncio
await asyncio.sleep(0)
"""


def configure(editor: Editor, **settings: object) -> None:
    editor.set_configuration(settings, section="cellbridge")
    editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams({}))


async def reported(page: Page, *expected: str) -> None:
    """Wait until these are the problems: ``line:column code``."""

    def found() -> list[str]:
        starts = ((one.range.start, one) for one in page.diagnostics)
        return [f"{at.line}:{at.character} {one.code} {one.source}" for at, one in starts]

    await page.editor.until(lambda: sorted(found()) == sorted(expected), str(expected))


def engines() -> set[int]:
    """Return the processes of zuban that this test has started."""
    return {
        child.pid for child in psutil.Process().children(recursive=True) if child.name() == "zuban"
    }


async def test_an_engine_completes_and_reports_problems(tmp_path: Path) -> None:
    late, number = "5:8 name-defined zuban", "7:14 assignment zuban"
    missing = "8:0 attr-defined zuban"
    editor = await start_editor(initialization_options={"static": {"engine": str(ZUBAN)}})
    page = Page(editor, editor.open(fresh_uri(tmp_path), SCRIPT))
    await reported(page, late, number, missing)
    # The kernel defines a name that the text does not.
    editor.rewrite(page.uri, "# %% zero\nlate = 1\n" + SCRIPT)
    await page.run_at(0)
    editor.rewrite(page.uri, SCRIPT)
    await reported(page, number, missing)
    # What is edited is checked again, and what moves is reported where it is then.
    editor.edit(page.uri, (7, 0), (7, 11), "text")
    editor.edit(page.uri, (0, 0), (0, 0), "# %%\n")
    await reported(page, "9:0 attr-defined zuban")
    assert "Describe it." in await page.hover(9, 2)
    editor.edit(page.uri, (12, 0), (12, 0), "own(1).up")
    at = lsp.Position(12, 9)
    found = await editor.text_document_completion_async(
        lsp.CompletionParams(lsp.TextDocumentIdentifier(page.uri), at)
    )
    assert isinstance(found, lsp.CompletionList)
    labels = [item.label for item in found.items]
    assert labels.count("upper") == 1
    editor.rewrite(page.uri, SCRIPT)
    await reported(page, number, missing)
    assert len(engines()) == 1
    configure(editor, static={"engine": str(ZUBAN)}, diagnostics={"types": False})
    await reported(page)
    configure(editor, static={"engine": str(ZUBAN)})
    await reported(page, number, missing)
    configure(editor)
    await reported(page)
    await page.run("shutdown")
    await editor.shutdown_session()
    assert engines() == set()


async def test_an_engine_that_cannot_be_used_is_named_once(tmp_path: Path) -> None:
    editor = await start_editor(initialization_options={"static": {"engine": "gone --x"}})
    page = Page(editor, editor.open(fresh_uri(tmp_path), SCRIPT))

    def said() -> list[str]:
        return [one.message for one in editor.messages if "engine" in one.message]

    await editor.until(lambda: bool(said()), "the sentence")
    editor.edit(page.uri, (0, 0), (0, 0), "# %%\n")
    assert "Describe it." in await page.hover(8, 16)
    (sentence,) = said()
    assert sentence == (
        "cellbridge.static.engine is “gone --x”, but gone was not found, so jedi is used; "
        "install the program or correct the setting."
    )
    configure(editor, static={"engine": "off"})
    await editor.eventually(lambda: page.hover(8, 16), lambda text: not text, "no hover")
    assert not page.diagnostics
    await editor.shutdown_session()
