"""The test of a kernel: it is started, runs one cell, and is ended.

Owns the measurement and the result. It must not print.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find.kernel_choice import unreliable
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.process.exit_reason import KernelExit
from cellbridge.kernel.process.launch import LaunchPlan
from cellbridge.kernel.queries.debugging import Attached

ANSWER_SECONDS = 60.0
_VERSION = "import ipykernel; ipykernel.__version__"
_FOUND = re.compile(r"\d+\.\d+[\w.]*")


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a test."""

    problem: str = ""
    """The reason for a failure, or an empty text."""
    remark: str = ""
    """A remark for the user about a kernel that works."""
    implementation: str = ""
    language: str = ""
    start: float = 0.0
    """Seconds from its start until it accepted cells."""
    answer: float = 0.0
    """Seconds of its first cell."""
    debugging: Attached | None = None
    """The result of the check for its debugger, which is not attached."""

    @property
    def well(self) -> bool:
        """True if the kernel runs cells."""
        return not self.problem


class _RunListener:
    """Waits for the end of one run."""

    def __init__(self) -> None:
        self.run = ""
        self.received: list[Message] = []
        self.done = asyncio.Event()
        self.problem = ""

    def on_messages(self, batch: Sequence[Message]) -> None:
        """See `cellbridge.kernel.kernel.KernelListener`."""
        for message in batch:
            if message.parent_id == self.run:
                self.received.append(message)
                if message.msg_type == "execute_reply":
                    self.done.set()

    def on_exit(self, exit: KernelExit) -> None:  # noqa: A002 (the interface's word)
        """Record that the kernel ended by itself."""
        self.problem = exit.sentence
        self.done.set()


async def run_trial(spec: Spec) -> Trial:
    """Start a kernel, run one cell that prints nothing, and end the kernel."""
    listener = _RunListener()
    with tempfile.TemporaryDirectory(prefix="cb") as directory:
        plan = LaunchPlan(spec, directory, Path(directory) / "k")
        async with asyncio.TaskGroup() as tasks:
            before = time.monotonic()
            try:
                kernel = await Kernel.start(plan, listener, tasks)
            except KernelError as error:
                return Trial(problem=str(error))
            started = time.monotonic()
            try:
                return await _run(kernel, listener, started - before)
            finally:
                await kernel.stop()


async def _run(kernel: Kernel, listener: _RunListener, start: float) -> Trial:
    code = _VERSION if kernel.info.is_ipykernel else ""
    before = time.monotonic()
    listener.run = kernel.execute(
        code, cell_id="trial", origin=Origin("trial", 0), stop_on_error=True
    )
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await listener.done.wait()
    except TimeoutError:
        problem = f"The kernel starts, but does not answer within {ANSWER_SECONDS:.0f} seconds."
        return Trial(problem=problem)
    if listener.problem:
        return Trial(problem=listener.problem)
    return Trial(
        remark=_remark(listener.received),
        implementation=kernel.info.implementation,
        language=kernel.info.language,
        start=start,
        answer=time.monotonic() - before,
        debugging=await kernel.debugging.check(),
    )


def _remark(received: Sequence[Message]) -> str:
    results = [m.content.get("data", {}) for m in received if m.msg_type == "execute_result"]
    found = _FOUND.search(str(results[0].get("text/plain", ""))) if results else None
    if found and unreliable(found[0]):
        return (
            f"ipykernel {found[0]} sometimes loses requests; update it to 7.4 or newer: "
            "python -m pip install --upgrade ipykernel"
        )
    return ""
