"""JSON that is nested too deeply to be read: from an editor and from a kernel."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.core.json_depth import LEVELS, TOO_DEEP
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEEP = """# %%
from IPython.display import display
def deep(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value
def show(levels, **more):
    import sys
    sys.setrecursionlimit(10 ** 6)
    display({"application/json": deep(levels), "text/plain": f"{levels}"}, raw=True, **more)
for levels in (101, 900, 1_500):
    show(levels)
# %%
show(1, display_id="one", metadata={"x": deep(500)})
show(700, display_id="one", update=True)
# %%
show(90)
"""


async def test_what_is_nested_too_deeply_is_text_for_every_editor(drawn_page: Page) -> None:
    await drawn_page.write(DEEP)
    answer = await drawn_page.run("runAll")
    texts = [cell["text"] for cell in answer["cells"]]
    assert [text.count(TOO_DEEP) for text in texts] == [3, 1, 0]
    cells = await drawn_page.editor.cells(drawn_page.uri)
    assert [len(cell.outputs) for cell in cells.cells] == [3, 1, 1]
    assert all(TOO_DEEP in output.data["text/plain"] for output in cells.cells[0].outputs)
    editor = drawn_page.editor
    editor.close(drawn_page.uri)
    editor.open(drawn_page.uri, DEEP)

    await editor.eventually(
        lambda: editor.cells(drawn_page.uri),
        lambda again: [cell.outputs for cell in again.cells] == [c.outputs for c in cells.cells],
    )


async def test_a_message_nested_too_deeply_is_answered(drawn_page: Page) -> None:
    editor = drawn_page.editor
    deep: object = 1
    for _ in range(200):
        deep = [deep]
    with pytest.raises(JsonRpcException, match=f"nested deeper than {LEVELS} levels") as refused:
        await editor.protocol.send_request_async("cellbridge/cells", {"uri": deep})
    assert refused.value.code == lsp.ErrorCodes.InvalidRequest
    for body in (b"[" * 200_000, b'{"a":' * 3_000, b"\xff\xfe[", b"[{}]", b"\r\n\r\n"):
        editor._server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert await drawn_page.lenses() is not None
