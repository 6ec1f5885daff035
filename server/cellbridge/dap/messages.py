"""The messages of the Debug Adapter Protocol with one client.

Owns sequence numbers, the check of requests, and the form of responses, errors and events. It must
not know the meaning of a request.

Source: "Debug Adapter Protocol" 1.71, base protocol. A message that is not a request is skipped: no
response exists for it, and the adapter sends no requests of its own.
"""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass, field
from typing import Any, cast

from cellbridge.base_protocol.message_bodies import decode, encode, outline
from cellbridge.base_protocol.pipes import FrameError, Pipes
from cellbridge.core.json_depth import TooDeepError
from cellbridge.dap.positions import Positions

log = logging.getLogger(__name__)

_ERROR = 1
"""The id of every error: the text has all details."""
_NO_BODY = frozenset(
    {
        *("attach", "cancel", "configurationDone", "disconnect", "goto", "launch", "next"),
        *("pause", "restart", "restartFrame", "stepIn", "stepOut", "terminate"),
    }
)
"""Requests without a body in their responses. Helix refuses a response with an empty one."""
_SHOWN = 200
"""Characters of an unknown command in an error."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the client."""

    seq: int
    command: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


class Messages:
    """Reads requests from a client, and sends responses and events to it."""

    def __init__(self, pipes: Pipes) -> None:
        self.positions = Positions()
        """The client's form of lines, columns and paths."""
        self._pipes = pipes
        self._ids = itertools.count(1)
        self._dropped = 0
        """Events with output that were left out because the client does not read."""

    async def next(self) -> Request | None:
        """Return the next request; None when the client has closed its end.

        Invalid requests are answered here, and other messages are skipped.
        """
        while True:
            await self._pipes.writer.room()
            try:
                body = await self._pipes.next()
            except FrameError as error:
                log.warning("The client sent %s; it is skipped.", error)
                continue
            if body is None:
                return None
            if (request := self._request(body)) is not None:
                return request

    def respond(self, request: Request, body: dict[str, Any] | None = None) -> None:
        """Send the response to a request that was carried out."""
        if body or request.command not in _NO_BODY:
            self._respond(request, success=True, body=self.positions.to_client(body or {}))
        else:
            self._respond(request, success=True)

    def fail(self, request: Request, sentence: str, *, show: bool = True) -> None:
        """Send an error; ``show`` asks the client to show it to the user."""
        error = {"id": _ERROR, "format": sentence, "showUser": show}
        self._respond(request, success=False, message=sentence, body={"error": error})

    def cancelled(self, request: Request) -> None:
        """Report that a request was cancelled."""
        self._respond(request, success=False, message="cancelled")

    def event(self, name: str, body: dict[str, Any] | None = None) -> None:
        """Send an event. Events with output are left out while the client does not read."""
        if name == "output" and not self._pipes.writer.has_room:
            self._dropped += 1
            return
        if self._dropped:
            left_out, self._dropped = self._dropped, 0
            text = f"{left_out} outputs are left out, because the editor did not read them.\n"
            self.event("output", {"category": "important", "output": text})
        message: dict[str, Any] = {"type": "event", "event": name}
        if body is not None:
            message["body"] = self.positions.to_client(body)
        self._send(message)

    def _respond(self, request: Request, **fields: Any) -> None:
        answer = {"type": "response", "request_seq": request.seq, "command": request.command}
        self._send({**answer, **fields})

    def _send(self, message: dict[str, Any]) -> None:
        self._pipes.writer.send(encode({"seq": next(self._ids), **message}))

    def _request(self, body: bytes) -> Request | None:
        """Return the request in a message; None if it is not one, or was refused."""
        problem = ""
        try:
            data: Any = decode(body)
        except TooDeepError as error:
            data, problem = outline(body), f"The message cannot be read: {error}."
        except ValueError:
            data = None
        message = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        seq = message.get("seq")
        if message.get("type") != "request" or not isinstance(seq, int):
            log.warning("The client sent a message that is not a request; it is skipped.")
            return None
        command, arguments = message.get("command"), message.get("arguments")
        if not isinstance(command, str) or not command:
            problem = problem or "The request has no command."
        elif arguments is not None and not isinstance(arguments, dict):
            problem = problem or f"The arguments of {command[:_SHOWN]} are not an object."
        name = command[:_SHOWN] if isinstance(command, str) else ""
        if problem:
            self.fail(Request(seq, name), problem, show=False)
            return None
        given = cast("dict[str, Any]", arguments or {})
        return Request(seq, name, self.positions.from_client(given))
