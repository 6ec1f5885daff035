"""The probe inside the installed ipykernel: what it leaves as it was, and when it answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.find.spec import Spec
from support.kernels import running
from support.scripts import run_script, traceback


@pytest.mark.parametrize(
    "source",
    [
        "get_ipython().run_cell('def f(): 1/0').success; f()",
        "exec(compile('1/0', 'elsewhere', 'exec'))",
    ],
)
async def test_code_that_is_not_a_cell_keeps_its_own_name(python: Spec, source: str) -> None:
    async with running(python) as bench:
        ran = await run_script(bench, f"# %%\n{source}", f"{bench.cwd}/script.py")
        assert [frame.path == f"{bench.cwd}/script.py" for frame in ran.frames] == [True, False]
        assert ran.frames[1].line == 0


async def test_runs_without_our_metadata_are_as_ever(python: Spec) -> None:
    async with running(python) as bench:
        content = {"code": "x = 1\n1/0", "silent": False, "store_history": True}
        run = bench.kernel._life.channels.send("shell", "execute_request", content)
        await bench.follower.until(lambda follower: follower.ended(run))
        assert "Cell In[1], line 2" in traceback(bench.ran(run))
        assert "ipykernel_" in (await bench.kernel.frames(run))[0].path


async def test_frames_belong_to_the_run_that_is_asked_about(python: Spec) -> None:
    async with running(python) as bench:
        first = await bench.run("1/0", Origin("/a.py", 1))
        fine = await bench.run("1", Origin("/a.py", 2))
        second = await bench.run("2/0", Origin("/a.py", 3))
        asked = [await bench.kernel.frames(run) for run in (first.id, fine.id, second.id, "", "x")]
        assert [[frame.line for frame in frames] for frames in asked] == [[1], [], [3], [3], []]


async def test_frames_can_be_asked_as_soon_as_the_error_is_seen(python: Spec) -> None:
    async with running(python) as bench:
        for number in range(5):
            run = bench.send("1/0", Origin("/a.py", number))
            await bench.follower.until(lambda follower, run=run: bool(follower.of(run, "error")))
            assert [frame.line for frame in await bench.kernel.frames(run)] == [number]
            await bench.follower.until(lambda follower, run=run: follower.ended(run))


async def test_the_probe_leaves_no_trace(python: Spec) -> None:
    async with running(python) as bench:
        assert bench.kernel.info.has_probe
        ran = await bench.run(
            "print(sorted(n for n in globals() if not n.startswith('__')))\n"
            "print(In, Out, get_ipython().Completer.use_jedi)\n"
            "print(get_ipython().history_manager.get_tail(5).__class__ and "
            "[h[2] for h in get_ipython().history_manager.get_range(0)][:-1])",
            cell="c",
        )
        assert ran.reply["execution_count"] == 1
        names, state, history = ran.text.split("\n")[:3]
        assert names == snapshot(
            "['In', 'Out', '_', '_dh', '_i', '_i1', '_ih', '_ii', '_iii', '_oh', "
            "'exit', 'get_ipython', 'open', 'quit']"
        )
        assert state.startswith("['', \"print(sorted(")
        assert state.endswith("{} False")
        assert history == "[]"


async def test_a_kernel_without_the_expected_ipython_runs_without_a_probe(
    python: Spec, tmp_path: Path
) -> None:
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("get_ipython().events.register = None\n", "utf-8")
    async with running(python, IPYTHONDIR=str(tmp_path)) as bench:
        assert not bench.kernel.info.has_probe
        ran = await bench.run("print(1)\n1/0", Origin("/a.py", 3))
        assert ran.text == "1\n"
        assert "Cell In[1], line 2" in traceback(ran)
        assert await bench.kernel.frames() == ()
