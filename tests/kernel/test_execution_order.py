"""Cells that are sent to the installed ipykernel before their turn."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.queries.run_details import Predecessor, RunDetails
from support.kernels import NOWHERE, Bench, running

SETUP = "import asyncio\nran = []\nclass Bad:\n    def __repr__(self): 1 / 0"
FAILING = (
    "1 / 0",
    "def",
    "raise SystemExit(3)",
    "raise KeyboardInterrupt",
    "await asyncio.sleep(0)\n1 / 0",
    "Bad()",
    "%%time\n1 / 0",
)


def send_after(bench: Bench, before: str, source: str, *, failed_too: bool = False) -> str:
    """Send a cell before its turn."""
    details = RunDetails(after=Predecessor(before, failed_too))
    return bench.kernel.execute(
        source, cell_id=source, origin=NOWHERE, stop_on_error=True, details=details
    )


async def status(bench: Bench, run: str) -> object:
    """Return the status of a run's reply, once the run has ended."""
    await bench.follower.until(lambda follower: follower.ended(run))
    return bench.ran(run).reply.get("status")


async def check_aborted(bench: Bench, failing: str) -> None:
    """Check that no cell runs after a failing one, whenever it arrives."""
    first = bench.send(failing)
    second = send_after(bench, first, "ran.append('early')")
    third = send_after(bench, second, "ran.append('third')", failed_too=True)
    assert await status(bench, first) == "error", failing
    assert (await status(bench, second), await status(bench, third)) == ("aborted", "aborted")
    late = send_after(bench, first, "ran.append('late')")
    assert await status(bench, late) == "aborted", failing


@pytest.mark.parametrize("configured", [0, 7])
async def test_a_cell_runs_only_after_the_one_before_it(
    python: Spec, tmp_path: Path, configured: int
) -> None:
    profile = tmp_path / "profile_default"
    profile.mkdir()
    config = f"c.HistoryManager.db_cache_size = {configured}"
    (profile / "ipython_kernel_config.py").write_text(config)
    async with running(python, IPYTHONDIR=str(tmp_path)) as bench:
        first = bench.send(SETUP)
        second = send_after(bench, first, "ran.append(1)")
        assert await status(bench, second) == "ok"
        for failing in FAILING:
            await check_aborted(bench, failing)
        failed = (await bench.run("1 / 0")).id
        second = send_after(bench, failed, "ran.append(2)", failed_too=True)
        assert await status(bench, second) == "ok"
        first = bench.send("input()")
        second = send_after(bench, first, "ran.append(3)")
        await bench.follower.until(lambda follower: bool(follower.of(first, "input_request")))
        await bench.kernel.revoke([second])
        bench.kernel.answer_input("")
        assert await status(bench, second) == "aborted"
        size = "get_ipython().history_manager.db_cache_size"
        assert (await bench.run(f"print(ran, {size})")).text == f"[1, 2] {configured or 100}\n"
    with closing(sqlite3.connect(profile / "history.sqlite")) as history:
        inputs = [
            text for (text,) in history.execute("SELECT source_raw FROM history ORDER BY line")
        ]
    assert [text for text in inputs if "ran" in text][:2] == [SETUP, "ran.append(1)"]
    assert inputs[-1].startswith("print(ran")
