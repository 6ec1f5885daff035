"""Cells that replace or close their standard streams, or break the kernel's replies."""

from __future__ import annotations

from pathlib import Path

from cellbridge.core.output.outputs import Display, Failure
from cellbridge.core.runs.runs import RunState
from support.sessions import Client, session_of

BROKEN = (
    "sys.stdout = None",
    "sys.stderr = None",
    "sys.stdout = sys.stderr = 5",
    "del sys.stdout, sys.stderr",
    "sys.stdout = io.StringIO()",
    "sys.stdout = open(os.devnull); sys.stdout.close()",
    "sys.stdout.close()",
    "os.close(1); os.close(2)",
)
RESTORE = "sys.stdout, sys.stderr = streams"


async def check_cells(client: Client, how: str) -> None:
    """Check that cells end as what they were after one that has broken a stream."""
    await client.run(f"import sys, io, os\n{how}\n1")
    (result,) = await client.run("'a result'")
    assert result.state in {RunState.OK, RunState.ERROR}, how
    assert result.note == "", how
    assert any(isinstance(output, Display) for output in client.session.outputs[result.id]), how
    (failed,) = await client.run("1/0")
    assert (failed.state, failed.note) == (RunState.ERROR, ""), how
    last = client.session.outputs[failed.id][-1]
    assert isinstance(last, Failure)
    assert last.ename == "ZeroDivisionError", how


async def test_cells_end_as_what_they_were_whatever_became_of_the_streams(tmp_path: Path) -> None:
    async with session_of(tmp_path / "script.py") as client:
        await client.run("import sys\nstreams = sys.stdout, sys.stderr")
        for how in BROKEN:
            await check_cells(client, how)
            (restored,) = await client.run(RESTORE)
            assert (restored.state, restored.note) == (RunState.OK, "")


async def test_a_run_whose_reply_is_lost_ends_as_the_kernel_remembers(tmp_path: Path) -> None:
    async with session_of(tmp_path / "script.py") as client:
        runs = await client.run(
            "session = get_ipython().kernel.session\nsend = session.send\n"
            "session.send = lambda stream, kind, *more, **named: (\n"
            "    None if kind == 'execute_reply' else send(stream, kind, *more, **named))",
            "1/0",
        )
        assert [(run.state, run.note) for run in runs] == [
            (RunState.OK, ""),
            (RunState.ERROR, ""),
        ]
