"""The installed ipykernel: answers while a cell runs, without harm to it."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.channels import heartbeat
from cellbridge.kernel.errors import KernelStartError
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.process import launch
from support.kernels import Bench, running
from support.patience import PATIENCE

LOOP = """\
import time
print('on', flush=True)
end = time.monotonic() + 5
while time.monotonic() < end: pass"""

STUBBORN = """\
print('on', flush=True)
while True:
    try:
        while True: pass
    except BaseException: pass"""


async def ask_everything(bench: Bench) -> None:
    """Send all of an editor's requests while a cell runs; each must be answered."""
    done = await bench.kernel.complete("data.", 5, PATIENCE)
    assert "append" in [item.text for item in done.items]
    assert "list" in (await bench.kernel.inspect("data", 4, PATIENCE)).data["text/plain"]
    assert (await bench.kernel.signature("data.append(", 12, PATIENCE)).items
    assert "list" in str((await bench.kernel.complete("op", 2, PATIENCE)).items)
    await bench.kernel.frames()


async def test_ready_and_first_result(python: Spec) -> None:
    async with running(python) as bench:
        info = bench.kernel.info
        assert (info.name, info.language, info.implementation) == ("python3", "python", "ipython")
        assert "kernel subshells" in info.supported_features
        assert bench.kernel.info.has_probe
        ran = await bench.run("print('é😀')\n6 * 7")
        assert ran.text == "é😀\n"
        (result,) = [m for m in ran.messages if m.msg_type == "execute_result"]
        assert result.content["data"] == {"text/plain": "42"}
        assert bench.follower.of("", "stream") == [], "no warning of the kernel's is shown"


async def test_helpers_answer_while_a_loop_runs(python: Spec) -> None:
    async with running(python) as bench:
        await bench.run("data = []")
        run = bench.send(LOOP)
        await bench.follower.until(lambda follower: bool(follower.text(run)))
        await ask_everything(bench)
        assert not bench.follower.replied(run)
        await bench.kernel.interrupt()
        await bench.follower.until(lambda follower: follower.ended(run))
        assert bench.ran(run).reply["ename"] == "KeyboardInterrupt"


async def test_helpers_steal_no_figure_and_move_no_counter(python: Spec) -> None:
    async with running(python, MPLBACKEND="module://matplotlib_inline.backend_inline") as bench:
        await bench.run("%matplotlib inline\nimport matplotlib.pyplot as plt\ndata = []")
        run = bench.send("plt.plot([1, 2])\n" + LOOP.replace("5", "1"))
        await bench.follower.until(lambda follower: bool(follower.text(run)))
        for _ in range(5):
            await ask_everything(bench)
        await bench.follower.until(lambda follower: follower.ended(run))
        figures = [m for m in bench.follower.messages if m.msg_type == "display_data"]
        assert [m.parent_id for m in figures] == [run]
        assert "image/png" in figures[0].content["data"]
        after = await bench.run(
            "print(len(In), [h[1] for h in get_ipython().history_manager.get_range(0)])"
        )
        assert after.reply["execution_count"] == 3
        assert after.text == "4 [1, 2, 3]\n"


async def test_helpers_do_not_break_input(python: Spec) -> None:
    async with running(python) as bench:
        run = bench.send(
            "data = []\nname = input('who? ')\nimport getpass\nword = getpass.getpass()"
        )
        await bench.follower.until(lambda follower: bool(follower.of(run, "input_request")))
        await ask_everything(bench)
        bench.kernel.answer_input("Ann")
        await bench.follower.until(lambda follower: len(follower.of(run, "input_request")) == 2)
        await ask_everything(bench)
        bench.kernel.answer_input("secret")
        await bench.follower.until(lambda follower: follower.ended(run))
        asked = [m.content for m in bench.follower.of(run, "input_request")]
        assert [(item["prompt"], item["password"]) for item in asked] == [
            ("who? ", False),
            ("", True),
        ]
        assert (await bench.run("print(name, word)")).text == "Ann secret\n"


async def test_interrupt_ends_a_waiting_input(python: Spec) -> None:
    async with running(python) as bench:
        run = bench.send("input()")
        await bench.follower.until(lambda follower: bool(follower.of(run, "input_request")))
        await bench.kernel.interrupt()
        await bench.follower.until(lambda follower: follower.ended(run))
        assert bench.ran(run).reply["ename"] == "KeyboardInterrupt"


async def test_helpers_change_no_name(python: Spec) -> None:
    async with running(python) as bench:
        await bench.run("data = []\n'last'")
        names = "print(sorted(n for n in globals() if not n.startswith('_i')), _)"
        before = (await bench.run(names)).text
        await ask_everything(bench)
        assert (await bench.run(names)).text == before
        assert before.endswith(" last\n")


@pytest.mark.parametrize(
    ("code", "offset", "text", "kind"),
    [
        ("import os; os.pat", 17, "path", "module"),
        ("x = '😀'; len", 12, "len", "function"),
        ("{'alpha': 1}['al", 16, "alpha", "key"),
        ("%tim", 4, "%time", "magic"),
    ],
)
async def test_completion(python: Spec, code: str, offset: int, text: str, kind: str) -> None:
    async with running(python) as bench:
        await bench.run("import os")
        done = await bench.kernel.complete(code, offset, PATIENCE)
        (found,) = [item for item in done.items if item.text == text][:1]
        assert (found.kind, found.end) == (kind, len(code))
        assert all(item.start <= item.end <= len(code) for item in done.items)


async def test_offsets_are_kept_within_the_code(python: Spec) -> None:
    async with running(python) as bench:
        for offset in (-5, 999):
            assert (await bench.kernel.complete("len", offset, PATIENCE)).answered
            assert (await bench.kernel.inspect("len", offset, PATIENCE)).answered


async def test_inspection_is_plain_text(python: Spec) -> None:
    async with running(python) as bench:
        await bench.run('def f(x):\n    """Half of it."""')
        text = (await bench.kernel.inspect("f(1)", 1, PATIENCE)).data["text/plain"]
        assert "Half of it." in text
        assert "\x1b" not in text
        assert (await bench.kernel.inspect("no_such_name", 3, PATIENCE)).data == {}


async def test_a_request_cannot_run_what_a_failure_aborted(python: Spec) -> None:
    async with running(python) as bench:
        first = bench.send("1/0")
        second = bench.send("print('never')")
        await bench.follower.until(lambda follower: follower.ended(second))
        assert bench.ran(first).reply["status"] == "error"
        assert bench.ran(second).reply["status"] == "aborted"
        run = bench.kernel.execute(
            "1/0", cell_id="c", origin=Origin("/a.py", 0), stop_on_error=False
        )
        after = bench.send("print('on')")
        await bench.follower.until(lambda follower: follower.ended(run) and follower.ended(after))
        assert bench.ran(after).text == "on\n"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("import os\nos._exit(5)", "The kernel ended with exit code 5."),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "The kernel crashed inside"),
        ("import ctypes\nctypes.string_at(0)", "The kernel crashed inside native code"),
    ],
)
async def test_death_is_explained_and_the_next_life_works(
    python: Spec, source: str, sentence: str
) -> None:
    async with running(python) as bench:
        bench.send(source)
        await bench.follower.until(lambda follower: bool(follower.exits))
        assert bench.follower.exits[0].sentence.startswith(sentence)
        await bench.kernel.restart()
        assert bench.kernel.info.has_probe
        assert (await bench.run("print(1)")).text == "1\n"


async def test_stop_takes_what_a_cell_started_with_it(python: Spec) -> None:
    async with running(python) as bench:
        ran = await bench.run(
            "import subprocess, sys\n"
            "print(subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE).pid)"
        )
        child = psutil.Process(int(ran.text))
        await bench.kernel.stop()
        psutil.wait_procs([child], timeout=PATIENCE)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


async def test_stop_while_a_loop_swallows_interrupts(python: Spec) -> None:
    async with running(python) as bench:
        run = bench.send(STUBBORN)
        await bench.follower.until(lambda follower: bool(follower.text(run)))
        pid = bench.kernel.pid
        await bench.kernel.stop()
        assert not psutil.pid_exists(pid)


async def test_sockets_and_connection_file_are_for_nobody_else(python: Spec) -> None:
    async with running(python) as bench:
        connection = bench.kernel._life.process.connection
        assert connection.transport == "ipc"
        directory = Path(connection.ip).parent
        assert stat.S_IMODE(directory.stat().st_mode) & 0o777 == 0o700
        files = sorted(path.suffix or "socket" for path in directory.iterdir())
        assert files == [".json", ".out", *["socket"] * 6]
        for path in directory.iterdir():
            assert path.is_socket() or path.stat().st_mode & 0o077 == 0


async def test_where_sockets_cannot_be_files_the_traffic_is_encrypted(
    python: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "IPC_LIMIT", 10)
    async with running(python) as bench:
        connection = bench.kernel._life.process.connection
        assert connection.transport == "tcp"
        assert connection.curve is not None
        assert (await bench.run("print(1)")).text == "1\n"
        await bench.kernel.restart()
        assert (await bench.run("print(2)")).text == "2\n"


async def test_without_ipykernel_the_start_says_so(python: Spec) -> None:
    bare = replace(python, argv=(sys.executable, "-S", *python.argv[1:]))
    sentence = "ipykernel is not installed in its environment"
    with pytest.RaisesGroup(pytest.RaisesExc(KernelStartError, match=sentence)):
        async with running(bare):
            pytest.fail("there is no ipykernel without site-packages")


async def test_a_module_shadowed_by_a_file_beside_the_script(python: Spec, tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("x = 1\n", "utf-8")
    with pytest.RaisesGroup(
        pytest.RaisesExc(KernelStartError, match="random.py was imported in place of a module")
    ):
        async with running(python, tmp_path, PYTHONPATH=str(tmp_path)):
            pytest.fail("ipykernel needs the real one")


async def silent_for(bench: Bench, seconds: float) -> None:
    """Wait until the kernel's silence has grown to some seconds."""
    async with asyncio.timeout(PATIENCE):
        while bench.kernel.silence < seconds:  # noqa: ASYNC110 - next line
            await asyncio.sleep(0.05)  # Wait: silence is the absence of any event.


async def test_a_busy_kernel_is_not_silent_but_a_stopped_one_is(
    python: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.05)
    async with running(python) as bench:
        run = bench.send("print('on', flush=True)\nsorted(range(3_000_000), key=str)[0]")
        silences: list[float] = []
        while not bench.follower.ended(run):
            silences.append(bench.kernel.silence)
            await asyncio.sleep(0.02)  # Wait: a sample is taken while the cell runs.
        assert sorted(silences)[len(silences) // 2] < 0.5
        process = psutil.Process(bench.kernel.pid)
        process.suspend()
        await silent_for(bench, 1.0)
        process.resume()
        assert (await bench.run("print(1)")).text == "1\n"
        async with asyncio.timeout(PATIENCE):
            while bench.kernel.silence > 0.5:  # noqa: ASYNC110 - next line
                await asyncio.sleep(0.02)  # Wait: the next beat is not reported.
        await bench.kernel.stop()
        assert bench.kernel.silence == 0.0


async def test_many_at_once(python: Spec) -> None:
    async def one(number: int) -> str:
        async with running(python) as bench:
            return (await bench.run(f"print({number})")).text

    async with asyncio.TaskGroup() as tasks:
        texts = [tasks.create_task(one(number)) for number in range(4)]
    assert [task.result() for task in texts] == [f"{number}\n" for number in range(4)]
    children = psutil.Process(os.getpid()).children()
    assert not [p for p in children if "ipykernel" in str(p.cmdline())]
