"""The answer to ``initialize``, sent before the rest of the server is imported.

Owns the first message. The editor waits for its answer, and importing lsprotocol takes a third of a
second. The answer is always the same, except for two details that depend on the editor. It is
therefore stored in announced.json, which server/tools/codegen.py writes from the server's own
capabilities. This module must not import lsprotocol or pygls.

Once the server is imported, it also receives the message, with a note that it was answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from cellbridge import __version__
from cellbridge.base_protocol.pipes import FrameError, Pipes, read_frame
from cellbridge.core.document.text import PositionEncoding
from cellbridge.core.json_depth import loads

ANNOUNCED = Path(__file__).with_name("announced.json")
"""The server's capabilities without the encoding of positions."""


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The editor's first message."""

    body: bytes | None
    """The bytes of the message; None if it could not be read."""
    answered: int | str | None = None
    """The id of the ``initialize`` request, if the message is one and was answered."""
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The parameters of that request."""
    encoding: PositionEncoding = PositionEncoding.UTF16
    """The chosen position encoding."""


async def answer_initialize(pipes: Pipes) -> FirstMessage:
    """Read the first message and answer it if it is ``initialize``; the server does the rest."""
    try:
        body = await read_frame(pipes.reader)
    except FrameError:
        return FirstMessage(None)
    request = _object(body)
    identity, params = request.get("id"), request.get("params")
    asked = request.get("method") == "initialize" and "jsonrpc" in request
    if not asked or not isinstance(identity, int | str) or not isinstance(params, dict):
        return FirstMessage(body)
    said = cast("dict[str, Any]", params)
    client = said.get("capabilities")
    answer = {"jsonrpc": "2.0", "id": identity, "result": announcement(client)}
    pipes.writer.send(json.dumps(answer).encode())
    encoding = chosen_encoding(_within(client, "general", "positionEncodings"))
    return FirstMessage(body, identity, said, encoding)


def announcement(client: object) -> dict[str, Any]:
    """Return the result of ``initialize`` for an editor with these capabilities."""
    capabilities = json.loads(ANNOUNCED.read_bytes())
    encoding = chosen_encoding(_within(client, "general", "positionEncodings"))
    if _within(client, "textDocument", "rename", "prepareSupport") is True:
        # Other editors accept only a boolean.
        capabilities["renameProvider"] = {"prepareProvider": True}
    return {
        "capabilities": {"positionEncoding": encoding.value, **capabilities},
        "serverInfo": {"name": "cellbridge", "version": __version__},
    }


def chosen_encoding(offered: object) -> PositionEncoding:
    """Return the first supported encoding in the editor's list; UTF-16 without one."""
    names = cast("Sequence[Any]", offered) if isinstance(offered, list | tuple) else ()
    for name in names:
        value = getattr(name, "value", name)
        if value in set(PositionEncoding):
            return PositionEncoding(value)
    return PositionEncoding.UTF16


def _within(client: object, *keys: str) -> object:
    """Return a part of the editor's capabilities; None if they have another structure."""
    found = client
    for key in keys:
        found = cast("Mapping[str, Any]", found).get(key) if isinstance(found, dict) else None
    return found


def _object(body: bytes | None) -> dict[str, Any]:
    """Return a message as JSON; empty if it is not an object or cannot be read."""
    try:
        found: object = loads(body or b"null")
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
