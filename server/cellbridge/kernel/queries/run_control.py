"""Requests to the probe's run control: the state of runs, cancelling, and the guard.

Owns the requests to probe/run_control.py and the reading of its answers. It must not decide when a
request is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from cellbridge.kernel.channels.requests import Requests

REQUEST = "cellbridge_run_control"
ANSWER_SECONDS = 2.0
INSTALL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class State:
    """The kernel's record of its runs."""

    question: tuple[str, bool] | None = None
    """The prompt of the line that the running cell waits for, and whether it is a password."""
    outcomes: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """For each id of an execute request, True if it succeeded. Only the last runs are kept."""


async def install(requests: Requests) -> None:
    """Install the code in an idle ipykernel. It never raises: the code is optional."""
    source = Path(__file__).parents[1] / "probe" / "run_control.py"
    compiled = f"compile({source.read_text('utf-8')!r}, '<cellbridge run control>', 'exec')"
    content = {
        "code": f"exec({compiled}, {{'__name__': {REQUEST!r}}})",
        "silent": True,
        "store_history": False,
        "allow_stdin": False,
        "stop_on_error": False,
    }
    await requests.query("shell", "execute_request", content, INSTALL_SECONDS)


async def state(requests: Requests) -> State | None:
    """Return the kernel's record; None if it does not come in time."""
    reply = await requests.query("control", REQUEST, {"op": "state"}, ANSWER_SECONDS)
    if reply is None:
        return None
    asked, outcomes = reply.content.get("question"), reply.content.get("outcomes")
    question = cast("dict[str, Any]", asked) if isinstance(asked, dict) else None
    return State(
        (str(question.get("prompt", "")), bool(question.get("password"))) if question else None,
        cast("dict[str, bool]", outcomes) if isinstance(outcomes, dict) else {},
    )


async def cancel(requests: Requests) -> bool:
    """Cancel the cell that awaits something; return whether there was one."""
    reply = await requests.query("control", REQUEST, {"op": "cancel"}, ANSWER_SECONDS)
    return reply is not None and bool(reply.content.get("cancelled"))


async def guard(requests: Requests, pid: int, started: float, seconds: float) -> None:
    """Make the kernel end when the process has been gone for ``seconds``; 0 means never."""
    content = {"op": "guard", "pid": pid, "started": started, "seconds": seconds}
    await requests.query("control", REQUEST, content, ANSWER_SECONDS)
