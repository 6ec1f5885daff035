"""Orders to the probe's run control: the state of runs, cancelling, interrupts, and the guard.

Owns the orders to probe/run_control.py and the reading of its answers. It must not decide when an
order is sent, nor on which channel.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, cast

from cellbridge.kernel.channels.requests import Requests, silent_code

REQUEST = "cellbridge_run_control"
"""The message type that run control answers on the control channel."""
OPERATION = "run_control"
"""The operation by which the probe passes an order on (probe/dispatch.py)."""
ANSWER_SECONDS = 2.0
INTERRUPT_SECONDS = 0.2
"""Seconds that the next step waits for the answer to an interrupt."""
INSTALL_SECONDS = 10.0


class Obstacle(Enum):
    """The reason why interrupts do not stop a cell."""

    HELD = "native code holds the interpreter, so that the kernel does not answer"
    CAUGHT = "the cell's code runs, and catches every interrupt"
    UNKNOWN = "the cell waits in a call: native code, or one after which it catches the interrupt"


SendOrder = Callable[[dict[str, Any], float], Awaitable[dict[str, Any] | None]]
"""Sends an order; the answer is None if it does not come within the given seconds."""


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
    code = silent_code(f"exec({compiled}, {{'__name__': {REQUEST!r}}})")
    await requests.query("shell", "execute_request", code, INSTALL_SECONDS)


async def state(send: SendOrder) -> State | None:
    """Return the kernel's record; None if it does not come in time."""
    reply = await send({"op": "state"}, ANSWER_SECONDS)
    if reply is None:
        return None
    asked, outcomes = reply.get("question"), reply.get("outcomes")
    question = cast("dict[str, Any]", asked) if isinstance(asked, dict) else None
    return State(
        (str(question.get("prompt", "")), bool(question.get("password"))) if question else None,
        cast("dict[str, bool]", outcomes) if isinstance(outcomes, dict) else {},
    )


async def cancel(send: SendOrder) -> Obstacle | None:
    """Cancel the cell that awaits something; if none does, return the obstacle to a stop."""
    reply = await send({"op": "cancel"}, ANSWER_SECONDS)
    if reply is None:
        return Obstacle.HELD
    if reply.get("cancelled"):
        return None
    return Obstacle.CAUGHT if reply.get("moves") else Obstacle.UNKNOWN


async def interrupt(send: SendOrder) -> None:
    """Interrupt the kernel and its children, as an ``interrupt_request`` does."""
    await send({"op": "interrupt"}, INTERRUPT_SECONDS)


async def guard(send: SendOrder, pid: int, started: float, seconds: float) -> None:
    """Make the kernel end when the process has been gone for ``seconds``; 0 means never."""
    content = {"op": "guard", "pid": pid, "started": started, "seconds": seconds}
    await send(content, ANSWER_SECONDS)
