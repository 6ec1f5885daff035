"""Completion details, locations, renames and the settings of code features."""

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    editor = await start_editor()
    yield (opened := Page(editor, editor.open(fresh_uri(tmp_path_factory.mktemp("s")), "")))
    await opened.run("shutdown")
    await editor.shutdown_session()


async def test_details_come_when_a_candidate_is_looked_at(page: Page) -> None:
    async with kernel_that_is(page, "idle") as text:
        found = await Cursor(page, f"{text}# %% new\naccount.$0\n").completions()
        item = next(item for item in found.items if item.label == "pay")
        assert item.documentation is None
        resolved = await page.editor.completion_item_resolve_async(item)
        assert "pay(amount, tip=0)" in resolved.documentation.value
        assert "Pay it." in resolved.documentation.value
        item.data = [0, 0]
        assert (await page.editor.completion_item_resolve_async(item)).label == "pay"


DATA = """\
# %%
import os, types
import pandas as pd
df = pd.DataFrame({"zeta": [1], "alpha": [2], "Mid": [3]})
ns = types.SimpleNamespace(inner=types.SimpleNamespace(depth=1))
# %%
"""


async def test_data_is_offered_in_its_order(page: Page) -> None:
    await page.write(DATA)
    await page.run_at(0)
    for typed, expected in (
        ('df["$0', ["zeta", "alpha", "Mid"]),
        ("df.$0", ["zeta", "alpha", "Mid"]),
    ):
        found = (await Cursor(page, DATA + typed).completions()).items
        first = sorted(found, key=lambda item: item.sort_text or "")[:3]
        assert [item.label for item in first] == expected
    assert "depth" in await Cursor(page, f"{DATA}ns.inner.$0").labels()
    keys = await Cursor(page, f'{DATA}os.environ["$0').labels()
    assert "PATH" in keys
    assert not [key for key in keys if key.endswith("/")]


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
    page.editor.apply_edit(edit)
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


NOT_RENAMED = {
    "# %%\npri$0nt(1)\n": "not defined in this script",
    "# %%\nimport js$0on\njson.dumps(1)\n": "is defined in another module",
    "# %%\nfrom json import (\n    dumps,\n)\ndum$0ps(1)\n": "is defined in another module",
    "# %%\nx = 1 $0+ 1\n": "no name to rename here",
    "# %% [markdown]\n# na$0me\n": "no name to rename here",
}


@pytest.mark.parametrize("script", NOT_RENAMED)
async def test_prepare_rename_refuses_what_cannot_be_renamed(page: Page, script: str) -> None:
    cursor = Cursor(page, script)
    with pytest.raises(Exception, match=NOT_RENAMED[script]):
        await page.editor.text_document_prepare_rename_async(lsp.PrepareRenameParams(*cursor.place))
    with pytest.raises(Exception, match=NOT_RENAMED[script]):
        await page.editor.text_document_rename_async(lsp.RenameParams(*cursor.place, "other"))


@pytest.mark.parametrize(
    ("script", "name", "line"),
    [
        ("# %%\nvalue = 1\n# %%\nprint(va$0lue)\n", "value", 3),
        ("# %%\nimport json as js\n# %%\nj$0s.dumps(1)\n", "js", 3),
        ("# %%\n%time naï$0f = 1\n", "naïf", 1),
    ],
)
async def test_what_can_be_renamed_is_shown_beforehand(
    page: Page, script: str, name: str, line: int
) -> None:
    cursor = Cursor(page, script)
    asked = lsp.PrepareRenameParams(*cursor.place)
    found = await page.editor.text_document_prepare_rename_async(asked)
    assert (found.placeholder, found.range.start.line) == (name, line)
    assert found.range.end.character - found.range.start.character == len(name)
    edit = await page.editor.text_document_rename_async(lsp.RenameParams(*cursor.place, "other"))
    page.editor.apply_edit(edit)
    assert name not in page.editor.texts[page.uri].replace("json", "")
    assert "other" in page.editor.texts[page.uri]


async def test_a_new_name_must_be_one(page: Page) -> None:
    cursor = Cursor(page, "# %%\nval$0ue = 1\n")
    for name in ("a b", "class", "1x"):
        with pytest.raises(Exception, match="is not a valid Python name"):
            await page.editor.text_document_rename_async(lsp.RenameParams(*cursor.place, name))


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
