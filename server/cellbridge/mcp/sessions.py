"""The tools for sessions as a whole: their list, and the restart of a kernel.

Owns these tools. It must not know cells.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from cellbridge.core import units
from cellbridge.core.output.escapes import label
from cellbridge.mcp import words
from cellbridge.mcp.answers import Answer
from cellbridge.mcp.call import Call
from cellbridge.mcp.tool import Arguments, Effect, ScriptArguments, Tool
from cellbridge.session import agent_permission
from cellbridge.session.control import SessionStatus, describe_sessions
from cellbridge.session.errors import SessionError

_NONE = (
    "No session runs. One starts when you or the user run a cell; call overview with the path of a "
    "script."
)


class ListSessions(Arguments, frozen=True, kw_only=True):
    """The arguments of ``list_sessions``: none."""


async def list_sessions(call: Call, _: ListSessions) -> Answer:
    """List the running sessions of this machine."""
    found = await describe_sessions(call.agent)
    running = {record.name for _, record, _ in found}
    allowed = await asyncio.to_thread(agent_permission.allowed_scripts)
    others = [f"{label(one)} · no session · allows agents" for one in allowed if one not in running]
    return Answer("\n".join([*map(_line, found), *others]) or _NONE)


async def restart(call: Call, arguments: ScriptArguments) -> Answer:
    """Restart the kernel of a script, if the user agrees."""
    script = await call.open(arguments.script, text=False)
    await call.permission.confirm_restart(script.path, call)
    await script.notebook.restart()
    call.news = False
    state = words.kernel(script.notebook.kernel)
    return Answer(f"The kernel was restarted, and all variables were lost. Now: {state}")


def _line(entry: SessionStatus) -> str:
    _, record, answer = entry
    if isinstance(answer, SessionError):
        return f"{label(record.name)} · {label(str(answer))}"
    parts = [label(record.name), words.kernel(answer.kernel)]
    if answer.running_since is not None:
        by = f" by {label(answer.running_by)}" if answer.running_by else ""
        by += " (agent)" if answer.running_agent else ""
        parts.append(f"running for {units.age(time.time() - answer.running_since)}{by}")
    if answer.queued:
        parts.append(f"{answer.queued} queued")
    if answer.clients:
        parts.append(f"used by {label(', '.join(answer.clients))}")
    if answer.agents.allowed:
        parts.append("allows agents")
    return " · ".join(parts)


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "list_sessions",
        "List Sessions",
        "List the scripts whose sessions run on this machine, with the state of their kernels, and "
        "the scripts for which the user allows agents.",
        ListSessions,
        list_sessions,
    ),
    Tool(
        "restart",
        "Restart Kernel",
        "Restart the kernel of a script. All variables are lost, so the user has to agree.",
        ScriptArguments,
        restart,
        Effect.DESTROYS,
    ),
)
