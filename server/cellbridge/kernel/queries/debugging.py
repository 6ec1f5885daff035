"""Requests to the debugger's part of the probe, which is sent at the first attach.

Owns the parts and their transfer, the requests to them (probe/debug), and the sentences for kernels
that cannot be debugged. It must not know lines of the open text, nor the Debug Adapter Protocol.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, TypeVar

import msgspec

T = TypeVar("T")

PARTS = (
    "debug/kernel_threads",
    "debug/following",
    "debug/stops",
    "debug/breakpoints",
    "debug/engine",
    "debug/run_breakpoints",
    "debug/prompts",
    "debug/operations",
)
"""The files to send, each after those that it imports; the last one opens the operations."""
ATTACH_SECONDS = 20.0
"""Seconds that an attach may take: on a slow disk, the import of debugpy takes some of them."""
ANSWER_SECONDS = 2.0

SendOrder = Callable[[dict[str, Any], float], Awaitable[dict[str, Any] | None]]
"""Sends an order to the probe; the answer is None if it does not come within the given seconds."""

_log = logging.getLogger(__name__)


class Breakpoint(TypedDict):
    """A breakpoint in the text of a run."""

    id: int
    line: int
    """The line in the run's file, from 1: that of the script at the time of the run."""
    condition: NotRequired[str]
    hit: NotRequired[str]
    """A condition on the number of hits, as the Debug Adapter Protocol has it."""
    log: NotRequired[str]
    """A message to log instead of stopping, as the Debug Adapter Protocol has it."""
    once: NotRequired[bool]


@dataclass(frozen=True, slots=True)
class Attached:
    """The result of an attach."""

    status: Literal["ok", "missing", "unsupported", "failed", "silent"]
    version: str = ""
    """The version of debugpy, if it is known."""
    problem: str = ""
    """One sentence for the user; empty if the debugger is attached."""
    slow: bool = False
    """True if code runs slowly while the debugger is attached: before Python 3.12."""


class ExecutedText(msgspec.Struct, frozen=True):
    """A text that ran, in its own file."""

    path: str
    script: str
    first: int
    """The line of the script, from 0, of the first line of the text."""
    cell: str
    text: str
    run: str = ""
    """The id of the request of its last run; empty if it ran before the debugger was attached."""


class ExecutedTexts(msgspec.Struct, frozen=True):
    """A page of the texts that ran."""

    texts: list[ExecutedText]
    next: int
    """The number with which the next page is requested."""
    more: bool = False


class _Placed(msgspec.Struct):
    set: dict[str, list[int]]


class Debugging:
    """The debugger's part of one kernel."""

    def __init__(self, send: SendOrder, has_probe: Callable[[], bool]) -> None:
        """``send`` sends an order to the present process, if that ``has_probe``."""
        self._send = send
        self._has_probe = has_probe

    async def check(self) -> Attached:
        """Return the result that an attach would have, as far as debugpy determines it."""
        return await self._request({"op": "debug_check"})

    async def attach(self, path: Path) -> Attached:
        """Let the kernel's debugger connect to a Unix socket, on which the caller listens.

        It speaks the Debug Adapter Protocol there, and follows code when this returns.
        """
        return await self._request({"op": "debug_attach", "path": str(path)})

    async def _request(self, order: dict[str, Any]) -> Attached:
        if not self._has_probe():
            return Attached("unsupported", problem=NO_PROBE)
        extended = await self._send(_extension(), ANSWER_SECONDS)
        if extended is None:
            return Attached("silent", problem=NO_ANSWER)
        return _read_attached(await self._send(order, ATTACH_SECONDS))

    async def place(
        self, runs: Mapping[str, Sequence[Breakpoint]]
    ) -> Mapping[str, Sequence[int]] | None:
        """Set exactly these breakpoints in runs, by their ids, and in known texts, by their paths.

        Return the ids of those that were set; a run that has not begun sets them when it begins.
        """
        wanted = {key: list(breakpoints) for key, breakpoints in runs.items()}
        answer = await self._send({"op": "debug_place", "runs": wanted}, ANSWER_SECONDS)
        placed = _convert(answer, _Placed)
        return placed.set if placed is not None else None

    async def detach(self) -> None:
        """Let all code run on at full speed, without the debugger."""
        await self._send({"op": "debug_detach"}, ANSWER_SECONDS)

    async def executed_texts(self, since: int = 0) -> ExecutedTexts | None:
        """Return the texts that ran, the oldest first, from the number of an earlier page on."""
        answer = await self._send({"op": "debug_sources", "since": since}, ANSWER_SECONDS)
        return _convert(answer, ExecutedTexts)


NO_ANSWER = (
    "The kernel is busy in a long native call and cannot be debugged now. "
    "Try again when it finishes."
)
NO_PROBE = "This kernel cannot be debugged: the debugger needs ipykernel."
MISSING = (
    "The kernel's environment has no debugpy, which debugging needs. Install debugpy there, "
    "and restart the kernel."
)
UNSUPPORTED = (
    "The kernel's debugpy {version} is not supported. Install a version from 1.6.5 on, below 2, "
    "in the kernel's environment, and restart the kernel."
)
FAILED = "The debugger could not be started in the kernel ({reason}). Restart the kernel."


def _extension() -> dict[str, Any]:
    folder = Path(__file__).parents[1] / "probe"
    parts = [(part, (folder / f"{part}.py").read_text("utf-8")) for part in PARTS]
    return {"op": "extend", "group": "debug", "parts": parts}


def _read_attached(answer: dict[str, Any] | None) -> Attached:
    """Return the result of an attach, with its sentence."""
    if answer is None:
        return Attached("silent", problem=NO_ANSWER)
    version = str(answer.get("version", ""))
    match answer.get("status"):
        case "ok":
            return Attached("ok", version, slow=bool(answer.get("slow")))
        case "missing":
            return Attached("missing", problem=MISSING)
        case "unsupported":
            return Attached("unsupported", version, UNSUPPORTED.format(version=version))
        case _:
            reason = str(answer.get("reason") or "see the session log")
            return Attached("failed", version, FAILED.format(reason=reason))


def _convert(answer: dict[str, Any] | None, kind: type[T]) -> T | None:
    if answer is None or answer.get("status") != "ok":
        return None
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        _log.warning("The probe's answer could not be read: %s", error)
        return None
