"""The worker process seen from the server: order, deadlines, deaths."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from pathlib import Path

import psutil
import pytest

from cellbridge.analysis import worker as analysis_worker
from cellbridge.analysis import worker_protocol
from cellbridge.analysis.worker import Worker
from cellbridge.analysis.worker_process import Child
from support import scripted_worker

SCRIPT = Path(scripted_worker.__file__)
COMMAND = (sys.executable, "-P", str(SCRIPT))


def question(content: str) -> worker_protocol.CompletionJob:
    return worker_protocol.CompletionJob(content, 0, 0)


async def asked(worker: Worker, content: str) -> str | None:
    """The text of the only candidate; None where nothing was answered."""
    result = await worker.request(question(content))
    return (
        result.completions.items[0].text
        if isinstance(result, worker_protocol.CompletionResult)
        else None
    )


class Gate:
    """A job that runs until it is let go."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "gate"
        os.mkfifo(self.path)
        self.job = f"after {self.path}"

    async def running(self) -> None:
        """Wait until the job runs: opening the FIFO for writing waits for its reader."""
        self._file = await asyncio.to_thread(self.path.open, "wb")

    def open(self) -> None:
        """Let the job end."""
        self._file.close()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


async def test_the_process_starts_with_the_first_job() -> None:
    async with Worker(command=COMMAND) as worker:
        assert worker.pid is None
        assert await asked(worker, "a") == "a"
        assert worker.pid is not None
        assert await asked(worker, "b") == "b"


async def test_a_process_that_was_started_before_takes_the_first_job() -> None:
    early = Child(COMMAND)
    async with Worker(command=("no such program",), started=early) as worker:
        assert await asked(worker, "a") == "a"
        assert worker.pid == early.pid
    assert not psutil.pid_exists(early.pid)


async def test_one_that_has_died_since_is_replaced() -> None:
    early = Child(COMMAND)
    os.kill(early.pid, signal.SIGKILL)
    await asyncio.to_thread(psutil.Process(early.pid).wait, 30)
    async with Worker(command=COMMAND, started=early) as worker:
        assert await asked(worker, "a") == "a"
        assert worker.pid != early.pid


async def test_one_that_nobody_asks_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis_worker, "UNUSED_SECONDS", 0.01)
    early = Child(COMMAND)
    process = psutil.Process(early.pid)
    async with Worker(command=COMMAND, started=early) as worker:
        await asyncio.to_thread(process.wait, 30)
        assert worker.pid is None
        assert await asked(worker, "a") == "a"


async def test_the_process_ends_with_its_owner() -> None:
    async with Worker(command=COMMAND) as worker:
        await asked(worker, "a")
        pid = worker.pid
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert await asked(worker, "a") is None


async def test_an_owner_that_fails_takes_the_process_with_it() -> None:
    pids: list[int | None] = []

    async def owner() -> None:
        async with Worker(command=COMMAND) as worker:
            await asked(worker, "a")
            pids.append(worker.pid)
            raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        await owner()
    assert [psutil.pid_exists(pid) for pid in pids if pid is not None] == [False]


async def test_the_analyser_ends_with_a_server_that_dies_before_it_has_read_what_came() -> None:
    child = Child()
    await asyncio.to_thread(select.select, [child._socket], [], [], 60)
    child._socket.close()
    await asyncio.to_thread(child._process.wait, 60)


async def test_of_the_waiting_jobs_of_a_kind_the_latest_wins(gate: Gate) -> None:
    async with Worker(command=COMMAND) as worker, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(asked(worker, gate.job))
        await gate.running()
        older = tasks.create_task(asked(worker, "older"))
        newer = tasks.create_task(asked(worker, "newer"))
        assert await older is None
        assert not newer.done()
        gate.open()
        assert await running == gate.job
        assert await newer == "newer"


async def test_kinds_wait_beside_each_other(gate: Gate) -> None:
    async with Worker(command=COMMAND) as worker, asyncio.TaskGroup() as tasks:
        tasks.create_task(asked(worker, gate.job))
        await gate.running()
        hover = tasks.create_task(worker.request(worker_protocol.HoverJob("x", 0, 0)))
        completion = tasks.create_task(asked(worker, "y"))
        worker.warm(worker_protocol.WarmUpJob("import z"))
        gate.open()
        assert await completion == "y"
        result = await hover
        assert isinstance(result, worker_protocol.HoverResult)
        assert result.inspection.data == {"text/markdown": "x"}


async def test_a_cancelled_caller_does_not_cost_the_running_job_its_process(gate: Gate) -> None:
    async with Worker(command=COMMAND) as worker, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(asked(worker, gate.job))
        await gate.running()
        pid = worker.pid
        running.cancel()
        following = tasks.create_task(asked(worker, "a"))
        gate.open()
        assert await following == "a"
        assert worker.pid == pid


async def test_a_cancelled_caller_takes_its_waiting_job_back(gate: Gate, tmp_path: Path) -> None:
    async with Worker(command=COMMAND) as worker, asyncio.TaskGroup() as tasks:
        tasks.create_task(asked(worker, gate.job))
        await gate.running()
        pid = worker.pid
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asked(worker, "die")
        gate.open()
        assert await asked(worker, "a") == "a"
        assert worker.pid == pid


async def test_a_job_beyond_its_deadline_costs_the_process_its_life() -> None:
    async with Worker(command=COMMAND, deadline=1.0) as worker:
        await asked(worker, "a")
        stuck = worker.pid
        assert stuck is not None
        assert await asked(worker, "hang") is None
        assert not psutil.pid_exists(stuck)
        assert await asked(worker, "b") == "b"
        assert worker.pid != stuck


async def test_a_killed_process_is_replaced() -> None:
    async with Worker(command=COMMAND) as worker:
        await asked(worker, "a")
        first = worker.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        # The job that meets the death may be lost with it, the next one may not.
        await asked(worker, "b")
        assert await asked(worker, "c") == "c"
        assert worker.pid != first


async def test_a_process_killed_in_the_middle_of_a_job(gate: Gate) -> None:
    async with Worker(command=COMMAND) as worker, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(asked(worker, gate.job))
        await gate.running()
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        assert await running is None
        assert await asked(worker, "a") == "a"
        gate.open()


async def test_after_a_death_the_process_is_warmed_up_again(gate: Gate) -> None:
    async with Worker(command=COMMAND) as worker:
        worker.warm(worker_protocol.WarmUpJob(gate.job))
        await gate.running()
        first = worker.pid
        gate.open()
        assert await asked(worker, "die") is None
        # No job arrives: the warming alone brings the process back.
        await gate.running()
        assert worker.pid not in {None, first}
        gate.open()


async def test_imports_that_a_kernel_has_loaded_are_not_loaded_again(gate: Gate) -> None:
    async with Worker(command=COMMAND) as worker, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(asked(worker, gate.job))
        await gate.running()
        worker.warm(worker_protocol.WarmUpJob("hang"))
        worker.stop_warming()
        gate.open()
        assert await running == gate.job
        assert await asked(worker, "a") == "a"
        assert await asked(worker, "die") is None
        assert worker.pid is None, "nor after the process has died"


async def test_a_process_that_sends_nonsense_is_replaced() -> None:
    async with Worker(command=COMMAND) as worker:
        assert await asked(worker, "nonsense") is None
        assert await asked(worker, "a") == "a"


@pytest.mark.parametrize(
    "command",
    [("/no/such/python",), (sys.executable, "-c", "raise SystemExit(3)")],
    ids=["no program", "ends at once"],
)
async def test_a_worker_that_cannot_start_answers_nothing_and_does_not_spin(
    command: tuple[str, ...],
) -> None:
    async with Worker(command=command) as worker:
        started = asyncio.get_running_loop().time()
        answers = [await asked(worker, "a") for _ in range(50)]
        assert set(answers) == {None}
        # Three attempts, then none for a while: fifty starts would take seconds.
        assert asyncio.get_running_loop().time() - started < 3


async def test_no_worker_outlives_a_server_that_was_killed(tmp_path: Path) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVER, *COMMAND, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    worker = psutil.Process(int(await server.stdout.readline()))
    assert worker.is_running()
    server.kill()
    await server.communicate()
    await asyncio.to_thread(worker.wait, 30)


_SERVER = """
import asyncio, sys
from cellbridge.analysis import worker_protocol as jobs
from cellbridge.analysis import worker as analysis_worker
from cellbridge.analysis.worker import Worker

async def main():
    async with Worker(command=sys.argv[1:]) as worker:
        await worker.request(jobs.CompletionJob("a", 0, 0))
        print(worker.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
