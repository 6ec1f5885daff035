"""The answer to ``initialize``, given before the rest of the server is there.

Owns the first message. An editor waits for its answer, and importing lsprotocol takes a third of a
second; but what a server announces is the same each time, two details that hang on the editor
aside. So it is kept, in announced.json, which server/tools/codegen.py writes from what the server
itself announces.
It must not import lsprotocol or pygls.

The server is given the message all the same once it is there, and is told that it was answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from cellbridge import __version__
from cellbridge.core.document.text import PositionEncoding
from cellbridge.core.json_depth import loads
from cellbridge.lsp.transport.pipes import FrameError, Pipes, read_frame

ANNOUNCED = Path(__file__).with_name("announced.json")
"""The server's capabilities without the encoding of positions."""


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The editor's first message."""

    body: bytes | None
    """None where there was none that could be read."""
    answered: int | str | None = None
    """The id of the ``initialize`` request in it, if it is one and has its answer."""
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The parameters of that request."""
    encoding: PositionEncoding = PositionEncoding.UTF16
    """What was chosen of the editor's encodings."""


async def answer_initialize(pipes: Pipes) -> FirstMessage:
    """Take the first message and answer it if it is ``initialize``; the server does all else."""
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
        # Others may not be told: to them renaming is a plain yes.
        capabilities["renameProvider"] = {"prepareProvider": True}
    return {
        "capabilities": {"positionEncoding": encoding.value, **capabilities},
        "serverInfo": {"name": "cellbridge", "version": __version__},
    }


def chosen_encoding(offered: object) -> PositionEncoding:
    """Return the first of the editor's encodings that exists; UTF-16 where it names none."""
    names = cast("Sequence[Any]", offered) if isinstance(offered, list | tuple) else ()
    for name in names:
        value = getattr(name, "value", name)
        if value in set(PositionEncoding):
            return PositionEncoding(value)
    return PositionEncoding.UTF16


def _within(client: object, *keys: str) -> object:
    """Return a part of the editor's capabilities; None where they are not as expected."""
    found = client
    for key in keys:
        found = cast("Mapping[str, Any]", found).get(key) if isinstance(found, dict) else None
    return found


def _object(body: bytes | None) -> dict[str, Any]:
    """Return a message as JSON; empty if it is no object, or nothing that can be read at all."""
    try:
        found: object = loads(body or b"null")
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
