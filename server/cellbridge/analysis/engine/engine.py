"""One engine: its process as long as it is wanted, and the questions to it.

Owns starts, restarts and deadlines. Invariant: nothing that happens to the process reaches a caller
as an exception; a question without an answer returns None, and nothing here blocks the event loop.

    start ──▶ ready ──▶ ended or stuck ──pause──▶ start …      at most `FAILURES_ALLOWED` in a row
                                          └──────▶ given up     one sentence, and jedi is used
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Generator, Sequence
from copy import copy
from typing import Protocol

import msgspec

from cellbridge.analysis.engine.command import EngineCommand
from cellbridge.analysis.engine.connection import Connection, EngineError, start
from cellbridge.analysis.engine.documents import EngineDocument
from cellbridge.analysis.engine.problems import Problem, problems
from cellbridge.analysis.engine.running_engine import (
    RunningEngine,
    engine_settings,
    initialize_params,
)

_log = logging.getLogger(__name__)

FAILURES_ALLOWED = 3
"""Ends in a row, without an answer between them, after which the engine is given up."""
DEADLINE = 30.0
"""Seconds for one answer: an engine that reads large packages for the first time needs many."""
START_DEADLINE = 60.0
_PAUSE = 1.0
"""Seconds before a new start, times the number of failures."""


class EngineListener(Protocol):
    """The receiver of an engine's news; called on the event loop."""

    def diagnostics_changed(self) -> None:
        """React to diagnostics that may differ from the last ones."""
        ...

    def engine_failed(self, sentence: str) -> None:
        """React to an engine that is given up."""
        ...


class Engine:
    """One engine, which runs as long as `run` does."""

    def __init__(
        self, command: EngineCommand, listener: EngineListener, *, deadline: float = DEADLINE
    ) -> None:
        self.command = command
        self._listener = listener
        self._deadline = deadline
        self._life: RunningEngine | None = None
        self._over = asyncio.Event()
        """Set when the process has to end, or has ended."""
        self._stopped = False
        self._reason = ""
        self._failures = 0
        self.failed = False
        """True once the engine has been given up."""

    @property
    def pid(self) -> int | None:
        """The process's id; None while none is ready."""
        return None if self._life is None else self._life.connection.pid

    # --- the process ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the process running until `stop`."""
        problem = ""
        while not self._stopped:
            problem = await self._run_once()
            if self._stopped:
                return
            self._failures += 1
            _log.warning("The engine %s failed: %s.", self.command.name, problem)
            if self._failures >= FAILURES_ALLOWED:
                break
            with contextlib.suppress(TimeoutError):
                self._over.clear()
                async with asyncio.timeout(_PAUSE * self._failures):
                    await self._over.wait()
        self.failed = True
        self._listener.engine_failed(
            f"{self.command.name} does not work as the engine of cellbridge.static.engine: "
            f"{problem}. jedi is used until the setting changes; check that the command works."
        )

    def stop(self) -> None:
        """End the process and `run`."""
        self._stopped = True
        self._over.set()

    async def _run_once(self) -> str:
        """Start the process and wait for its end; return the reason of the end."""
        try:
            process = await start(self.command)
        except (OSError, ValueError) as error:
            self._failures = FAILURES_ALLOWED
            return f"it cannot be started ({getattr(error, 'strerror', None) or error})"
        connection = Connection(process, engine_settings(self.command), self._notified)
        self._reason = ""
        if not self._stopped:
            self._over.clear()
        try:
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(self._serve(connection))
                await self._over.wait()
                self._life = None
                if self._stopped:
                    await connection.end(gently=True)
                serving.cancel()
        finally:
            self._life = None
            await connection.end(gently=False)
        return self._reason

    async def _serve(self, connection: Connection) -> None:
        """Initialize the process, and handle its messages until it ends."""
        async with asyncio.TaskGroup() as tasks:
            receiving = tasks.create_task(connection.receive())
            try:
                async with asyncio.timeout(START_DEADLINE):
                    asked = initialize_params(self.command)
                    answer = await connection.request("initialize", asked)
                self._life = RunningEngine(connection, bytes(answer or b"null"))
                connection.notify("initialized", {})
                self._listener.diagnostics_changed()
            except (EngineError, TimeoutError, msgspec.MsgspecError) as error:
                late = isinstance(error, TimeoutError)
                self._reason = "it did not start in time" if late else str(error)
                receiving.cancel()
        self._end(self._reason if receiving.cancelled() else receiving.result())

    def _end(self, reason: str) -> None:
        """Note why the process has to end, or has ended."""
        self._reason = self._reason or reason
        self._over.set()

    def _notified(self, method: str, params: msgspec.Raw) -> None:
        life = self._life
        if life is not None and method == "textDocument/publishDiagnostics":
            life.take_diagnostics(params)
            self._listener.diagnostics_changed()
        elif method == "workspace/diagnostic/refresh":
            self._listener.diagnostics_changed()

    # --- questions --------------------------------------------------------------------------------

    async def ask(
        self, method: str, content: str, place: tuple[str, int, int]
    ) -> tuple[bytes, EngineDocument] | None:
        """Return the answer at path, line and column of a text, and the engine's document."""
        path, line, column = place
        if (life := self._life) is None:
            return None
        with self._faults_logged(method):
            document = copy(await life.bring_up_to_date(path, content))
            self._watch(life.connection)
            where = {"uri": document.uri}
            position = document.position(line, column)
            answer = await life.connection.request(
                method, {"textDocument": where, "position": position}
            )
            if answer is not None:
                self._failures = 0
                return bytes(answer), document
        return None

    async def diagnose(self, content: str, path: str) -> tuple[list[Problem], Sequence[str]] | None:
        """Return the problems of a text, and its masked lines; None without an answer."""
        if (life := self._life) is None:
            return None
        with self._faults_logged("diagnostics"):
            document = copy(await life.bring_up_to_date(path, content))
            self._watch(life.connection)
            async with asyncio.timeout(self._deadline):
                found = await life.diagnostics(document)
            if found is not None:
                self._failures = 0
                return problems(found.items, document), document.lines
        return None

    def close(self, path: str) -> None:
        """Forget a document."""
        if self._life is not None:
            self._life.close(path)

    def _watch(self, connection: Connection) -> None:
        """Check after the deadline whether the engine has answered anything.

        The caller of a question may have gone long before.
        """
        before = connection.answered
        loop = asyncio.get_running_loop()
        loop.call_later(self._deadline, self._check, connection, before)

    def _check(self, connection: Connection, before: int) -> None:
        current = self._life is not None and self._life.connection is connection
        if current and connection.waits and connection.answered == before:
            self._end("it did not answer in time")

    @contextlib.contextmanager
    def _faults_logged(self, asked: str) -> Generator[None]:
        try:
            yield
        except (EngineError, OSError, TimeoutError, msgspec.MsgspecError) as error:
            _log.info("The engine %s did not answer %s: %r", self.command.name, asked, error)
