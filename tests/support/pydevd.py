"""The debugger of a kernel, driven without a host: breakpoints of runs, stops, stepping.

Owns the host's end of the socket on which pydevd speaks the Debug Adapter Protocol.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.queries.debugging import Breakpoint
from cellbridge.kernel.queries.run_details import RunDetails
from support.kernels import Bench, Ran
from support.patience import PATIENCE

Message = dict[str, Any]
SCRIPT = "/nowhere/script.py"


class Pydevd:
    """A connection to the debugger in a kernel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.numbers = itertools.count(1)
        self.pending: dict[int, asyncio.Future[Message]] = {}
        self.events: list[Message] = []
        self.changed = asyncio.Event()
        self.task = asyncio.create_task(self.read())

    async def read(self) -> None:
        try:
            while True:
                head = await self.reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                message = json.loads(await self.reader.readexactly(length))
                if message["type"] == "response":
                    self.pending.pop(message["request_seq"]).set_result(message)
                elif message["type"] == "event":
                    self.events.append(message)
                    self.changed.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.changed.set()

    async def ask(self, command: str, **arguments: Any) -> Message:
        """Return the body of the response to a request; fail if it was refused."""
        found = await self.respond(command, **arguments)
        assert found["success"], found
        return found.get("body") or {}

    async def respond(self, command: str, **arguments: Any) -> Message:
        """Return the response to a request."""
        number = next(self.numbers)
        answer = self.pending[number] = asyncio.get_running_loop().create_future()
        request = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(request).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        async with asyncio.timeout(PATIENCE):
            return await answer

    async def event(self, name: str) -> Message:
        """Return the body of the next event with a name, and drop those before it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while self.events:
                    found = self.events.pop(0)
                    if found["event"] == name:
                        return found.get("body") or {}
                self.changed.clear()
                await self.changed.wait()

    async def begin(self, **options: Any) -> None:
        """Go through the protocol's begin; breakpoints hold from now on."""
        await self.ask("initialize", adapterID="tests", linesStartAt1=True, pathFormat="path")
        await self.ask("attach", **{"justMyCode": True, **options})
        await self.ask("configurationDone")

    async def stop(self) -> tuple[Message, list[Message]]:
        """Wait for the next stop; return its event and the frames."""
        event = await self.event("stopped")
        frames = await self.ask("stackTrace", threadId=event["threadId"])
        return event, frames["stackFrames"]

    async def stopped_line(self) -> int:
        """Wait for the next stop; return the line of its innermost frame."""
        _, frames = await self.stop()
        return int(frames[0]["line"])

    async def resume(self) -> None:
        """Let all threads continue; older versions continue only one that is named."""
        await self.ask("continue", threadId="*")

    async def value(self, frame: Message, expression: str) -> str:
        found = await self.ask("evaluate", expression=expression, frameId=frame["id"])
        return str(found["result"])

    async def close(self) -> None:
        """Close the connection, as when the host ends."""
        self.writer.close()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@asynccontextmanager
async def attached(kernel: Kernel, **options: Any) -> AsyncIterator[Pydevd]:
    """Attach to a kernel, and detach in the end."""
    path = kernel.private_file("debug")
    opened: asyncio.Future[Pydevd] = asyncio.get_running_loop().create_future()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.set_result(Pydevd(reader, writer))

    server = await asyncio.start_unix_server(accept, path)
    try:
        found = await kernel.debugging.attach(Path(path))
        assert (found.status, found.problem) == ("ok", ""), found
        debugger = await opened
        await debugger.begin(**options)
        yield debugger
        await kernel.debugging.detach()
        await debugger.close()
    finally:
        server.close()
        await server.wait_closed()
        path.unlink(missing_ok=True)


class Debugged:
    """A kernel whose cells are run under the debugger."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.kernel = bench.kernel

    def send(self, source: str, line: int, *breakpoints: Breakpoint) -> str:
        """Run a source that begins on a line of the script, counted from 1."""
        return self.kernel.execute(
            source,
            cell_id=f"on {line}",
            origin=Origin(SCRIPT, line - 1),
            stop_on_error=True,
            details=RunDetails(breakpoints=breakpoints),
        )

    async def ended(self, run: str) -> Ran:
        """Wait for a run's end."""
        await self.bench.follower.until(lambda follower: follower.ended(run))
        return self.bench.ran(run)

    async def never_stops(self, debugger: Pydevd, run: str) -> Ran:
        """Wait for a run's end, and check that it did not stop."""
        ran = await self.ended(run)
        await debugger.ask("threads")  # What pydevd sent before its answer has arrived.
        assert [one for one in debugger.events if one["event"] == "stopped"] == []
        return ran

    async def failure(self, run: str) -> str:
        """Return the name of the exception by which a run ended."""
        return str((await self.ended(run)).reply.get("ename", ""))


def at(line: int, **more: Any) -> Breakpoint:
    """Return a breakpoint on a line of the script."""
    return {"id": line, "line": line, **more}


def places(frames: list[Message]) -> list[tuple[str, int]]:
    """Return the functions and lines of frames, the innermost first."""
    return [(frame["name"].partition(" (")[0], frame["line"]) for frame in frames]
