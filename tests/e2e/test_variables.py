"""Variables and tables through a complete server, in editors that show them and in others."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.lsp import protocol as p
from support.editor import Editor, configuration, fresh_uri, initialize_params
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
# %% data
import time
import pandas as pd
cities = pd.DataFrame({"city": ["Basel", "Bern", "Chur"], "people": [173_000, 134_000, 38_000]})
names = {"a": [1, 2], "b": "x"}
number = 5
# %% next
number = 6
# %% waits
print("there")
while True: time.sleep(0.01)
# %%
cities
"""


@pytest_lsp.fixture(scope="module", config=configuration())
async def viewer(lsp_client: Editor):
    """An editor that shows variables itself."""
    params = initialize_params()
    params.capabilities.experimental = {"cellbridge": {"variables": True}}
    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()


@pytest.fixture(scope="module")
def changed_documents(viewer: Editor) -> list[str]:
    """Return the URIs of the documents whose variables were reported as changed."""
    found: list[str] = []

    @viewer.feature("cellbridge/variablesChanged")
    def changed(client: Editor, params: p.VariablesChangedParams) -> None:
        found.append(params.uri)

    return found


@pytest.fixture
def page(viewer: Editor, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return Page(viewer, viewer.open(fresh_uri(tmp_path_factory.mktemp("scripts")), SCRIPT))


async def ask(page: Page, method: str, **params: Any) -> Any:
    return await page.editor.protocol.send_request_async(
        f"cellbridge/{method}", {"uri": page.uri, **params}
    )


async def test_a_kernel_is_looked_into(
    viewer: Editor, page: Page, changed_documents: list[str]
) -> None:
    none = await ask(page, "variables")
    assert (none.variables, none.message) == (
        [],
        "No kernel runs for this notebook; run a cell to start one.",
    )
    await page.run_at(0)
    await viewer.until(lambda: page.uri in changed_documents, "the news of variables")
    found = await ask(page, "variables")
    assert [(one.name, one.type, one.value, one.changed) for one in found.variables] == [
        ("cities", "DataFrame", "city, people", True),
        ("names", "dict", "{'a': [1, 2], 'b': 'x'}", True),
        ("number", "int", "5", True),
    ]
    below = await ask(page, "variables", path=["names", "='a'"])
    assert [(one.expression, one.value) for one in below.variables] == [
        ("names['a'][0]", "1"),
        ("names['a'][1]", "2"),
    ]
    changed_documents.clear()
    await page.run_at(6)
    await viewer.until(lambda: page.uri in changed_documents, "the news of variables")
    found = await ask(page, "variables", sort="recent", count=1)
    assert [(one.name, one.value, one.changed) for one in found.variables] == [
        ("number", "6", True)
    ]

    table = await ask(page, "table", path=["cities"], sort=[{"column": 1}], count=1)
    assert (table.rows, table.total_rows, table.kind) == ([["Chur", "38000"]], 3, "pandas")
    assert [one.name for one in table.columns] == ["city", "people"]
    assert table.operations == ["sort", "filter", "summary", "export"]
    wanted = [{"column": 0, "operator": "contains", "value": "be"}]
    assert (await ask(page, "table", path=["cities"], filters=wanted)).rows == [["Bern", "134000"]]
    summary = await ask(page, "tableSummary", path=["cities"], column=1)
    assert (summary.max, sum(one.count for one in summary.histogram)) == ("173000", 3)
    exported = await ask(page, "tableExport", path=["cities"], format="csv", count=1)
    assert exported.text == "city,people\nBasel,173000\n"
    with pytest.raises(JsonRpcException, match="no longer a table"):
        await ask(page, "table", path=["number"])

    changed_documents.clear()
    await page.run("renameVariable", name="number", newName="count")
    await page.run("deleteVariable", name="names")
    await viewer.until(lambda: page.uri in changed_documents, "the news of variables")
    found = await ask(page, "variables")
    assert [one.name for one in found.variables] == ["cities", "count"]
    with pytest.raises(JsonRpcException, match="number no longer exists in the kernel"):
        await page.run("deleteVariable", name="number")
    await page.run("shutdown")


async def test_a_running_cell_is_looked_into_and_left_alone(viewer: Editor, page: Page) -> None:
    await page.run_at(0)
    await page.run("runCell", position={"line": 8, "character": 0}, wait=False)
    await viewer.eventually(lambda: page.hover(8), lambda text: "there" in text, "the cell to run")
    found = await ask(page, "variables")
    assert [one.name for one in found.variables] == ["cities", "names", "number"]
    assert (await ask(page, "table", path=["cities"], count=1)).rows == [["Basel", "173000"]]
    with pytest.raises(JsonRpcException, match="A cell is running; wait until it has ended"):
        await page.run("deleteVariable", name="number")
    await page.run("interrupt")
    await page.run("shutdown")


async def test_variables_are_a_text_for_everyone(editor: Editor, page_of: Page) -> None:
    page = page_of
    await page.run_at(0)
    found = await page.run("showVariables", show=False)
    lines = found["text"].split("\n")
    assert lines[0].startswith("Variables of script")
    assert [line.split()[:3] for line in lines if line.startswith("*")][:3] == [
        ["*", "cities", "DataFrame"],
        ["*", "names", "dict"],
        ["*", "number", "int"],
    ]
    table = await page.run("showTable", name="cities", sort="-people", show=False)
    assert [line.split() for line in table["text"].split("\n")[6:9]] == [
        ["0", "Basel", "173000"],
        ["1", "Bern", "134000"],
        ["2", "Chur", "38000"],
    ]
    assert "people: int64; 3 different; 38000 … 173000; mean 115000" in table["text"]
    with pytest.raises(JsonRpcException, match="has no column nothing"):
        await page.run("showTable", name="cities", sort="nothing", show=False)
    with pytest.raises(JsonRpcException, match="no longer a table"):
        await page.run("showTable", name="number", show=False)
    at = lsp.Range(lsp.Position(12, 2), lsp.Position(12, 2))
    titles = await offered(editor, page.uri, at)
    number = lsp.Position(SCRIPT.split("\n").index("number = 5"), 0)
    others = await offered(editor, page.uri, lsp.Range(number, number))
    await page.run("shutdown")
    assert {"Show variables", "Show cities as table"} <= set(titles)
    assert "Show variables" in others
    assert not [title for title in others if title.endswith("as table")]


@pytest.fixture
def page_of(editor: Editor, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The script in each editor in turn."""
    return Page(editor, editor.open(fresh_uri(tmp_path_factory.mktemp("scripts")), SCRIPT))


async def offered(editor: Editor, uri: str, at: lsp.Range) -> list[str]:
    context = lsp.CodeActionContext([], trigger_kind=lsp.CodeActionTriggerKind.Invoked)
    params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), at, context)
    found = await editor.text_document_code_action_async(params)
    return [one["title"] if isinstance(one, dict) else one.title for one in found or ()]
