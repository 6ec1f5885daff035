"""The tools at work: one call from its arguments to its logged answer.

Owns the steps that are the same for all tools: the check of the arguments, the sentence for an
error, the cursor, the bounds and the user's log. It must not know the SDK. It is imported after the
first answer to the client, because what it needs takes long to import.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from cellbridge.core.output.escapes import label, plain_block
from cellbridge.mcp.answers import Image, RefusedError, ToolError, Unanswered
from cellbridge.mcp.bounds import bound
from cellbridge.mcp.call import Asker, Call, Reporter
from cellbridge.mcp.permission import Permission
from cellbridge.mcp.scripts import Scripts
from cellbridge.mcp.tool import Tool
from cellbridge.mcp.tools import TOOLS
from cellbridge.session import agent_log
from cellbridge.session.agent_log import AgentCall, Outcome
from cellbridge.session.agent_names import AgentNames
from cellbridge.session.errors import SessionError, SessionRefusedError
from cellbridge.session.locations import of_script
from cellbridge.session.log_file import log_path

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a call for the client."""

    text: str
    images: Sequence[Image] = ()
    outcome: Outcome = Outcome.OK

    @property
    def failed(self) -> bool:
        """True if the tool did not do what was requested."""
        return self.outcome is not Outcome.OK


_LOG_SECONDS = 1.0
"""Seconds that the last entries of the log get at the end."""
_CANCELLED = Result("The client has cancelled the call.", outcome=Outcome.ERROR)


async def _report_nothing(_seconds: float, _text: str) -> None:
    """Report nothing."""


class Toolbox:
    """The tools of one process, and the scripts that they have opened."""

    def __init__(self, allowed: Sequence[Path], *, restart: bool) -> None:
        """Allow the scripts and folders in ``allowed``; ``restart``: allow restarts too."""
        self._scripts = Scripts()
        self._permission = Permission(allowed, restart=restart)
        self._names = AgentNames()
        self._late: set[asyncio.Future[None]] = set()
        """The entries of the log for calls that the client has cancelled."""
        self.tools = TOOLS

    async def serve(self, until: asyncio.Event) -> None:
        """Keep the scripts open until the event; their sessions keep running after it."""
        async with self._scripts.workspace:
            await until.wait()
        if self._late:
            await asyncio.wait(self._late, timeout=_LOG_SECONDS)
        self._names.release()

    async def call(
        self,
        tool: str,
        given: Mapping[str, Any],
        agent: str,
        ask: Asker,
        report: Reporter = _report_nothing,
    ) -> Result:
        """Carry out a call of a tool, and log it for the user; faults become a result, too.

        Raises:
            Unanswered: the client has to ask the user, and to repeat the call.
        """
        name = await asyncio.to_thread(self._names.claim, label(agent))
        call = Call(name, self._scripts, self._permission, ask, report)
        try:
            result = await self._attempt(call, tool, given)
        except asyncio.CancelledError:
            # Not awaited: the task is cancelled. Its runs continue, so the user has to know them.
            loop = asyncio.get_running_loop()
            entry = loop.run_in_executor(None, _record, call, tool, given, _CANCELLED)
            self._late.add(entry)
            entry.add_done_callback(self._late.discard)
            raise
        await asyncio.to_thread(_record, call, tool, given, result)
        return result

    async def _attempt(self, call: Call, name: str, given: Mapping[str, Any]) -> Result:
        try:
            tool = _tool(name)
            answer = await tool.handler(call, tool.read_arguments(given))
        except (RefusedError, SessionRefusedError) as error:
            return Result(_error_text(call, error), outcome=Outcome.REFUSED)
        except (ToolError, SessionError) as error:
            return Result(_error_text(call, error), outcome=Outcome.ERROR)
        except OSError as error:
            log.warning("The tool %s failed", name, exc_info=error)
            return Result(f"{name} failed: {label(str(error))}. Try again.", outcome=Outcome.ERROR)
        except Unanswered:
            raise
        except Exception as error:  # Boundary: a fault in one call must not end the others.
            return Result(_internal_error(error), outcome=Outcome.ERROR)
        return Result(_finished(call, answer.text), answer.images)


def _tool(name: str) -> Tool[Any]:
    if name not in TOOLS:
        raise ToolError(f"There is no tool {label(name)}; the tools are {', '.join(TOOLS)}.")
    return TOOLS[name]


def _error_text(call: Call, error: Exception) -> str:
    return _finished(call, plain_block(str(error)))


def _finished(call: Call, text: str) -> str:
    """Return a text within the bounds, with the lines that each answer has at its end."""
    return bound(text, call.footer())


def _record(call: Call, tool: str, given: Mapping[str, Any], result: Result) -> None:
    """Add a call to the log of its script, which the user can read."""
    if call.place is None:
        return
    entry = AgentCall(
        time=time.time(),
        agent=call.agent,
        tool=tool,
        arguments=msgspec.json.encode(given, enc_hook=str).decode(),
        outcome=result.outcome,
        summary=result.text.partition("\n")[0],
        runs=call.runs,
    )
    try:
        agent_log.append(of_script(call.place.path), entry)
    except SessionError as error:
        log.warning("A call of %s was not logged: %s", tool, error)


def _internal_error(error: Exception) -> str:
    """Log an internal error, and return the sentence for the agent."""
    log.error("Internal error", exc_info=error)
    name = f"{type(error).__name__}: {label(str(error))}".rstrip(": ")
    return f"Cellbridge had an internal error ({name}); its log is {log_path('mcp')}."
