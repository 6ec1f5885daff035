"""The source of a cell's code in the kernel is the text that ran, whatever has run since.

All tests share one kernel. None of the scripts is on disk, or another text is.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.find.specs import find
from support.kernels import Bench, Ran, running
from support.scripts import ANSI, traceback, write

pytestmark = pytest.mark.asyncio(loop_scope="module")

IMPORTS = "import inspect, linecache, logging, os, sys, threading, traceback, warnings"
AREA = "def area(w, h):\n    if h == 0:\n        warnings.warn('flat')\n    return w * h"
AREA_LINE = 7
TABLE = "table = {\n    'a': 1,\n    'b': 2,\n}"
ON_DISK = "# the text on disk, which never ran\n" * 40


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    """Start a kernel in which `area` has run, then another cell on its lines."""
    async with running(find(None, "python")) as started:
        write(started, "script.py", ON_DISK)
        await run(started, 1, IMPORTS)
        await run(started, AREA_LINE - 1, AREA)
        await run(started, AREA_LINE - 1, TABLE)
        yield started


async def run(bench: Bench, line: int, code: str) -> Ran:
    return await bench.run(code, Origin(f"{bench.cwd}/script.py", line), cell=f"cell {line}")


async def check_prints(bench: Bench, code: str, expected: str, line: int = 20) -> None:
    """Run a cell at a line from 0; what it prints ends with ``expected``, our paths as DIR."""
    ran = await run(bench, line, code)
    assert ran.reply["status"] == "ok", traceback(ran)
    assert ran.text.replace(bench.cwd, "DIR").endswith(expected), ran.text


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print(inspect.getsource(area))", f"{AREA}\n\n"),
        ("linecache.clearcache(); print(inspect.getsource(area))", f"{AREA}\n\n"),
        ("print(inspect.getsourcelines(area)[1])", f"{AREA_LINE}\n"),
        (
            "print(linecache.getline(area.__code__.co_filename, 9))",
            "        warnings.warn('flat')\n\n",
        ),
        (
            "area(1, 0)",
            "DIR/script.py:9: UserWarning: flat\n  warnings.warn('flat')\n",
        ),
        (
            "print(warnings.formatwarning('m', UserWarning, area.__code__.co_filename, 8))",
            "DIR/script.py:8: UserWarning: m\n  if h == 0:\n\n",
        ),
        (
            "try: area('x', 'y')\nexcept TypeError: traceback.print_exc(file=sys.stdout)",
            'File "DIR/script.py", line 10, in area\n    return w * h\n',
        ),
        (
            "work = threading.Thread(target=area, args=('x', 'y'))\nwork.start(); work.join()",
            'File "DIR/script.py", line 10, in area\n    return w * h\n',
        ),
        (
            (
                "shown = logging.StreamHandler(sys.stdout)\n"
                "shown.setFormatter(logging.Formatter('%(pathname)s %(filename)s %(lineno)d'))\n"
                "logger = logging.Logger('x'); logger.addHandler(shown); logger.error('no')"
            ),
            "DIR/script.py script.py 23\n",
        ),
        ("print(inspect.getfile(inspect.currentframe()))", "DIR/script.py\n"),
        ("print(inspect.stack()[0].filename)", "DIR/script.py\n"),
        ("print(inspect.getframeinfo(sys._getframe()).code_context[0][:9])", "print(ins\n"),
        ("class Empty:\n    x = 1\nprint(inspect.getsource(Empty))", "class Empty:\n    x = 1\n\n"),
        (
            "class Full:\n    def f(self): return 1\nprint(inspect.getsource(Full))",
            "class Full:\n    def f(self): return 1\n\n",
        ),
        ("print(os.path.basename(area.__code__.co_filename))", "script.py\n"),
    ],
)
async def test_readers(bench: Bench, code: str, expected: str) -> None:
    ran = await run(bench, 20, code)
    assert ran.reply["status"] == "ok", traceback(ran)
    text = ANSI.sub("", ran.text).replace(bench.cwd, "DIR")
    text = re.sub(r"^ *[~^]+\n", "", text, flags=re.MULTILINE)
    assert text.split("TypeError: can't")[0].endswith(expected), text


async def test_the_help_of_ipython(bench: Bench) -> None:
    ran = await run(bench, 20, "area??")
    (page,) = ran.reply["payload"]  # type: ignore[misc] - as Jupyter defines it
    text = ANSI.sub("", page["data"]["text/plain"])
    assert AREA in text
    assert re.search(r"File: +(.*)", text)[1].endswith("/script.py")  # type: ignore[index]
    assert "ipykernel_" not in text


async def test_a_traceback_shows_the_text_that_ran(bench: Bench) -> None:
    ran = await run(bench, 20, "area('x', 'y')")
    shown = traceback(ran).replace(bench.cwd, "DIR")
    assert "File DIR/script.py:21\n---> 21 area('x', 'y')\n" in shown
    assert "File DIR/script.py:10, in area(w, h)\n" in shown
    assert "---> 10 return w * h" in shown
    assert "ipykernel_" not in shown
    frame = (await bench.kernel.frames(ran.id))[-1]
    assert (frame.path, frame.line) == (f"{bench.cwd}/script.py", 9)
    assert (frame.cell, frame.cell_line, frame.text) == ("cell 6", 3, "    return w * h")
    assert (frame.column, frame.end_column) == (11, 16)


async def test_a_traceback_leaves_no_analysis_behind(bench: Bench) -> None:
    await run(bench, 20, "area('x', 'y')")
    code = (
        "import gc, executing\ngc.collect()\n"
        "kept = [one for one in gc.get_objects() if isinstance(one, executing.Source)]\n"
        "print([one.filename for one in kept if 'ipykernel_' in one.filename])"
    )
    await check_prints(bench, code, "[]\n")


async def test_a_syntax_error_shows_the_script(bench: Bench) -> None:
    ran = await run(bench, 20, "x = = 3")
    assert f"File {bench.cwd}/script.py:21\n    x = = 3" in traceback(ran)


async def test_hover_and_help_name_the_script(bench: Bench) -> None:
    found = await bench.kernel.inspect("area", 4, 10.0)
    assert f"File: {bench.cwd}/script.py" in found.data["text/plain"]


async def test_joblib_runs_an_edited_function_again(bench: Bench) -> None:
    price = "@memory.cache\ndef price(n):\n    ran.append(n); return n * {}"
    await run(bench, 1, "from joblib import Memory\nmemory = Memory('kept', verbose=0)\nran = []")
    await run(bench, 5, price.format(10))
    await check_prints(bench, "print(price(3), price(3), ran)", "30 30 [3]\n", 30)
    await run(bench, 5, price.format(99))
    await check_prints(bench, "print(price(3), ran)", "297 [3, 3]\n", 30)
    # An edit above, or a new kernel, changes no name in the cache.
    await run(bench, 9, price.format(99))
    await check_prints(bench, "print(price(3), ran)", "297 [3, 3]\n", 30)
    await check_prints(bench, "print(len(os.listdir('kept/joblib')))", "1\n", 30)


async def test_coverage_counts_the_lines_that_ran(bench: Bench) -> None:
    await run(bench, 1, "import coverage, io\nseen = coverage.Coverage(data_file=None)")
    await run(bench, 3, "seen.start()")
    await run(bench, 5, "if len('ab') == 3:\n    print('never')\narea(2, 3)")
    await run(bench, 9, "seen.stop()")
    code = "seen.report(include=['*script.py'], show_missing=True, file=(out := io.StringIO()))\n"
    ran = await run(bench, 11, f"{code}print(out.getvalue())")
    rows = [re.split(r"  +", row)[1:] for row in ran.text.split("\n") if "script.py" in row]
    assert ["3", "1", "67%", "7"] in rows, ran.text


async def test_line_profiler_shows_the_lines_that_ran(bench: Bench) -> None:
    await run(bench, 1, "from line_profiler import LineProfiler\nprofile = LineProfiler(area)")
    ran = await run(bench, 5, "profile.runcall(area, 2, 3)\nprofile.print_stats(sys.stdout)")
    rows = [row.split("  ")[-1].strip() for row in ran.text.split("\n")]
    assert "return w * h" in rows, ran.text


async def test_a_child_process_finds_the_text(bench: Bench) -> None:
    code = (
        "import subprocess\n"
        "read = 'import linecache, sys; print(linecache.getline(sys.argv[1], 10))'\n"
        "command = [sys.executable, '-c', read, area.__code__.co_filename]\n"
        "print(subprocess.check_output(command, text=True))"
    )
    await check_prints(bench, code, "    return w * h\n\n\n")


async def test_the_file_of_the_script_is_defined(bench: Bench) -> None:
    await check_prints(bench, "print(__file__)", "DIR/script.py\n")
    await check_prints(bench, "def f(): return __file__\nprint(f())", "DIR/script.py\n")
    await check_prints(bench, "__file__ = 'mine'\nprint(__file__)\ndel __file__", "mine\n")


async def test_a_spawned_process_does_not_run_the_script(bench: Bench) -> None:
    write(bench, "script.py", "raise SystemExit('the script has run')\n")
    code = (
        "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing\n"
        "with ProcessPoolExecutor(1, multiprocessing.get_context('spawn')) as pool:\n"
        "    print(pool.submit(abs, -3).result())"
    )
    await check_prints(bench, code, "3\n")
    write(bench, "script.py", ON_DISK)


async def answered(bench: Bench, code: str, *lines: str) -> Ran:
    """Run a cell and answer its requests for input."""
    sent = bench.send(code, Origin(f"{bench.cwd}/script.py", 30))
    for number, line in enumerate(lines, 1):
        await bench.follower.until(
            lambda follower, n=number: len(follower.of(sent, "input_request")) == n
        )
        bench.kernel.answer_input(line)
    await bench.follower.until(lambda follower: follower.ended(sent))
    return bench.ran(sent)


async def test_a_breakpoint_prompts_with_the_text_that_ran(bench: Bench) -> None:
    await run(bench, 6, "def f(x):\n    breakpoint()\n    return x + 1")
    await run(bench, 6, TABLE)
    ran = await answered(bench, "print(f(7))", "p x", "l", "up", "c")
    text = ANSI.sub("", ran.text).replace(bench.cwd, "DIR")
    # Since Python 3.13, the debugger stops on the line of the call itself.
    assert re.search(r"> DIR/script\.py\([89]\)f\(\)", text)
    assert re.search(r"^7$", text, re.MULTILINE)
    assert re.search(r"^[-> ]+ 8 +breakpoint\(\)\n[-> ]+ 9 +return x \+ 1$", text, re.MULTILINE)
    assert re.search(r"^-+> 31 print\(f\(7\)\)$", text, re.MULTILINE)
    assert text.endswith("8\n")


async def test_the_variable_for_breakpoints_is_respected(bench: Bench) -> None:
    await run(bench, 1, "os.environ['PYTHONBREAKPOINT'] = '0'")
    await check_prints(bench, "breakpoint()\nprint('on')", "on\n")
    await run(bench, 1, "os.environ['PYTHONBREAKPOINT'] = 'traceback.print_stack'")
    await check_prints(bench, "breakpoint()", "line 21, in <module>\n    breakpoint()\n")
    await run(bench, 1, "del os.environ['PYTHONBREAKPOINT']")


async def test_an_error_can_be_debugged_later(bench: Bench) -> None:
    await run(bench, 20, "area('x', 'y')")
    ran = await answered(bench, "%debug", "p w", "q")
    text = ANSI.sub("", ran.text).replace(bench.cwd, "DIR")
    assert "> DIR/script.py(10)area()" in text
    assert "'x'" in text
