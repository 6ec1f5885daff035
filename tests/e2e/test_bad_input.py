"""Invalid messages and unusual documents: one clear message, and the server keeps running."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import Future
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from support.editor import Editor, fresh_uri
from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refusal(editor: Editor, command: str, *arguments: object) -> tuple[int, str]:
    """Send a command that must be refused; return the code and the sentence."""
    with pytest.raises(JsonRpcException) as refused:
        await editor.workspace_execute_command_async(
            lsp.ExecuteCommandParams(command, list(arguments))
        )
    return refused.value.code, refused.value.message


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        (
            "runCell",
            [],
            (
                'takes one JSON object, {"uri": …, "position"?: …, "cell"?: …, "wait"?: …, '
                '"stopOnEntry"?: …}.'
            ),
        ),
        ("runCell", ["file:///a.py"], "takes one JSON object"),
        ("runCell", [{}, {}], "takes one JSON object"),
        ("runCell", [{"position": {"line": 0, "character": 0}}], "needs the field uri, a string"),
        ("runCell", [{"uri": 3}], "The field uri of cellbridge.runCell must be a string."),
        ("runCell", [{"uri": "HERE"}], "needs the field position or cell"),
        (
            "runCell",
            [{"uri": "HERE", "position": [0, 0]}],
            "position of cellbridge.runCell must be a",
        ),
        (
            "runCell",
            [{"uri": "HERE", "position": {"line": -1, "character": 0}}],
            "must be a position",
        ),
        (
            "runCell",
            [{"uri": "HERE", "position": {"line": True, "character": 0}}],
            "must be a position",
        ),
        (
            "runCell",
            [{"uri": "HERE", "cell": "gone"}],
            "has no cell gone; give its position instead.",
        ),
        (
            "runCell",
            [{"uri": "HERE", "cell": "x", "wait": "no"}],
            "wait of cellbridge.runCell must be",
        ),
        ("runSelection", [{"uri": "HERE"}], "needs the field range, a range, {start, end}"),
        ("runSelection", [{"uri": "HERE", "range": {"start": 1}}], "must be a range, {start, end}"),
        ("answerInput", [{"uri": "HERE"}], "needs the field text, a string"),
        ("fly", [{"uri": "HERE"}], "There is no command 'cellbridge.fly'"),
    ],
)
async def test_wrong_arguments_are_named(
    page: Page, command: str, arguments: list[object], sentence: str
) -> None:
    given = json.loads(json.dumps(arguments).replace("HERE", page.uri))
    code, message = await refusal(page.editor, f"cellbridge.{command}", *given)
    assert code == lsp.ErrorCodes.InvalidParams
    assert sentence in message
    assert await page.lenses() is not None


async def test_a_document_that_is_not_open_is_refused_to_script_and_person(page: Page) -> None:
    page.editor.messages.clear()
    code, message = await refusal(page.editor, "cellbridge.runAll", {"uri": "file:///nowhere.py"})
    assert code == lsp.LSPErrorCodes.RequestFailed
    assert message == "file:///nowhere.py is not open in this editor; open it and try again."
    assert [shown.message for shown in page.editor.messages] == [message]


async def test_a_request_without_its_params_is_answered(page: Page) -> None:
    with pytest.raises(JsonRpcException, match="textDocument/hover cannot be read") as refused:
        await raw_request(page.editor, "textDocument/hover", {"textDocument": {"uri": page.uri}})
    assert refused.value.code == lsp.ErrorCodes.InvalidParams
    with pytest.raises(JsonRpcException) as refused:
        await raw_request(page.editor, "textDocument/made_up", {})
    assert refused.value.code == lsp.ErrorCodes.MethodNotFound


async def test_requests_about_unknown_documents_find_nothing(page: Page) -> None:
    editor = page.editor
    assert await editor.lenses("file:///nowhere.py") == []
    assert list(await editor.hints("file:///nowhere.py")) == []
    assert await editor.hover("file:///nowhere.py", 3) == ""
    assert await editor.actions("file:///nowhere.py", 3) == []
    editor.versions["file:///nowhere.py"] = 1
    editor.edit("file:///nowhere.py", (0, 0), (0, 0), "x")
    editor.close("file:///nowhere.py")
    assert await page.lenses() is not None


async def test_an_unknown_kernel_is_named_with_those_there_are(page: Page) -> None:
    text = "# ---\n# jupyter:\n#   kernelspec:\n#     name: no-such-kernel\n# ---\n# %%\n1\n"
    editor, uri = page.editor, fresh_of(page)
    editor.open(uri, text)
    editor.messages.clear()
    code, message = await refusal(editor, "cellbridge.runAll", {"uri": uri})
    assert code == lsp.LSPErrorCodes.RequestFailed
    assert "no-such-kernel" in message
    assert "python3" in message
    assert [shown.message for shown in editor.messages] == [message]
    # Corrected, it runs.
    editor.rewrite(uri, text.replace("no-such-kernel", "python3"))
    answer = await editor.command("runAll", uri=uri)
    assert answer["cells"][0]["text"] == "1"
    await end(editor, uri)


async def test_a_kernel_whose_interpreter_is_gone_says_so(page: Page, jupyter_data: Path) -> None:
    directory = jupyter_data / "kernels" / "gone"
    directory.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": ["/no/such/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Gone",
        "language": "python",
    }
    (directory / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    editor, uri = page.editor, fresh_of(page)
    editor.open(uri, "# ---\n# jupyter:\n#   kernelspec:\n#     name: gone\n# ---\n# %%\n1\n")
    _, message = await refusal(editor, "cellbridge.runAll", {"uri": uri})
    assert "/no/such/python" in message
    await end(editor, uri)


async def test_crlf_and_form_feeds_keep_their_lines(page: Page) -> None:
    await page.write("# %%\r\nx = 1\fy = 2\r\n# %%\r\ns = 'a\x0bb\u2028c'\r\nlen(s)\r\n")
    answer = await page.run("runCell", position={"line": 4, "character": 0})
    assert answer["cells"][0]["text"] == "5"
    assert await page.hints() == [(4, "→ 5")]
    page.editor.edit(page.uri, (4, 0), (4, 6), "s.upper()")
    answer = await page.run("runCell", position={"line": 4, "character": 0})
    assert answer["cells"][0]["text"] == repr("A\x0bB\u2028C")


async def test_a_nul_byte_is_an_error_of_the_cell_alone(page: Page) -> None:
    await page.write("# %%\nx = '\0'\n# %%\n2\n")
    answer = await page.run("runCell", position={"line": 1, "character": 0})
    assert answer["cells"][0]["state"] == "error"
    assert (await page.run_at(2))["text"] == "2"


async def test_half_a_surrogate_pair_is_survived(page: Page) -> None:
    await page.write("# %%\nx = 'a'\nlen(x)\n")
    change = {
        "textDocument": {"uri": page.uri, "version": page.editor.versions[page.uri] + 1},
        "contentChanges": [{"text": "# %% \udc80\nx = 'a\udc80'\nlen(x)\n"}],
    }
    page.editor.versions[page.uri] += 1
    page.editor._server.stdin.write(
        frame({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": change})
    )
    found = await page.editor.cells(page.uri)
    assert found.cells[0].range.end.line == 3
    await page.write("# %%\n3\n")
    assert (await page.run_at(0))["text"] == "3"


async def test_text_that_is_not_utf_8_is_survived(page: Page) -> None:
    body = (
        b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {"uri": '
        b'"untitled:latin", "languageId": "python", "version": 1, "text": "# %% caf\xe9\\n1\\n"}}}'
    )
    page.editor._server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    found = await page.editor.cells("untitled:latin")
    assert found.cells[0].title == "caf\N{REPLACEMENT CHARACTER}"


async def test_an_answer_to_no_question_of_the_server_is_passed_over(page: Page) -> None:
    await page.write("# %%\ninput()\n")
    run = {"uri": page.uri, "position": {"line": 0, "character": 0}}
    asked = lsp.ExecuteCommandParams("cellbridge.runCell", [run])
    running = page.editor.protocol.send_request(
        lsp.WORKSPACE_EXECUTE_COMMAND, asked, msg_id="under way"
    )
    await page.editor.eventually(
        page.lenses, lambda found: any("waits" in title for title in found), "the question"
    )
    for identity in ("under way", "never asked", 7):
        answer = {"jsonrpc": "2.0", "id": identity, "result": None}
        page.editor._server.stdin.write(frame(answer))
    await page.run("answerInput", text="well")
    answered = await asyncio.wrap_future(running)
    assert answered["cells"][0]["state"] == "ok"


async def test_without_a_marker_the_whole_file_is_one_cell(page: Page) -> None:
    await page.write("x = 20\nx + 1\n")
    assert await page.lenses(0) == ["▶ Run"]
    assert (await page.run_at(1))["text"] == "21"
    await page.write("")
    assert await page.lenses() == []
    assert await page.run("runAll") == {"cells": []}


async def test_a_file_deleted_on_disk_goes_on(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "deleted.py"
    path.parent.mkdir()
    path.write_text("# %%\n1\n", encoding="utf-8")
    uri = page.editor.open(path.as_uri(), "# %%\n1\n")
    path.unlink()
    path.parent.rmdir()
    answer = await page.editor.command("runAll", uri=uri)
    assert answer["cells"][0]["text"] == "1"
    await end(page.editor, uri)


async def test_an_untitled_buffer_runs(page: Page) -> None:
    uri = page.editor.open("untitled:Untitled-1", "# %%\nimport os\n1/0\n")
    answer = await page.editor.command("runAll", uri=uri)
    assert answer["cells"][0]["state"] == "error"
    await page.editor.until(lambda: bool(page.editor.diagnostics.get(uri)), "the error")
    assert page.editor.diagnostics[uri][0].range.start.line == 2
    await end(page.editor, uri)


async def test_a_ten_megabyte_file_is_served(page: Page) -> None:
    block = "# %% cell\n" + "value = 'some text of a usual length for a line of code'\n" * 40
    text = block * (10 * 1024 * 1024 // len(block) + 1)
    last = text.count("\n")
    await page.write(text + "# %% last\n40 + 2\n")
    answer = await page.run("runCell", position={"line": last + 1, "character": 0})
    assert answer["cells"][0]["text"] == "42"
    page.editor.edit(page.uri, (last + 1, 0), (last + 1, 2), "41")
    assert (await page.run_at(last + 1))["text"] == "43"
    await page.write("1\n")


@pytest.fixture
def jupyter_data() -> Path:
    """The user's own Jupyter directory, as the servers under test see it."""
    return Path(os.environ["JUPYTER_DATA_DIR"])


def fresh_of(page: Page) -> str:
    return fresh_uri(Path(page.uri.removeprefix("file://")).parent)


async def end(editor: Editor, uri: str) -> None:
    await editor.command("shutdown", uri=uri)
    editor.close(uri)


async def raw_request(editor: Editor, method: str, params: object) -> object:
    """Send a request whose params pygls' client would not let through."""
    identity = f"raw-{method}"
    answer: Future[object] = Future()
    editor.protocol._request_futures[identity] = answer
    editor._server.stdin.write(
        frame({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})
    )
    return await asyncio.wrap_future(answer)


def frame(message: object) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
