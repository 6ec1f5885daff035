"""Widgets through a complete server: models for clients that draw them, and text for all others."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
import pytest_asyncio
import pytest_lsp
from pygls.exceptions import JsonRpcException

from cellbridge.lsp import protocol as p
from support.editor import Editor, configuration, fresh_uri, initialize_params
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
# %% bar
from tqdm.notebook import tqdm
import ipywidgets as w, os, time
for i in tqdm(range(4), desc="bar", mininterval=0, miniters=1):
    while i == 2 and not os.path.exists({flag!r}): time.sleep(0.01)
# %% slider
slider = w.IntSlider(7)
slider
# %% picture
w.Image(value=b"\\0\\1", format="png")
# %% none
1
"""


@pytest_lsp.fixture(scope="module", config=configuration())
async def editor(lsp_client: Editor):
    await lsp_client.initialize_session(initialize_params("neovim"))
    yield
    await lsp_client.shutdown_session()


@pytest.fixture(scope="module")
def changes(editor: Editor) -> list[p.WidgetMessage]:
    """Return the messages about widgets that the client receives."""
    received: list[p.WidgetMessage] = []

    @editor.feature("cellbridge/widgetsChanged")
    def changed(client: Editor, params: p.WidgetsChangedParams) -> None:
        received.extend(params.messages)

    return received


@pytest.fixture(scope="module")
def flag(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("flags") / "go"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(editor: Editor, tmp_path_factory: pytest.TempPathFactory, flag: Any):
    uri = fresh_uri(tmp_path_factory.mktemp("scripts"))
    yield (opened := Page(editor, editor.open(uri, SCRIPT.format(flag=str(flag)))))
    await opened.run("shutdown")


async def ask(page: Page, method: str, **params: Any) -> Any:
    return await page.editor.protocol.send_request_async(
        f"cellbridge/{method}", {"uri": page.uri, **params}
    )


async def hint(page: Page, line: int) -> str:
    return next((text for at, text in await page.editor.hint_texts(page.uri) if at == line), "")


async def check_text(page: Page, flag: Any) -> None:
    running = asyncio.create_task(page.run_at(0))

    bar = "bar: 50% 2/4"
    await page.editor.eventually(lambda: hint(page, 4), lambda text: bar in text, bar)
    flag.touch()
    await running
    assert "bar: 100% 4/4" in await hint(page, 4)
    await page.run_at(5)
    assert "[slider] 7" in await hint(page, 7)
    shown = await page.editor.hover(page.uri, 5)
    assert "[slider] 7" in shown
    assert "IntSlider(" not in shown
    await page.run_at(8)
    assert "Open the widgets in a browser" in await hint(page, 9)
    titles = [action.title for action in await page.editor.actions(page.uri, 6)]
    assert "Open widgets in browser" in titles
    await page.run_at(10)
    titles = [action.title for action in await page.editor.actions(page.uri, 10)]
    assert "Open widgets in browser" not in titles


async def check_models(page: Page, changes: list[p.WidgetMessage]) -> None:
    assert changes == []
    found = await ask(page, "widgets")
    models = {one.state.get("_model_name"): one for one in found.models}
    assert {one.kind for one in found.models} == {"open"}
    slider, picture = models["IntSliderModel"], models["ImageModel"]
    assert slider.state["value"] == 7
    [part] = picture.buffers
    assert (part.path, base64.b64decode(part.data)) == (["value"], b"\0\1")
    update = {"kind": "update", "model": slider.model, "state": {"value": 31}}
    assert await ask(page, "widgetSend", messages=[update]) is None

    moved = "[slider] 31"
    await page.editor.eventually(lambda: hint(page, 7), lambda text: moved in text, moved)
    await page.editor.until(lambda: any(one.state == {"value": 31} for one in changes))
    wrong = {**update, "buffers": [{"path": ["value"], "data": "no base64!"}]}
    with pytest.raises(JsonRpcException, match="not valid base64"):
        await ask(page, "widgetSend", messages=[wrong])


async def check_modules(page: Page) -> None:
    entry = await ask(page, "widgetModule", module="bqplot", version="^0.6")
    assert (entry.format, entry.mime, entry.version[:2]) == ("amd", "text/javascript", "0.")
    assert b"define(" in base64.b64decode(entry.data)
    with pytest.raises(JsonRpcException, match="install the package ipyleaflet"):
        await ask(page, "widgetModule", module="jupyter-leaflet", version="*")
    with pytest.raises(JsonRpcException, match="is not a file of the module"):
        await ask(page, "widgetModule", module="bqplot", version="", path="../../../pyvenv.cfg")


async def check_after_the_kernel(page: Page) -> None:
    before = await ask(page, "widgets")
    await page.run("shutdown")
    after = await ask(page, "widgets")
    assert {one.model for one in after.models} == {one.model for one in before.models}
    change = {"kind": "update", "model": before.models[0].model, "state": {"value": 1}}
    with pytest.raises(JsonRpcException, match="No kernel runs"):
        await ask(page, "widgetSend", messages=[change])


async def test_widgets_of_a_document(page: Page, flag: Any, changes: list[p.WidgetMessage]) -> None:
    await check_text(page, flag)
    await check_models(page, changes)
    await check_modules(page)
    await check_after_the_kernel(page)
