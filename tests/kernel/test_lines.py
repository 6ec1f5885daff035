"""File lines inside the installed ipykernel: frames, tracebacks, sources and warnings."""

from __future__ import annotations

import asyncio

from inline_snapshot import snapshot

from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.find.spec import Spec
from support.kernels import running
from support.scripts import run_script, show, traceback, write


async def check_failure(python: Spec, cells: str, expected: str, path: str = "") -> None:
    """Run a script's cells in order; the last fails with these frames, shown as ``name line:cols``.

    Lines of the expectation count from 1, as people do.
    """
    async with running(python) as bench:
        ran = await run_script(bench, cells, path or f"{bench.cwd}/script.py")
        assert show(ran.frames, bench.cwd) == expected


async def test_a_function_of_an_earlier_cell_fails(python: Spec) -> None:
    await check_failure(
        python,
        """\
# %% define
def halve(x):

    return "é" + 1 / x
# %% call

halve(1); halve(0)""",
        snapshot("""\
script.py <module> 7:0-8
script.py halve 4:11-22\
"""),
    )


async def test_columns_count_characters(python: Spec) -> None:
    await check_failure(
        python,
        '# %%\nx = ["é😀", 1 / 0]',
        snapshot("script.py <module> 2:11-16"),
    )


async def test_leading_blank_lines_and_several_statements(python: Spec) -> None:
    await check_failure(
        python,
        "# %%\n\n  \n\na = 1\nb = 2\nmissing",
        snapshot("script.py <module> 7:0-7"),
    )


async def test_syntax_errors_name_their_place(python: Spec) -> None:
    await check_failure(
        python,
        "# %%\nx = 1\n# %%\ny = 2\nz = = 3",
        snapshot("script.py <module> 5:4-5"),
    )


async def test_a_syntax_error_found_after_parsing(python: Spec) -> None:
    await check_failure(
        python,
        "# %%\nx = 1\n# %%\ny = 2\nreturn y",
        snapshot("script.py <module> 5:0-8"),
    )


async def test_wrong_indentation(python: Spec) -> None:
    await check_failure(
        python,
        "# %%\nif True:\npass",
        snapshot("script.py <module> 3:0-4"),
    )


async def test_top_level_await(python: Spec) -> None:
    await check_failure(
        python,
        """\
# %%
import asyncio
async def slow():
    await asyncio.sleep(0)
    raise KeyError(1)
# %%
await asyncio.sleep(0)
await slow()""",
        snapshot("""\
script.py <module> 8:0-12
script.py slow 5:4-21\
"""),
    )


async def test_the_body_of_time_has_its_lines(python: Spec) -> None:
    await check_failure(
        python,
        "# %%\n%%time\nx = 1\n\n1 / 0",
        snapshot("""\
script.py <module> 2:?-?
script.py <module> 5:0-5\
"""),
    )


async def test_the_body_of_capture_has_its_lines(python: Spec) -> None:
    await check_failure(
        python,
        "# %%\n\n%%capture out\nx = 1\n1 / 0",
        snapshot("script.py <module> 5:0-5"),
    )


async def test_lines_after_a_magic_that_spans_several(python: Spec) -> None:
    await check_failure(
        python,
        "# %%\n!echo \\\n   one \\\n   two\nx = 1\n1 / 0",
        snapshot("script.py <module> 6:0-5"),
    )


async def test_a_line_magic_has_its_line_but_no_columns(python: Spec) -> None:
    await check_failure(
        python,
        "# %%\nx = 1\ny = 2\nx = %time 1 / 0",
        snapshot("""\
script.py <module> 4:?-?
<timed eval> <module> 1:?-?\
"""),
    )


async def test_frames_of_other_files_are_kept(python: Spec) -> None:
    async with running(python) as bench:
        write(bench, "helper.py", "def f():\n    return {}['x']\n")
        ran = await run_script(bench, "# %%\nimport helper\nhelper.f()", f"{bench.cwd}/script.py")
        assert show(ran.frames, bench.cwd) == snapshot("""\
script.py <module> 3:0-10
helper.py f 2:11-18\
""")


async def test_a_deep_recursion_is_told_in_fifty_frames(python: Spec) -> None:
    async with running(python) as bench:
        write(bench, "script.py", "")
        source = "# %%\ndef f(n):\n    return f(n + 1)\nf(0)"
        ran = await run_script(bench, source, f"{bench.cwd}/script.py")
        assert len(ran.frames) == 50
        assert [ran.frames[0].line, ran.frames[-1].line] == [3, 2]
        assert "skipping similar frames" in traceback(ran)


async def test_a_document_without_a_path(python: Spec) -> None:
    async with running(python) as bench:
        ran = await run_script(bench, "# %%\nx = 1\n1 / 0", "Untitled-1")
        assert show(ran.frames, bench.cwd) == "Untitled-1 <module> 3:0-5"
        assert "File Untitled-1, line 3" in traceback(ran)


async def test_the_traceback_shows_the_script(python: Spec) -> None:
    async with running(python) as bench:
        script = "# %%\ndef f():\n    return 1 / 0\n# %%\nx = 1\nf()"
        write(bench, "script.py", script)
        ran = await run_script(bench, script, f"{bench.cwd}/script.py")
        assert traceback(ran).replace(bench.cwd, "DIR") == snapshot("""\
---------------------------------------------------------------------------
ZeroDivisionError                         Traceback (most recent call last)
File DIR/script.py:6
      5 x = 1
----> 6 f()

File DIR/script.py:3, in f()
      2 def f():
----> 3     return 1 / 0

ZeroDivisionError: division by zero\
""")


async def test_a_long_script_does_not_slow_its_tracebacks(python: Spec) -> None:
    async with running(python) as bench:
        path = f"{bench.cwd}/script.py"
        many = "\n".join(f"v{number} = [i for i in range(3)]" for number in range(3000))
        write(bench, "script.py", many)
        await bench.run(many, Origin(path, 0), cell="long")
        await bench.run("1/0", Origin(path, 7000), cell="first failure imports much")
        loop = asyncio.get_running_loop()
        started = loop.time()
        ran = await bench.run("1/0", Origin(path, 7001), cell="short")
        assert loop.time() - started < 1.0, "it takes seconds where the whole file is analysed"
        assert f"{path}:7002" in traceback(ran)


async def test_warnings_point_into_the_script(python: Spec) -> None:
    async with running(python) as bench:
        ran = await run_script(
            bench, "# %%\nimport warnings\nwarnings.warn('careful')", f"{bench.cwd}/script.py"
        )
        assert ran.text == (
            f"{bench.cwd}/script.py:3: UserWarning: careful\n  warnings.warn('careful')\n"
        )
