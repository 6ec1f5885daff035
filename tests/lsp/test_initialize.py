"""The answer to `initialize`, which is sent before the server is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.protocol import default_converter
from pytest_lsp import client_capabilities

from cellbridge.lsp.server import Server
from cellbridge.lsp.transport.initialize import announcement, chosen_encoding

EDITORS = ("visual-studio-code", "neovim", "emacs")


def announced_by_server(client: lsp.ClientCapabilities) -> Any:
    """Return the answer of the server itself, without a process or a loop."""
    connection = Server().connection
    steps = connection.lsp_initialize(lsp.InitializeParams(capabilities=client))
    answer: Any = None
    try:
        while True:
            handler, arguments, _ = steps.send(answer)
            answer = handler(*arguments)
    except StopIteration as end:
        return connection.plain(end.value)


def as_json(value: Any) -> Any:
    """A value as the other side reads it."""
    return json.loads(json.dumps(value))


def without_false(value: Any) -> Any:
    """Remove false values from an announcement, which mean the same as absent ones."""
    if isinstance(value, dict):
        return {key: without_false(inner) for key, inner in value.items() if inner is not False}
    return value


@pytest.mark.parametrize("editor", EDITORS)
def test_the_answer_is_the_servers_own(editor: str) -> None:
    client = client_capabilities(editor)
    sent = as_json(default_converter().unstructure(client))
    assert without_false(announcement(sent)) == without_false(as_json(announced_by_server(client)))


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        (None, "utf-16"),
        ([], "utf-16"),
        (["utf-8", "utf-16"], "utf-8"),
        (["utf-7", "utf-32"], "utf-32"),
        ("utf-8", "utf-16"),
        ([None, 3], "utf-16"),
    ],
)
def test_the_first_encoding_that_exists_is_taken(offered: object, expected: str) -> None:
    assert chosen_encoding(offered) == expected


def talk(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    """Send messages to a server and return its answers until it ends."""
    bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages]
    done = subprocess.run(
        [sys.executable, "-m", "cellbridge", "lsp"],
        input=b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies),
        stdout=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    # Bodies are JSON on one line each, so what is between them is the next one's header.
    _, *parts = done.stdout.split(b"Content-Length: ")
    return [json.loads(part.partition(b"\r\n\r\n")[2]) for part in parts]


SHUTDOWN = {"id": 2, "method": "shutdown"}
EXIT = {"method": "exit"}


@pytest.mark.parametrize("identity", [0, 7, "one"])
def test_initialize_is_answered_once(identity: object) -> None:
    initialize = {"id": identity, "method": "initialize", "params": {"capabilities": {}}}
    answers = talk(initialize, SHUTDOWN, EXIT)
    assert [answer["id"] for answer in answers] == [identity, 2]
    assert "result" in answers[0]
    assert answers[1]["result"] is None


def test_an_editor_that_says_nonsense_of_itself_is_served() -> None:
    nonsense = {"processId": [], "capabilities": {"general": 5, "textDocument": ["x"]}}
    answers = talk({"id": 1, "method": "initialize", "params": nonsense}, SHUTDOWN, EXIT)
    assert [answer["id"] for answer in answers] == [1, 2]
    assert "result" in answers[1]


def test_initialize_without_params_is_refused() -> None:
    (answer, refused) = talk({"id": 1, "method": "initialize"}, SHUTDOWN)
    assert answer["error"]["code"] == lsp.ErrorCodes.InvalidParams
    assert refused["error"]["code"] == lsp.ErrorCodes.ServerNotInitialized
