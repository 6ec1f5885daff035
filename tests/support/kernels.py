"""Kernels in tests: start one, run a cell, check its messages.

Owns the waiting for messages. It must not know what a test expects.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cellbridge.core.runs.frames import Frame
from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.find import specs
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.process.exit_reason import KernelExit
from cellbridge.kernel.process.launch import LaunchPlan
from support.patience import PATIENCE

NOWHERE = Origin("/nowhere/script.py", 0)


class Follower:
    """Collects a kernel's messages, and lets a test wait for some of them."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.exits: list[KernelExit] = []
        self._changed = asyncio.Event()

    def on_messages(self, batch: Sequence[Message]) -> None:
        self.messages.extend(batch)
        self._changed.set()

    def on_exit(self, exit: KernelExit) -> None:  # noqa: A002 - the interface's word
        self.exits.append(exit)
        self._changed.set()

    async def until(self, met: Callable[[Follower], bool]) -> None:
        """Wait until ``met``; fails, with all messages, after `PATIENCE`."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not met(self):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            heard = [(m.channel, m.msg_type, m.content) for m in self.messages[-10:]]
            raise AssertionError(f"it never came; last heard: {heard}, {self.exits}") from None

    def of(self, run: str, *kinds: str) -> list[Message]:
        """The messages of one run, of these types."""
        return [m for m in self.messages if m.parent_id == run and m.msg_type in kinds]

    def text(self, run: str) -> str:
        """Return the text that a run wrote to its streams."""
        return "".join(m.content["text"] for m in self.of(run, "stream"))

    def replied(self, run: str) -> bool:
        return bool(self.of(run, "execute_reply"))

    def ended(self, run: str) -> bool:
        """Reply and idle have both come."""
        states = [m.content["execution_state"] for m in self.of(run, "status")]
        return self.replied(run) and "idle" in states


@dataclass
class Ran:
    """A run that has ended."""

    id: str
    text: str
    reply: dict[str, object]
    messages: list[Message]
    frames: tuple[Frame, ...] = field(default=())


@dataclass
class Bench:
    """A running kernel and who follows it."""

    kernel: Kernel
    follower: Follower
    cwd: str

    def send(self, source: str, origin: Origin = NOWHERE, cell: str = "cell") -> str:
        return self.kernel.execute(source, cell_id=cell, origin=origin, stop_on_error=True)

    async def run(self, source: str, origin: Origin = NOWHERE, cell: str = "cell") -> Ran:
        """Run a cell to its end."""
        run = self.send(source, origin, cell)
        await self.follower.until(lambda follower: follower.ended(run))
        return self.ran(run)

    def ran(self, run: str) -> Ran:
        follower = self.follower
        messages = [m for m in follower.messages if m.parent_id == run]
        reply = follower.of(run, "execute_reply")
        return Ran(run, follower.text(run), reply[0].content if reply else {}, messages)


@asynccontextmanager
async def running(
    spec: Spec, cwd: Path | None = None, follower: Follower | None = None, **env: str
) -> AsyncIterator[Bench]:
    """Start a kernel, and remove all of it afterwards."""
    with tempfile.TemporaryDirectory(prefix="cbk") as directory:
        private = Path(directory) / "k"
        place = str(cwd or directory)
        plan = LaunchPlan(spec, place, private, env, sources=Path(directory) / "source")
        follower = follower or Follower()
        async with asyncio.TaskGroup() as tasks:
            kernel = await Kernel.start(plan, follower, tasks)
            try:
                yield Bench(kernel, follower, place)
            finally:
                await kernel.stop()
        assert list(private.iterdir()) == [], "the kernel left files behind"


@asynccontextmanager
async def prepared(setup: str) -> AsyncIterator[Bench]:
    """Start the Python kernel and have it run ``setup``."""
    async with running(specs.find(None, "python")) as bench:
        ran = await bench.run(setup)
        assert ran.reply["status"] == "ok", ran.reply
        yield bench
