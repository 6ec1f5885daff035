# Size: all checks share a kernel, one for each way in which pydevd follows code.
"""The debugger in a real kernel, without a host: stops, and the runs after them."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.find.spec import Spec
from support.kernels import running
from support.newer_python import needs_newer_python, newer_kernel
from support.older_debugpy import OLDEST, older_debugpy
from support.pydevd import SCRIPT, Debugged, at, attached, places
from support.second_user import ANSWERS, needs_second_user, program_of_other, shared_folder

FUNCTION = "def f(k):\n    z = k\n    return z\nf(1)"
LOOP = """\
import time
def g(i):
    return i + 1
def work():
    x, began = 0, time.process_time()
    for i in range(300_000):
        x = g(x)
    return time.process_time() - began
print(min(work() for _ in range(3)))
"""
THREADS = """\
import _thread, concurrent.futures, threading
ends, began = threading.Event(), threading.Barrier(4)
def work():
    threading.current_thread()
    began.wait()
    ends.wait()
executor = concurrent.futures.ThreadPoolExecutor(1, "asyncio")
executor.submit(work)
_thread.start_new_thread(work, ())
named = threading.Thread(target=work, name="Heartbeat")
named.start()
began.wait()
ends.set()
named.join(); executor.shutdown()
"""
CHILDREN = """\
import multiprocessing, subprocess, sys
def double(i):
    d = i * 2
    return d
def calls(i):
    breakpoint()
    return i
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.map(double, range(3)), pool.map(calls, [7]))
print(subprocess.run([sys.executable, "-c", "breakpoint()"], capture_output=True).returncode)
"""


async def check_the_first_run_stops(debugged: Debugged) -> None:
    """Check that a debugger attached while idle stops old functions and new code at once."""
    await debugged.bench.run(FUNCTION, Origin(SCRIPT, 1))
    async with attached(debugged.kernel) as debugger:
        found = await debugged.kernel.debugging.executed_texts()
        assert found is not None
        (text,) = [text for text in found.texts if text.text.startswith("def f")]
        assert (text.script, text.first) == (SCRIPT, 1)
        placed = await debugged.kernel.debugging.place({text.path: [at(4)]})
        assert placed == {text.path: [4]}
        for turn in range(3):
            run = debugged.send(f"a = {turn}\nb = f(a)", 20, at(21))
            _, frames = await debugger.stop()
            assert places(frames) == [("<module>", 21)]
            await debugger.resume()
            _, frames = await debugger.stop()
            assert places(frames) == [("f", 4), ("<module>", 21)]
            assert await debugger.value(frames[0], "k") == str(turn)
            names = [thread["name"] for thread in (await debugger.ask("threads"))["threads"]]
            assert names == ["MainThread"], "the kernel's own threads are hidden"
            await debugger.resume()
            await debugged.ended(run)


async def check_a_running_loop_stops(debugged: Debugged) -> None:
    """Check an attach while a cell runs: its frames stop, and the probe answers meanwhile."""
    source = "def spin():\n    n = 1\n    while n > 0:\n        n += 1\n    return n\nspin()"
    run = debugged.send(source, 1)
    async with attached(debugged.kernel) as debugger:
        await debugged.kernel.debugging.place({run: [at(4)]})
        _, frames = await debugger.stop()
        assert places(frames) == [("spin", 4), ("<module>", 6)]
        assert (await debugged.kernel.complete("spi", 3, 5)).items
        await debugger.ask("evaluate", expression="n = -9", frameId=frames[0]["id"], context="repl")
        await debugged.kernel.debugging.place({run: []})
        await debugger.resume()
        await debugged.never_stops(debugger, run)


async def check_a_step_ends_with_its_run(debugged: Debugged, *, just_my_code: bool) -> None:
    """Check that steps go from statement to statement, and that none waits for the next run."""
    async with attached(debugged.kernel, justMyCode=just_my_code) as debugger:
        run = debugged.send("a = 1\nb = 2\nc = 3", 1, at(1))
        for line in (1, 2, 3):
            event, frames = await debugger.stop()
            assert places(frames)[0] == ("<module>", line)
            await debugger.ask("next", threadId=event["threadId"])
        await debugged.never_stops(debugger, run)
        await debugged.never_stops(debugger, debugged.send("d = 4", 5))


async def check_exceptions_stop_once(debugged: Debugged) -> None:
    """Check the stop at an exception that leaves the cell's own code."""
    async with attached(debugged.kernel) as debugger:
        await debugger.ask("setExceptionBreakpoints", filters=["userUnhandled"])
        for source, place, name in (
            ("1\n1/0", ("<module>", 2), "ZeroDivisionError"),
            ("def q():\n    raise ValueError('x')\nq()", ("q", 2), "ValueError"),
            ("import json\njson.loads('{')", ("<module>", 2), "JSONDecodeError"),
        ):
            run = debugged.send(source, 1)
            event, frames = await debugger.stop()
            assert (places(frames)[0], event["reason"]) == (place, "exception")
            assert event["text"].startswith(name)
            await debugger.resume()
            await debugged.never_stops(debugger, run)
        handled = "try:\n    1/0\nexcept ZeroDivisionError:\n    pass"
        await debugged.never_stops(debugger, debugged.send(handled, 1))


async def check_conditions(debugged: Debugged) -> None:
    """Check conditions, also one that fails, hits, messages, and breakpoints that stop once."""
    loop = "for i in range(5):\n    x = i"
    async with attached(debugged.kernel) as debugger:
        await debugged.never_stops(debugger, debugged.send(loop, 1, at(2, condition="nope > 1")))
        (told,) = [one["body"] for one in debugger.events if one["event"] == "output"]
        assert "'nope > 1'" in told["output"]
        assert "NameError" in told["output"]
        debugger.events.clear()
        await debugged.never_stops(debugger, debugged.send(loop, 1, at(2, log="i is {i}")))
        logged = [one["body"]["output"] for one in debugger.events if one["event"] == "output"]
        assert logged == [f"i is {i}\n" for i in range(5)]
        for more, value in (({"condition": "i > 0", "hit": "2"}, "2"), ({"once": True}, "0")):
            run = debugged.send(loop, 1, at(2, **more))
            _, frames = await debugger.stop()
            assert await debugger.value(frames[0], "i") == value
            await debugger.resume()
            await debugged.never_stops(debugger, run)


async def check_interrupts(debugged: Debugged) -> None:
    """Check that an interrupt ends a stop and a condition, and that later runs stop again."""
    async with attached(debugged.kernel) as debugger:
        for source in ("x = 1\ny = 2", "await __import__('asyncio').sleep(0)\ny = 2"):
            run = debugged.send(source, 1, at(2))
            await debugger.stop()
            await debugged.kernel.interrupt()
            assert await debugged.failure(run) == "KeyboardInterrupt"
        run = debugged.send("x = 1\ny = 2", 1, at(2, condition="[0 for i in iter(int, print())]"))
        await debugged.bench.follower.until(lambda follower: follower.text(run) != "")
        await debugged.kernel.interrupt()
        assert await debugged.failure(run) == "KeyboardInterrupt"
        run = debugged.send("x = 1\ny = 2", 1, at(2))
        _, frames = await debugger.stop()
        endless = {"expression": "[0 for i in iter(int, print())]", "frameId": frames[0]["id"]}
        evaluated = asyncio.ensure_future(debugger.respond("evaluate", **endless, context="repl"))
        await debugged.bench.follower.until(lambda follower: follower.text(run) != "")
        await debugged.kernel.interrupt()
        assert not (await evaluated)["success"], "an interrupt ends an evaluation, and no stop"
        assert await debugger.value(frames[0], "x") == "1"
        await debugger.resume()
        await debugged.never_stops(debugger, run)


async def check_the_client_dies(debugged: Debugged) -> None:
    """Check that a stopped cell continues when the connection breaks."""
    async with attached(debugged.kernel) as debugger:
        run = debugged.send("x = 1\ny = 2", 1, at(2))
        await debugger.stop()
        await debugger.close()
        assert (await debugged.ended(run)).reply["status"] == "ok"


async def check_attaching_again(debugged: Debugged) -> None:
    """Check that each attach stops code again, and that nothing is slower after a detach."""
    before = float((await debugged.bench.run(LOOP)).text)
    for _ in range(4):
        async with attached(debugged.kernel) as debugger:
            run = debugged.send("x = 1\ny = 2", 1, at(2))
            await debugger.stop()
            await debugger.resume()
            await debugged.ended(run)
    ratio = float((await debugged.bench.run(LOOP)).text) / before
    assert ratio < 2, "a trace function makes it ten times as slow"


async def check_calls_that_stop(debugged: Debugged) -> None:
    """Check `breakpoint()`, `%debug` and `%pdb`, which stop in the attached debugger."""
    threaded = "import threading\nt = threading.Thread(target=breakpoint)\nt.start(); t.join()"
    magic = "%%capture\nx = 1\ny = 2"
    async with attached(debugged.kernel) as debugger:
        for source, place, breakpoints in (
            ("a = 1\nbreakpoint()", ("<module>", 2), []),
            ("def w(v):\n    return 1 / v\nbreakpoint()", ("<module>", 3), []),
            (magic, ("<module>", 3), [at(3)]),
        ):
            run = debugged.send(source, 1, *breakpoints)
            event, frames = await debugger.stop()
            assert places(frames)[0] == place
            await debugger.resume()
            await debugged.never_stops(debugger, run)
        run = debugged.send(threaded, 1)
        await debugger.stop()
        await debugger.resume()
        await debugged.ended(run)
        await debugged.ended(debugged.send("w(0)", 1))
        for source in ("%debug", "%pdb on\nw(0)", "%pdb off"):
            run = debugged.send(source, 1)
            if "off" not in source:
                event, frames = await debugger.stop()
                assert (places(frames)[0], event["reason"]) == (("w", 2), "exception")
                await debugger.resume()
            await debugged.never_stops(debugger, run)


async def check_threads_are_those_of_the_user(debugged: Debugged) -> None:
    """Check that the list has the threads that cells have started, whatever their names."""
    async with attached(debugged.kernel) as debugger:
        for _ in range(2):
            run = debugged.send(THREADS, 1, at(13))
            _, frames = await debugger.stop()
            assert places(frames) == [("<module>", 13)]
            # The answers of the probe start threads, too.
            assert (await debugged.kernel.complete("wait", 4, 5)).items
            threads = (await debugger.ask("threads"))["threads"]
            unnamed, *names = sorted(one["name"] for one in threads)
            assert names == ["Heartbeat", "MainThread", "asyncio_0"]
            assert unnamed.startswith("Dummy-")
            await debugger.resume()
            assert (await debugged.ended(run)).reply["status"] == "ok"


async def check_threads_without_a_debugger(debugged: Debugged) -> None:
    """Check that a thread never waits for a prompt that it cannot show."""
    source = "import threading\nt = threading.Thread(target=breakpoint)\nt.start(); t.join()"
    ran = await debugged.bench.run(source)
    assert "was passed: a thread cannot prompt" in ran.text


async def check_children(debugged: Debugged) -> None:
    """Check that processes of a debugged kernel run at once, and never wait for a debugger."""
    async with attached(debugged.kernel) as debugger:
        ran = await debugged.never_stops(debugger, debugged.send(CHILDREN, 1, at(3)))
        assert "[0, 2, 4] [7]" in ran.text
        assert "breakpoint() on line 6 of script.py was passed" in ran.text


def listeners(pid: int) -> list[str]:
    """Return the local addresses on which a process listens by TCP."""
    inodes = {path.readlink().name for path in Path(f"/proc/{pid}/fd").iterdir()}
    found: list[str] = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text("utf-8").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                found.append(fields[1])
    return found


async def check_all(python: Spec) -> None:
    async with running(python) as bench:
        debugged = Debugged(bench)
        before = listeners(bench.kernel.pid)
        await check_the_first_run_stops(debugged)
        assert listeners(bench.kernel.pid) == before
        await check_a_running_loop_stops(debugged)
        await check_a_step_ends_with_its_run(debugged, just_my_code=True)
        await check_a_step_ends_with_its_run(debugged, just_my_code=False)
        await check_exceptions_stop_once(debugged)
        await check_conditions(debugged)
        await check_interrupts(debugged)
        await check_the_client_dies(debugged)
        await check_calls_that_stop(debugged)
        await check_threads_are_those_of_the_user(debugged)
        await check_threads_without_a_debugger(debugged)
        await check_children(debugged)
        await check_attaching_again(debugged)


async def test_debugging_by_trace_functions_or_monitoring(python: Spec) -> None:
    await check_all(python)


@needs_newer_python
async def test_debugging_by_monitoring() -> None:
    await check_all(newer_kernel())


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="it does not support this Python")
async def test_debugging_with_the_oldest_debugpy(python: Spec) -> None:
    """Check the names of pydevd that are used, with the other end of the supported versions."""
    async with running(python, PYTHONPATH=str(older_debugpy())) as bench:
        assert (await bench.kernel.debugging.check()).version == OLDEST
        debugged = Debugged(bench)
        await check_the_first_run_stops(debugged)
        await check_conditions(debugged)
        await check_calls_that_stop(debugged)
        await check_attaching_again(debugged)


@needs_second_user
async def test_the_kernel_lets_no_other_user_debug_it(python: Spec) -> None:
    async with running(python) as bench:
        with shared_folder() as shared, program_of_other(ANSWERS, shared / "s") as other:
            found = await bench.kernel.debugging.attach(shared / "s")
            assert found.status == "failed"
            assert "belongs to another user" in found.problem
            other.kill()
            assert other.stdout is not None
            assert other.stdout.read() in {"", "heard b''\n"}
        async with attached(bench.kernel):  # The kernel still accepts its own user.
            pass
