"""A scripted debug client: it speaks to ``cellbridge dap`` as an editor does.

Owns the client's side of the Debug Adapter Protocol in tests. Every message of both sides is
checked against the protocol's JSON schema, which debugpy ships, and against its rules of order.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema

from cellbridge.base_protocol.frame_writer import frame
from cellbridge.base_protocol.pipes import read_frame
from support.blocking import watched
from support.patience import PATIENCE

ADAPTER = [*watched("cellbridge"), "dap"]
CLIENT = {
    "clientID": "test",
    "clientName": "Test editor",
    "adapterID": "cellbridge",
    "supportsVariableType": True,
    "supportsVariablePaging": True,
}
_READ_LIMIT = 64 * 1024 * 1024


class RefusedError(Exception):
    """The adapter answered a request with an error; the text is its sentence."""

    def __init__(self, response: Mapping[str, Any]) -> None:
        super().__init__(response.get("message", ""))
        self.response = response

    @property
    def shown(self) -> bool:
        """True if the client shall show the error to the user."""
        return self.response["body"]["error"]["showUser"]


@functools.cache
def schema() -> dict[str, Any]:
    """Return the JSON schema of the Debug Adapter Protocol."""
    found = importlib.util.find_spec("debugpy")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "_vendored" / "pydevd" / "_pydevd_bundle"
    return json.loads((folder / "_debug_adapter" / "debugProtocol.json").read_text("utf-8"))


@functools.cache
def validator(name: str) -> jsonschema.Draft4Validator:
    """Return the validator of one definition of the protocol."""
    return jsonschema.Draft4Validator({**schema(), "$ref": f"#/definitions/{name}"})


def definition(name: str, kind: str) -> str:
    """Return the name of the definition of a command's request or response, or of an event."""
    name = name[:1].upper() + name[1:] + kind
    return name if name in schema()["definitions"] else kind


def check_message(message: Mapping[str, Any]) -> None:
    """Check a message against the protocol's schema."""
    match message:
        case {"type": "request", "command": command}:
            name = definition(command, "Request")
        case {"type": "response", "success": False, "message": "cancelled"}:
            name = "Response"
        case {"type": "response", "success": False}:
            name = "ErrorResponse"
        case {"type": "response", "command": command}:
            name = definition(command, "Response")
        case {"type": "event", "event": event}:
            name = definition(event, "Event")
        case _:
            raise AssertionError(f"not a message: {message}")
    problems = [error.message for error in validator(name).iter_errors(dict(message))]
    assert not problems, f"{name}: {problems} in {message}"


class DapClient:
    """One debug client with its own adapter process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.capabilities: dict[str, Any] = {}
        self.log: list[dict[str, Any]] = []
        """All messages of the adapter, in their order."""
        self._taken = 0
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._changed = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    # --- messages ---------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def post(self, command: str, /, **arguments: Any) -> asyncio.Future[dict[str, Any]]:
        """Send a request; return the future of its response."""
        seq = next(self._ids)
        message = {"seq": seq, "type": "request", "command": command, "arguments": arguments}
        check_message(message)
        future = self._waiting[seq] = asyncio.get_running_loop().create_future()
        future.seq = seq  # type: ignore[attr-defined]
        self.write(frame(json.dumps(message).encode()))
        return future

    async def response(self, future: asyncio.Future[dict[str, Any]]) -> dict[str, Any]:
        """Return the body of a response, or raise the error in it."""
        async with asyncio.timeout(PATIENCE):
            answer = await future
        if not answer["success"]:
            raise RefusedError(answer)
        return answer.get("body", {})

    async def request(self, command: str, /, **arguments: Any) -> dict[str, Any]:
        """Send a request; return the body of its response."""
        return await self.response(self.post(command, **arguments))

    async def refused(self, command: str, /, **arguments: Any) -> str:
        """Send a request that the adapter must refuse; return the sentence."""
        try:
            body = await self.request(command, **arguments)
        except RefusedError as error:
            return str(error)
        raise AssertionError(f"{command} was answered: {body}")

    async def event(
        self, name: str, matches: Callable[[dict[str, Any]], object] = lambda _body: True
    ) -> dict[str, Any]:
        """Return the body of the next event of that name; events before it are passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while self._taken < len(self.log):
                    message = self.log[self._taken]
                    self._taken += 1
                    if message.get("event") == name and matches(message.get("body", {})):
                        return message.get("body", {})
                self._changed.clear()
                await self._changed.wait()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the bodies of all events of that name so far."""
        return [one.get("body", {}) for one in self.log if one.get("event") == name]

    def printed(self, *categories: str) -> str:
        """Return all output so far, in some categories or in all."""
        bodies = self.events("output")
        chosen = [one for one in bodies if not categories or one.get("category") in categories]
        return "".join(one["output"] for one in chosen)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while (body := await read_frame(self.process.stdout)) is not None:
            message = json.loads(body)
            self.log.append(message)
            if message["type"] == "response":
                future = self._waiting.pop(message["request_seq"], None)
                if future is not None and not future.done():
                    future.set_result(message)
            self._changed.set()

    # --- actions of an editor ---------------------------------------------------------------------

    async def initialize(self, **more: Any) -> None:
        """Send ``initialize`` and keep the capabilities."""
        self.capabilities = await self.request("initialize", **{**CLIENT, **more})

    async def begin(
        self,
        command: str,
        script: Path,
        *,
        lines: Mapping[Path, list[Any]] | list[Any] = (),  # type: ignore[assignment]
        filters: list[str] | None = None,
        **arguments: Any,
    ) -> list[list[dict[str, Any]]]:
        """Attach or launch, with breakpoints; return the answers about these.

        A breakpoint is a line, or an object of the protocol.
        """
        if not self.capabilities:
            await self.initialize()
        started = self.post(command, script=str(script), **arguments)
        initialized = asyncio.create_task(self.event("initialized"))
        await asyncio.wait({started, initialized}, return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            initialized.cancel()
            await self.response(started)
        await initialized
        by_file = lines if isinstance(lines, Mapping) else {script: lines}
        answers = [await self.set_breakpoints(path, given) for path, given in by_file.items()]
        if filters is not None:
            await self.request("setExceptionBreakpoints", filters=filters)
        await self.request("configurationDone")
        await self.response(started)
        return answers

    async def set_breakpoints(self, path: Path, given: list[Any]) -> list[dict[str, Any]]:
        """Set the breakpoints of a file; return their states."""
        breakpoints = [{"line": one} if isinstance(one, int) else one for one in given]
        body = await self.request(
            "setBreakpoints", source={"path": str(path)}, breakpoints=breakpoints
        )
        return body["breakpoints"]

    async def set_function_breakpoints(self, *names: str) -> list[dict[str, Any]]:
        """Set the breakpoints of functions; return their states."""
        breakpoints = [{"name": name} for name in names]
        body = await self.request("setFunctionBreakpoints", breakpoints=breakpoints)
        return body["breakpoints"]

    async def stopped(self, *reasons: str) -> tuple[int, list[dict[str, Any]]]:
        """Wait until the code stops; return the thread and its frames."""
        body = await self.event("stopped")
        assert not reasons or body["reason"] in reasons, body
        frames = (await self.request("stackTrace", threadId=body["threadId"]))["stackFrames"]
        return body["threadId"], frames

    async def variables(self, frame_id: int) -> dict[str, dict[str, Any]]:
        """Return the local variables of a frame by name."""
        scopes = (await self.request("scopes", frameId=frame_id))["scopes"]
        body = await self.request("variables", variablesReference=scopes[0]["variablesReference"])
        return {one["name"]: one for one in body["variables"]}

    async def evaluate(
        self, expression: str, frame_id: int | None = None, context: str = "repl"
    ) -> str:
        """Return the value of an expression as text."""
        where = {} if frame_id is None else {"frameId": frame_id}
        body = await self.request("evaluate", expression=expression, context=context, **where)
        return body["result"]

    # --- the end ----------------------------------------------------------------------------------

    async def disconnect(self, **arguments: Any) -> None:
        """Disconnect, and wait for the end of the process."""
        await self.request("disconnect", **arguments)
        async with asyncio.timeout(PATIENCE):
            assert await self.process.wait() == 0

    async def kill(self) -> None:
        """Kill the process, for example because the editor has died."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def close(self) -> None:
        """End the process if it runs, and check all that it sent."""
        await self.kill()
        async with asyncio.timeout(PATIENCE):
            await self._reader
        self.process.stdin.close()  # type: ignore[union-attr]
        self.process._transport.close()  # type: ignore[attr-defined]
        self.check_log()

    def check_log(self) -> None:
        """Check the form of all messages of the adapter, and the rules about their order."""
        for number, message in enumerate(self.log, 1):
            assert message["seq"] == number
            check_message(message)
        names = [one.get("event") or one["command"] for one in self.log]
        if "initialized" in names:
            assert names.index("initialize") < names.index("initialized")
        for command in ("attach", "launch"):
            succeeded = [bool(one.get("success")) and one["command"] == command for one in self.log]
            assert True not in succeeded or names.index("configurationDone") < succeeded.index(True)
        assert names.count("terminated") <= 1
        answered = [one["request_seq"] for one in self.log if one["type"] == "response"]
        assert len(answered) == len(set(answered))


@asynccontextmanager
async def dap_client() -> AsyncIterator[DapClient]:
    """Start an adapter and connect a client to it; both end with the block."""
    process = await asyncio.create_subprocess_exec(
        *ADAPTER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_READ_LIMIT,
    )
    client = DapClient(process)
    try:
        yield client
    finally:
        await client.close()
