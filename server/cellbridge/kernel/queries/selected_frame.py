"""The request that selects the frame in which code is examined.

Owns the query to the probe, the reading of its answer, and the sentence for each refusal. It must
not know how a query reaches the kernel.
"""

from __future__ import annotations

from dataclasses import dataclass

from cellbridge.core.runs.frames import Frame
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.queries import answers
from cellbridge.kernel.queries.questions import QueryProbe

SECONDS = 2.0
"""Seconds that the selection may take."""
NO_FRAMES = "The frames of this kernel cannot be examined."
_UNRESPONSIVE = (
    "The kernel is busy in a long native call and cannot answer. Try again when it finishes."
)
_REFUSALS = {
    "missing": "There is no such frame. Select another frame.",
    "not_run": "This frame has no variables, because its code did not run. Select another frame.",
}
_ERROR_GONE = (
    "The kernel no longer has the frames of this error, because another error came later. "
    "Run the cell again to debug it."
)
_STOP_GONE = "The code has continued, so its frames are gone."


@dataclass(frozen=True, slots=True)
class FrameChoice:
    """A frame of a failed run, or of the thread that has stopped."""

    depth: int
    """The place of the frame, counted from the innermost."""
    message: str = ""
    """The id of the message that carried the failed run; empty for a stop."""
    stopped: int = 0
    """The debugger's id of the frame at which the thread has stopped; 0 for any stop."""
    frame_id: int = 0
    """The debugger's id of the frame itself, in place of ``depth``; 0 without one."""


async def select(query_probe: QueryProbe, choice: FrameChoice | None) -> tuple[list[Frame], int]:
    """Select a frame, or none; return the frames among which it is, outermost first, and its depth.

    Raises:
        KernelError: it cannot be selected; the message gives the reason.
    """
    content = await query_probe({"op": "debug_stand_in", "frame": _chosen(choice)}, SECONDS)
    if choice is None:
        return [], 0
    if content is None:
        raise KernelError(_UNRESPONSIVE)
    found, depth = list(answers.frames(content)), content.get("depth")
    if content.get("status") != "ok" or not isinstance(depth, int) or depth >= len(found):
        gone = _ERROR_GONE if choice.message else _STOP_GONE
        raise KernelError(_REFUSALS.get(str(content.get("status")), gone))
    return found, depth


def _chosen(choice: FrameChoice | None) -> dict[str, object] | None:
    if choice is None:
        return None
    if choice.message:
        return {"run": choice.message, "depth": choice.depth}
    return {"stopped": choice.stopped, "depth": choice.depth, "id": choice.frame_id}
