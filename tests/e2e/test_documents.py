"""Complete outputs in separate documents and files, with and without support of the editor."""

from __future__ import annotations

import base64
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import pytest_asyncio
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.lsp.documents.document_uri import Address, read, written
from cellbridge.lsp.documents.temporary_files import FILES_LIMIT, write_file
from support.editor import Editor, configuration, fresh_uri, initialize_params
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
).decode()
SHOW = "# %% show\nfrom IPython.display import display\n"
LONG = "# %% long\nfor n in range(30_000): print('line', n)\n"


async def opened(directory: Path, editor: str = "visual-studio-code", *, contents: bool) -> Page:
    """Return a script in an editor that asks for the contents of documents, or does not."""
    client = await configuration().start()
    assert isinstance(client, Editor)
    params = initialize_params(editor)
    params.capabilities.workspace = (
        params.capabilities.workspace or lsp.WorkspaceClientCapabilities()
    )
    if contents:
        can = lsp.TextDocumentContentClientCapabilities()
        params.capabilities.workspace.text_document_content = can
    await client.initialize_session(params)
    client.initialized(lsp.InitializedParams())
    return Page(client, client.open(fresh_uri(directory), ""))


async def finish(page: Page) -> None:
    await page.run("shutdown")
    await page.editor.shutdown_session()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def able(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    """A script in an editor with virtual documents and pictures in hovers."""
    page = await opened(tmp_path_factory.mktemp("able"), contents=True)
    yield page
    await finish(page)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    """A script in an editor that only opens files."""
    page = await opened(tmp_path_factory.mktemp("plain"), "neovim", contents=False)
    yield page
    await finish(page)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def poor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    """A script in an editor that opens nothing."""
    page = await opened(tmp_path_factory.mktemp("poor"), "emacs", contents=False)
    yield page
    await finish(page)


async def open_output(page: Page, line: int = 0, **which: int) -> lsp.ShowDocumentParams:
    """Open the output of a cell; return the request that the editor received."""
    page.editor.shown_documents.clear()
    answer = await page.run("openOutput", position={"line": line, "character": 0}, **which)
    (shown,) = page.editor.shown_documents
    assert answer == {"uri": shown.uri}
    return shown


def file_of(uri: str) -> Path:
    path = Path(unquote(urlsplit(uri).path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    return path


async def test_a_long_output_is_a_virtual_document(able: Page) -> None:
    await able.write(LONG)
    await able.run_at(0)
    shown = await open_output(able)
    assert not shown.external
    assert unquote(urlsplit(shown.uri).path).endswith(" - long.txt")
    asked = lsp.TextDocumentContentParams(shown.uri)
    content = await able.editor.workspace_text_document_content_async(asked)
    assert content.text.count("\n") == 30_000
    assert content.text.endswith("line 29999\n")
    await able.run("clearOutputs")
    assert (await able.editor.workspace_text_document_content_async(asked)).text == ""


async def test_a_changed_document_is_refreshed(able: Page) -> None:
    editor, told = able.editor, list[str]()

    @editor.feature(lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH)
    def refreshed(_: Editor, params: lsp.TextDocumentContentRefreshParams) -> None:
        told.append(params.uri)

    async def text() -> str:
        asked = lsp.TextDocumentContentParams(uri)
        return (await editor.workspace_text_document_content_async(asked)).text

    await able.write("# %% grows\nprint('first')\nfor n in range(2): print(n, input())\n")
    await able.run("runCell", position={"line": 0, "character": 0}, wait=False)
    await editor.eventually(able.lenses, lambda titles: "waits for input" in str(titles))
    # Printed text and input requests arrive on two channels, in either order.
    await editor.eventually(
        lambda: editor.cells(able.uri), lambda found: bool(found.cells[0].outputs)
    )
    uri = (await open_output(able)).uri
    assert (await text(), told.count(uri)) == ("first\n", 0)
    for at in range(2):
        before = told.count(uri)
        await able.run("answerInput", text="x")
        await editor.until(lambda before=before: told.count(uri) > before, "the news of its text")
        await editor.eventually(text, lambda text, at=at: f"{at} x" in text)


async def test_elsewhere_it_is_a_private_file(plain: Page) -> None:
    await plain.write(LONG)
    await plain.run_at(0)
    shown = await open_output(plain)
    path = file_of(shown.uri)
    assert not shown.external
    assert path.read_text("utf-8").count("\n") == 30_000
    assert (await open_output(plain)).uri == shown.uri


async def test_an_editor_without_show_document_gets_the_path(poor: Page) -> None:
    await poor.write("# %% long\nprint('hi')\n")
    await poor.run_at(0)
    answer = await poor.run("openOutput", position={"line": 0, "character": 0})
    said = poor.editor.messages[-1].message
    path = file_of(answer["uri"])
    assert said == f"The output is in {path}; open it from there."
    assert path.read_text("utf-8") == "hi\n"


async def test_a_picture_is_opened_in_a_viewer(plain: Page) -> None:
    await plain.write(f"{SHOW}display({{'image/png': '{PNG}', 'text/plain': 'x'}}, raw=True)\n")
    await plain.run_at(0)
    shown = await open_output(plain)
    assert shown.external
    path = file_of(shown.uri)
    assert (path.suffix, path.read_bytes()[:4]) == (".png", b"\x89PNG")


async def test_html_is_opened_still_and_svg_as_a_picture(plain: Page) -> None:
    await plain.write(
        f"{SHOW}print('a')\n"
        "display({'text/html': '<b>x</b><script>alert(1)</script>'}, raw=True)\n"
        "display({'image/svg+xml': '<svg onload=\"alert(1)\"/>'}, raw=True)\n"
    )
    await plain.run_at(0)
    page = file_of((await open_output(plain, output=1)).uri).read_text("utf-8")
    assert "Content-Security-Policy" in page
    assert "default-src 'none'" in page
    assert "script-src" not in page
    assert "<code>cellbridge.outputs.scripts</code>" in page
    picture = file_of((await open_output(plain, output=2)).uri).read_text("utf-8")
    assert "onload" not in picture
    assert '<img alt="svg" src="data:image/svg+xml;base64,' in picture
    whole = file_of((await open_output(plain)).uri).read_text("utf-8")
    assert whole == "a\nx\n[svg]\n"


async def test_what_has_no_text_is_laid_out(plain: Page) -> None:
    mime = "application/vnd.plotly.v1+json"
    await plain.write(f"{SHOW}display({{'{mime}': {{'data': [1]}}}}, raw=True)\n")
    await plain.run_at(0)
    path = file_of((await open_output(plain)).uri)
    assert (path.suffix, path.read_text("utf-8")) == (
        ".json",
        '{\n  "data": [\n    1\n  ]\n}\n',
    )


async def test_actions_open_the_output_and_each_picture(able: Page) -> None:
    await able.write(f"{SHOW}print('a')\ndisplay({{'image/png': '{PNG}'}}, raw=True)\n")
    titles = [action.title for action in await able.editor.actions(able.uri, 0)]
    assert "Open output" not in titles
    await able.run_at(0)
    actions = {each.title: each for each in await able.editor.actions(able.uri, 0)}
    assert "Open output" in actions
    command = actions["Open png 640 × 480"].command
    assert command is not None
    able.editor.shown_documents.clear()
    await able.editor.workspace_execute_command_async(
        lsp.ExecuteCommandParams(command.command, command.arguments)
    )
    assert able.editor.shown_documents[-1].uri.endswith(".png")


async def test_a_hover_that_is_too_short_leads_to_the_whole(able: Page, plain: Page) -> None:
    for page in (able, plain):
        await page.write(LONG)
        await page.run_at(0)
        text = await page.hover(0)
        assert len(text) < 100_000
        link = re.search(r"\[Open complete output\]\((file://[^)]+)\)\Z", text)
        assert link is not None
        assert file_of(link[1]).read_text("utf-8").count("\n") == 30_000
        await page.write("# %%\nprint('short')\n")
        await page.run_at(0)
        assert "Open the whole" not in await page.hover(0)


async def test_pictures_are_in_hovers_of_editors_that_draw_them(able: Page, plain: Page) -> None:
    script = f"{SHOW}display({{'image/png': '{PNG}', 'text/plain': 'x'}}, raw=True)\n"
    for page, expected in ((able, "data:image/png;base64,"), (plain, "*png 640 × 480*")):
        await page.write(script)
        await page.run_at(0)
        assert expected in await page.hover(0)
    await able.write(script.replace(PNG, PNG + "A" * 100_000))
    await able.run_at(0)
    text = await able.hover(0)
    assert "*png 640 × 480*" in text
    assert "data:image" not in text


async def test_a_removed_cell_is_listed_and_put_back(able: Page) -> None:
    removed = "# %% two\nvalue = 40\nvalue + 2\n"
    await able.write("# %% one\n1\n" + removed)
    await able.run("runAll")
    able.editor.rewrite(able.uri, "# %% one\n1\n")
    actions = {each.title: each.command for each in await able.editor.actions(able.uri, 0)}
    shown = await able.editor.workspace_execute_command_async(
        execute(actions["Show outputs of 1 removed cell"])
    )
    assert able.editor.shown_documents[-1].uri == shown["uri"]
    content = await able.editor.workspace_text_document_content_async(
        lsp.TextDocumentContentParams(shown["uri"])
    )
    assert content.text.endswith("\nvalue = 40\nvalue + 2\n\n    42\n")
    await able.editor.workspace_execute_command_async(
        execute(actions["Restore removed cell “value = 40 value + 2”"])
    )
    assert able.editor.texts[able.uri].rstrip() == ("# %% one\n1\n\n# %%\nvalue = 40\nvalue + 2")
    assert [text for _, text in await able.hints()] == ["→ 1", "→ 42"]
    titles = [each.title for each in await able.editor.actions(able.uri, 0)]
    assert not [title for title in titles if "removed" in title]
    with pytest.raises(JsonRpcException, match="has no outputs of removed cells"):
        await able.run("showRemovedOutputs")
    with pytest.raises(JsonRpcException, match="showRemovedOutputs lists the removed cells"):
        await able.run("restoreCell", position={"line": 0, "character": 0}, cell="none")


def execute(command: lsp.Command | None) -> lsp.ExecuteCommandParams:
    assert command is not None
    return lsp.ExecuteCommandParams(command.command, command.arguments)


async def test_what_is_not_there_is_refused(able: Page) -> None:
    await able.write("# %%\nprint(1)\n")
    with pytest.raises(JsonRpcException, match="has no output to open; run it first"):
        await able.run("openOutput", position={"line": 0, "character": 0})
    await able.run_at(0)
    with pytest.raises(JsonRpcException, match=r"has 1 outputs, counted from 0; there is no 3"):
        await able.run("openOutput", position={"line": 0, "character": 0}, output=3)
    for uri in ("cellbridge-output:/x?nonsense", "file:///x", "cellbridge-output:/x"):
        with pytest.raises(JsonRpcException, match="is not a Cellbridge document"):
            await able.editor.workspace_text_document_content_async(
                lsp.TextDocumentContentParams(uri)
            )


async def test_addresses_survive_what_editors_do_to_them() -> None:
    address = Address("output", "file:///tmp/a%20b&c=d.py?x#y", "cell", 3)
    uri = written(address, "a b - täble.txt")
    assert read(uri) == address
    assert read(unquote(uri)) == address


async def test_only_the_last_files_are_kept() -> None:
    paths = [await write_file("a/b name", ".txt", str(n).encode()) for n in range(FILES_LIMIT + 5)]
    assert paths[0].name.startswith("a-b-name-")
    assert len(list(paths[0].parent.iterdir())) == FILES_LIMIT
    assert paths[-1].exists()
