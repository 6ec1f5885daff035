"""Asking the part of the probe that keeps a kernel in hand: state, cancelling, guarding.

Owns the requests to probe/run_control.py and the reading of its answers. It must not decide when to
ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from cellbridge.kernel.channels.requests import Requests

REQUEST = "cellbridge_tending"
ANSWER_SECONDS = 2.0
INSTALL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class State:
    """What the kernel remembers of its runs."""

    question: tuple[str, bool] | None = None
    """The prompt of the line that the running cell waits for, and whether it is a password."""
    outcomes: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """By the id of an execute request: whether it succeeded. The last runs only."""


async def install(requests: Requests) -> None:
    """Put the code into an idle ipykernel; without it, only comfort is lost. Never raises."""
    source = Path(__file__).parents[1] / "probe" / "run_control.py"
    compiled = f"compile({source.read_text('utf-8')!r}, '<cellbridge tending>', 'exec')"
    content = {
        "code": f"exec({compiled}, {{'__name__': 'cellbridge_tending'}})",
        "silent": True,
        "store_history": False,
        "allow_stdin": False,
        "stop_on_error": False,
    }
    await requests.reply("shell", "execute_request", content, INSTALL_SECONDS)


async def state(requests: Requests) -> State | None:
    """Return what the kernel remembers; None where it does not say so in time."""
    reply = await requests.reply("control", REQUEST, {"op": "state"}, ANSWER_SECONDS)
    if reply is None:
        return None
    asked, outcomes = reply.content.get("question"), reply.content.get("outcomes")
    question = cast("dict[str, Any]", asked) if isinstance(asked, dict) else None
    return State(
        (str(question.get("prompt", "")), bool(question.get("password"))) if question else None,
        cast("dict[str, bool]", outcomes) if isinstance(outcomes, dict) else {},
    )


async def cancel(requests: Requests) -> bool:
    """Cancel the cell that awaits something; returns whether there was one."""
    reply = await requests.reply("control", REQUEST, {"op": "cancel"}, ANSWER_SECONDS)
    return reply is not None and bool(reply.content.get("cancelled"))


async def guard(requests: Requests, pid: int, started: float, seconds: float) -> None:
    """Have the kernel end once that process has been gone for so long; 0 for never."""
    content = {"op": "guard", "pid": pid, "started": started, "seconds": seconds}
    await requests.reply("control", REQUEST, content, ANSWER_SECONDS)
