"""Cells that are sent before their turn: order, ends and outputs are those of one at a time."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbridge.core.output.outputs import Failure, Stream
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.core.runs.runs import KernelState, KernelStatus, Origin, Run, RunRequest, RunState
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.probe.execution_order import ExecutionOrder, keep
from cellbridge.kernel.process.kernel_records import KernelInfo
from cellbridge.kernel.queries.run_details import RunDetails, metadata
from cellbridge.session.host.executor import Executor
from cellbridge.session.host.pipeline import AHEAD
from cellbridge.session.host.publisher import Publisher
from cellbridge.session.host.resilient_store import ResilientStore
from cellbridge.session.host_plan import HostPlan
from support.sessions import location_of

LATER = "later"
"""The cell that is run after an interrupt, twice."""
Outcome = Literal["ok", "error", "expected error"]
Step = Literal["kernel", "iopub", "shell", "interrupt", "death"]


class SlowKernel:
    """A kernel whose every step, and the arrival of each of its messages, the test decides."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.info = KernelInfo("python3", "python", "", has_probe=True)
        self.exposure, self.pid, self.life = "", 1, "first"
        self.executed: list[str] = []
        self.begun_at_interrupt = len(outcomes)
        self.most_queued = 0
        self.messages: dict[str, deque[Message]] = {"iopub": deque(), "shell": deque()}
        self._outcomes = dict(zip(map(str, range(len(outcomes))), outcomes, strict=True))
        self._outcomes[LATER] = "ok"
        self._order = ExecutionOrder(SimpleNamespace(kernel=None, history_manager=None))
        self._queue: deque[tuple[str, str, dict[str, Any]]] = deque()
        self._ids = map(str, itertools.count(100))
        self._stopping: dict[str, bool] = {}
        self._aborted: set[str] = set()

    def execute(self, source: str, *, details: RunDetails, stop_on_error: bool, **_: object) -> str:
        request = next(self._ids)
        self._stopping[request] = stop_on_error
        parent = {
            "header": {"msg_id": request},
            "metadata": metadata("", Origin("a.py", 0), details),
        }
        self._queue.append((source, request, parent))
        self.most_queued = max(self.most_queued, len(self._queue))
        return request

    def run_next(self) -> None:
        """Run or refuse the next request, and publish its messages."""
        if not self._queue:
            return
        source, request, parent = self._queue.popleft()
        self._publish("iopub", "status", request, execution_state="busy")
        if request not in self._aborted and self._order.may_run(parent):
            self.executed.append(source)
            failed = self._outcomes[source] != "ok"
            keep(self._order.outcomes, request, not failed)
            self._publish("iopub", "execute_input", request, execution_count=len(self.executed))
            self._publish("iopub", "stream", request, name="stdout", text=source)
            if failed:
                self._publish("iopub", "error", request, ename="E", evalue=source, traceback=[])
            if failed and self._stopping[request]:  # ipykernel aborts what is in its queue.
                self._aborted.update(queued for _, queued, _ in self._queue)
            self._publish("shell", "execute_reply", request, status="error" if failed else "ok")
        else:
            self._publish("shell", "execute_reply", request, status="aborted")
        self._publish("iopub", "status", request, execution_state="idle")

    async def frames(self, run: str = "") -> tuple[()]:
        return ()

    async def revoke(self, requests: Sequence[str]) -> None:
        self._order.revoke({"requests": requests})

    async def interrupt(self) -> None:
        """Note how many cells have begun; no cell takes any time here."""
        self.begun_at_interrupt = min(self.begun_at_interrupt, len(self.executed))

    def _publish(self, channel: str, msg_type: str, request: str, **content: Any) -> None:
        message = Message(cast("Any", channel), msg_type, "", request, {}, content, {})
        self.messages[channel].append(message)


class Unstored(Publisher):
    """A publisher that stores and sends nothing."""

    def flush(self, *, at_once: bool = False) -> None:
        """Nothing is stored."""


def request(source: str, outcome: Outcome, cell: str) -> RunRequest:
    """Return the request for a cell."""
    return RunRequest(
        cell_id=cell or source,
        source=source,
        cell_source=source,
        origin=Origin("a.py", 0),
        continue_on_error=outcome == "expected error",
    )


async def run(
    outcomes: Sequence[Outcome], steps: Sequence[Step], cell: str = ""
) -> tuple[Executor, SlowKernel]:
    """Run cells, or one ``cell`` several times; ``steps`` happen first, and then all the others."""
    folder, kernel = Path("/nowhere"), SlowKernel(outcomes)
    async with asyncio.TaskGroup() as tasks:
        publisher = Unstored(ResilientStore(folder, "a.py"), asyncio.get_running_loop())
        plan = HostPlan(folder, 1, temporary=True)
        executor = Executor(publisher, tasks, plan, location_of(folder / "a.py"), lambda: 0.0)
        executor.kernel_manager.kernel = cast("Kernel", kernel)
        executor.kernel_manager.status = KernelStatus(KernelState.IDLE)
        executor.execute(
            [request(str(at), one, cell) for at, one in enumerate(outcomes)], ClientInfo("test")
        )
        rest = itertools.cycle(("kernel", "iopub", "shell"))
        for step in itertools.chain(steps, itertools.islice(rest, 40 * (len(outcomes) + 2))):
            if step == "kernel":
                kernel.run_next()
            elif step == "death":
                executor.kernel_manager.kernel = None
                executor.kernel_lost("The kernel ended.")
                break
            elif step == "interrupt":
                executor.interrupt()
                executor.execute([request(LATER, "ok", LATER)] * 2, ClientInfo("test"))
            elif kernel.messages[step]:
                executor.on_messages([kernel.messages[step].popleft()])
            for _ in range(3):
                await asyncio.sleep(0)
    return executor, kernel


def check_run(executor: Executor, one: Run, outcome: Outcome) -> None:
    """Check the state and the outputs of a run that the kernel has executed."""
    assert one.state is (RunState.OK if outcome == "ok" else RunState.ERROR)
    printed, *failure = executor._publisher.outputs_of(one.id).outputs
    assert isinstance(printed, Stream)
    assert printed.text == one.source
    assert [isinstance(each, Failure) for each in failure] == [True] * (outcome != "ok")


OUTCOMES = st.lists(
    st.sampled_from(("ok", "ok", "ok", "expected error", "error")), min_size=1, max_size=2 * AHEAD
)
STEPS = st.lists(st.sampled_from(("kernel", "kernel", "iopub", "iopub", "shell")), max_size=80)


@given(OUTCOMES, STEPS)
@settings(max_examples=200)
def test_runs_end_as_if_sent_one_at_a_time(outcomes: list[Outcome], steps: list[Step]) -> None:
    executor, kernel = asyncio.run(run(outcomes, steps))
    first_failure = outcomes.index("error") + 1 if "error" in outcomes else len(outcomes)
    assert kernel.executed == [str(at) for at in range(first_failure)]
    assert kernel.most_queued <= AHEAD + 1
    for at, one in enumerate(executor.queue.all()):
        if at < first_failure:
            check_run(executor, one, outcomes[at])
        else:
            assert one.state is RunState.CANCELLED


@given(OUTCOMES, STEPS, STEPS)
@settings(max_examples=200)
def test_after_an_interrupt_no_further_cell_begins(
    outcomes: list[Outcome], before: list[Step], after: list[Step]
) -> None:
    executor, kernel = asyncio.run(run(outcomes, [*before, "interrupt", *after]))
    runs = executor.queue.all()
    assert all(one.state.final for one in runs)
    assert [one.state for one in runs if one.source == LATER] == [RunState.OK]
    assert kernel.executed[-2:] == [LATER, LATER]
    # The run under way may not have reached the kernel yet.
    under_way = sum(one.state is not RunState.CANCELLED for one in runs) - 1
    assert len(kernel.executed) - 2 <= max(kernel.begun_at_interrupt, under_way)


@pytest.mark.parametrize(
    ("replies", "published", "ended"), [(0, 3, 0), (1, 3, 1), (1, 4, 1), (2, 4, 2), (3, 12, 3)]
)
def test_a_kernel_dies_in_the_first_cell_that_it_has_not_answered(
    replies: int, published: int, ended: int
) -> None:
    steps: list[Step] = ["kernel"] * 3 + ["iopub"] * published + ["shell"] * replies + ["death"]
    executor, _ = asyncio.run(run(["ok"] * 5, steps))
    states = [RunState.OK] * ended + [RunState.LOST] + [RunState.CANCELLED] * (4 - ended)
    assert [one.state for one in executor.queue.all()] == states


def test_runs_that_are_replaced_leave_nothing() -> None:
    outcomes: list[Outcome] = ["ok"] * 40
    executor, kernel = asyncio.run(run(outcomes, [], cell="same"))
    assert len(kernel.executed) == 40
    assert [one.source for one in executor.queue.all()] == ["39"]
    assert list(executor._run_of.values()) == [executor.queue.all()[0].id]
