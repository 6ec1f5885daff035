"""The generator of server/cellbridge/lsp/transport/announced.json, the server's capabilities.

Sends `initialize` to the real server and records its answer. The position encoding is left out,
because it depends on the editor.
"""

from __future__ import annotations

import json
from typing import Any

from lsprotocol import types as lsp

from cellbridge.lsp.server import Server
from generate.model import Description


def render(_: Description) -> str:
    """Return the file."""
    capabilities = announced(lsp.ClientCapabilities())["capabilities"]
    del capabilities["positionEncoding"]
    return json.dumps(capabilities, indent=2) + "\n"


def announced(client: lsp.ClientCapabilities) -> dict[str, Any]:
    """Return the answer of the server to the ``initialize`` of an editor."""
    connection = Server().connection
    steps = connection.lsp_initialize(lsp.InitializeParams(capabilities=client))
    answer: Any = None
    try:
        while True:
            handler, arguments, _ = steps.send(answer)
            answer = handler(*arguments)
    except StopIteration as end:
        return connection.plain(end.value)
