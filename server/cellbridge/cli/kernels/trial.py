"""A kernel on trial: started, asked to run one cell, and ended.

Owns the measuring and the verdict. It must not print.
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

ANSWER_SECONDS = 60.0
_VERSION = "import ipykernel; ipykernel.__version__"
_FOUND = re.compile(r"\d+\.\d+[\w.]*")


@dataclass(frozen=True, slots=True)
class Trial:
    """How a kernel did."""

    problem: str = ""
    """Why it failed; empty if it did not."""
    remark: str = ""
    """What a person should know all the same."""
    implementation: str = ""
    language: str = ""
    start: float = 0.0
    """Seconds from its start until it took cells."""
    answer: float = 0.0
    """Seconds that its first cell took."""

    @property
    def well(self) -> bool:
        """True where it runs cells."""
        return not self.problem


class _Ear:
    """Hears the end of one run."""

    def __init__(self) -> None:
        self.run = ""
        self.said: list[Message] = []
        self.over = asyncio.Event()
        self.problem = ""

    def on_messages(self, batch: Sequence[Message]) -> None:
        """See `cellbridge.kernel.kernel.KernelListener`."""
        for message in batch:
            if message.parent_id == self.run:
                self.said.append(message)
                if message.msg_type == "execute_reply":
                    self.over.set()

    def on_exit(self, exit: KernelExit) -> None:  # noqa: A002 (the interface's word)
        """The kernel has ended by itself."""
        self.problem = exit.sentence
        self.over.set()


async def attempt(spec: Spec) -> Trial:
    """Start a kernel, run one cell that prints nothing, and end the kernel."""
    ear = _Ear()
    with tempfile.TemporaryDirectory(prefix="cb") as directory:
        plan = LaunchPlan(spec, directory, Path(directory) / "k")
        async with asyncio.TaskGroup() as tasks:
            before = time.monotonic()
            try:
                kernel = await Kernel.start(plan, ear, tasks)
            except KernelError as error:
                return Trial(problem=str(error))
            started = time.monotonic()
            try:
                return await _run(kernel, ear, started - before)
            finally:
                await kernel.stop()


async def _run(kernel: Kernel, ear: _Ear, start: float) -> Trial:
    code = _VERSION if kernel.info.is_ipykernel else ""
    before = time.monotonic()
    ear.run = kernel.execute(code, cell_id="trial", origin=Origin("trial", 0), stop_on_error=True)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await ear.over.wait()
    except TimeoutError:
        return Trial(problem=f"It starts, but does not answer within {ANSWER_SECONDS:.0f} seconds.")
    if ear.problem:
        return Trial(problem=ear.problem)
    return Trial(
        remark=_remark(ear.said),
        implementation=kernel.info.implementation,
        language=kernel.info.language,
        start=start,
        answer=time.monotonic() - before,
    )


def _remark(said: Sequence[Message]) -> str:
    results = [m.content.get("data", {}) for m in said if m.msg_type == "execute_result"]
    found = _FOUND.search(str(results[0].get("text/plain", ""))) if results else None
    if found and unreliable(found[0]):
        return (
            f"ipykernel {found[0]} loses requests now and then; update it to 7.4 or newer: "
            "python -m pip install --upgrade ipykernel"
        )
    return ""
