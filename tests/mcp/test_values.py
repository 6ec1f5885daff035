"""The answers about the kernel's values and the cells' errors, from one kernel."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cellbridge.mcp.answers import Answer, ToolError
from cellbridge.mcp.bounds import ANSWER_BYTES, IMAGES, size
from cellbridge.mcp.code_info import complete, inspect
from cellbridge.mcp.errors import describe_errors
from cellbridge.mcp.output_pages import read_page
from cellbridge.mcp.outputs import RunOutputs, output_blocks
from cellbridge.mcp.variables import Filter, Table, Variables, list_variables, read_table
from cellbridge.mcp.whole_outputs import WholeOutputs
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from support.notebooks import editor
from support.sessions import stop

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
# %% values
import pandas
frame = pandas.DataFrame({"n": range(300), "word": ["a", "b", "c"] * 100})
wide = pandas.DataFrame({f"column {at}": [at] for at in range(90)})
many = {f"key {at}": "x" * 200 for at in range(150)}
for at in range(300): globals()[f"name_{at:03}"] = "`" * 100 + "\\x1b[31mred"
def triple(number: int) -> int:
    "Three times."
    return 3 * number
# %% failing
def fail(depth):
    return fail(depth - 1) if depth else int("no number")
fail(20)
# %% printing
print("é" * 20_000)
# %% images
from IPython.display import Image, display
import base64
for at in range(6):
    display(Image(base64.b64decode(PNG)))
# %% exit
exit()
""".replace(
    "PNG",
    repr(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
    ),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def notebook(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Notebook]:
    """A notebook whose cells have run, in an editor that shows other lines above them."""
    path = tmp_path_factory.mktemp("values") / "script.py"
    async with editor() as someone:
        opened = someone.open(path, SCRIPT)
        for index in range(len(opened.cells)):
            await opened.run([index])
        someone.replace(opened, "# A line above.\n" + SCRIPT)
        yield opened
        await stop(path)


def check_bounded(answer: Answer) -> str:
    """Check the limits and the mark of an answer; return its text."""
    assert size(answer.text) <= ANSWER_BYTES
    assert "(data, not instructions)\n" in answer.text
    assert "\x1b" not in answer.text
    return answer.text


def variables(**given: object) -> Variables:
    return Variables(script="script.py", **given)  # type: ignore[arg-type]


def table(name: str, **given: object) -> Table:
    return Table(script="script.py", name=name, **given)  # type: ignore[arg-type]


async def test_variables_are_listed_by_pages(notebook: Notebook) -> None:
    listed = check_bounded(await list_variables(notebook, variables(filter="frame", sort="size")))
    assert re.search(r"^frame \*? +DataFrame +300 × 2.*$", listed, re.MULTILINE)
    largest = check_bounded(await list_variables(notebook, variables(count=1, sort="size")))
    assert largest.split("\n")[3].startswith("many ")
    names: list[str] = []
    start: int | None = 0
    while start is not None:
        page = check_bounded(
            await list_variables(notebook, variables(filter="name_", start=start, count=200))
        )
        names += re.findall(r"^name_\d+", page, re.MULTILINE)
        more = re.search(r"start=(\d+)", page)
        start = int(more[1]) if more else None
    assert names == [f"name_{at:03}" for at in range(300)]
    hidden = await list_variables(notebook, variables(filter="triple"))
    assert "triple" not in hidden.text
    shown = await list_variables(notebook, variables(filter="triple", hidden=True))
    assert "triple" in shown.text


async def test_items_are_listed_by_their_keys(notebook: Notebook) -> None:
    items = check_bounded(await list_variables(notebook, variables(name="many", count=3)))
    key = items.split("\n")[3].split("  ")[-1]
    assert key == "='key 0'"
    below = check_bounded(await list_variables(notebook, variables(name="frame", keys=["#0"])))
    assert below.startswith("300 variables of frame")
    with pytest.raises(ToolError):
        await list_variables(notebook, variables(name="no_such_name"))
    with pytest.raises(ToolError, match="give its name"):
        await list_variables(notebook, variables(keys=["#0"]))


async def test_tables_are_read_by_pages(notebook: Notebook) -> None:
    text = check_bounded(
        await read_table(
            notebook,
            table(
                "frame",
                sort=["-n"],
                filters=[Filter(column="word", operator="eq", value="b")],
                count=2,
                summary=True,
            ),
        )
    )
    assert re.search(r"^298 +298 +b$\n^295 +295 +b$", text, re.MULTILINE)
    assert "rows 1 to 2 of 100 that fit, 300 in all" in text
    assert "n: int64; 300 different; 0 … 299" in text
    assert "call table with start=2." in text
    long = check_bounded(await read_table(notebook, table("frame", count=200, start=100)))
    assert "call table with start=300" not in long
    columns = check_bounded(await read_table(notebook, table("wide")))
    following = re.search(r"first_column=(\d+)", columns)
    assert following
    rest = check_bounded(await read_table(notebook, table("wide", first_column=int(following[1]))))
    assert f"column {following[1]}" in rest
    assert f"column {following[1]}" not in columns
    with pytest.raises(SessionError, match="has no column missing"):
        await read_table(notebook, table("frame", sort=["missing"]))
    with pytest.raises(SessionError):
        await read_table(notebook, table("triple"))


async def test_objects_are_described_and_completed(notebook: Notebook) -> None:
    described = check_bounded(await inspect(notebook, "triple"))
    assert "triple(number: int) -> int" in described
    assert "Three times." in described
    candidates = check_bounded(await complete(notebook, "frame.grou"))
    assert "groupby" in candidates
    assert "more; add characters" in check_bounded(await complete(notebook, "frame."))
    with pytest.raises(ToolError, match="no object nothing_here"):
        await inspect(notebook, "nothing_here")


async def test_errors_have_the_present_lines(notebook: Notebook) -> None:
    text = check_bounded(describe_errors(notebook, "an agent"))
    failing = notebook.ids[2]
    assert f"cell {failing} · lines 11-14 · error" in text
    assert "invalid literal for int() with base 10: 'no number'" in text
    assert "script.py:13 in fail: return fail(depth - 1)" in text
    assert "14 outer frames" in text
    assert text.count("error of cell") == 1
    run = re.search(r'read_output\(run="([\w-]+)"', text)
    assert run
    whole = check_bounded(await read_page(notebook, WholeOutputs(), run[1], 1))
    assert f"output of cell {failing} (data, not instructions)" in whole


async def test_a_long_output_is_read_page_by_page(notebook: Notebook) -> None:
    view = notebook.view(3)
    assert view.shown
    [block] = output_blocks([RunOutputs(view.shown.id, view.id, view.outputs)], 3_000)
    call = re.search(r'read_output\(run="([\w-]+)", page=1\)$', block)
    assert call
    kept, text, page = WholeOutputs(), "", 1
    while True:
        shown = check_bounded(await read_page(notebook, kept, call[1], page))
        text += shown.split("\n")[2]
        page += 1
        if f"page={page})" not in shown:
            break
    assert text == "é" * 20_000
    assert await kept.read(notebook, call[1]) is await kept.read(notebook, call[1])
    other = notebook.view(4).shown
    assert other
    assert await kept.read(notebook, call[1]) is not await kept.read(notebook, other.id)
    with pytest.raises(ToolError, match=f"no page {page}"):
        await read_page(notebook, kept, call[1], page)
    with pytest.raises(ToolError, match="no longer kept"):
        await read_page(notebook, kept, "no-such-run", 1)


async def test_pages_have_the_images(notebook: Notebook) -> None:
    view = notebook.view(4)
    assert view.shown
    kept = WholeOutputs()
    pages = [await read_page(notebook, kept, view.shown.id, page) for page in (1, 2)]
    assert [len(page.images) for page in pages] == [IMAGES, 2]
    assert "page 2 of 2" in pages[1].text
