"""``cellbridge run`` with real kernels: its output and exit code."""

from __future__ import annotations

import os
import signal
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from support.command import CommandResult, cellbridge, on_terminal, start_command

Write = Callable[[str], Path]


@pytest.fixture
def script(tmp_path: Path) -> Write:
    """Write a script and return its path."""

    def write(text: str) -> Path:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(text).lstrip("\n"), "utf-8")
        return path

    return write


def run(path: Path, *options: str | Path, stdin: str | None = None) -> CommandResult:
    """Run a script from its own directory."""
    return cellbridge("run", path.name, *options, cwd=path.parent, stdin=stdin)


def test_outputs_come_as_they_are(script: Write) -> None:
    path = script(
        """
        # %% [markdown]
        # # Not run
        # %% streams
        import os, sys, warnings
        print("to stdout")
        print("to stderr", file=sys.stderr)
        # %% a value, kept for the next cell
        value = {"ü": [1, 2]}
        value
        # %% where it runs
        here = __file__
        print(os.path.realpath(".") == os.path.realpath(os.path.dirname(here)))
        # %% a progress bar is one line
        for step in range(5):
            print(f"\\r{step}", end="", flush=True)
        print()
        # %% a picture, a table, a text
        from IPython.display import HTML, Image, Markdown, display
        display(Image(data=bytes.fromhex(
            "89504e470d0a1a0a0000000d49484452000000030000000208020000001216f14d"
            "0000000b4944415478da636040070000100001"), format="png"))
        display(HTML("<b>x</b>"))
        display(Markdown("**bold**"))
        print("no line end", end="")
        # %%
        value
        """
    )
    done = run(path)
    assert done.out == textwrap.dedent(
        """\
        to stdout
        {'ü': [1, 2]}
        True
        4
        [png 3 × 2]
        [x]
        **bold**
        no line end
        {'ü': [1, 2]}
        """
    )
    assert done.err == "to stderr\n"
    assert done.code == 0


def test_the_first_failing_cell_ends_it_with_its_line(script: Write) -> None:
    path = script(
        """
        # %%
        def half(number):
            return number / 0

        # %% fails in another cell's function
        print("before")
        half(1)
        print("after")

        # %% is not run
        print("never")
        """
    )
    done = run(path)
    assert done.code == 1
    assert done.out == "before\n"
    assert done.err.splitlines()[-1] == "script.py:3: ZeroDivisionError: division by zero"
    assert f"File {path}:7" in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize(
    ("cell", "line", "reason"),
    [
        ("x = 1\ny = (\n", 3, "SyntaxError"),
        ("%nonsense\n", 2, "UsageError"),
        ("import json\njson.loads('{')\n", 3, "JSONDecodeError"),
        ("raise SystemExit('enough')\n", 2, "SystemExit: enough"),
    ],
    ids=["syntax", "magic", "inside a library", "exit"],
)
def test_where_and_why_it_failed(script: Write, cell: str, line: int, reason: str) -> None:
    done = run(script("# %%\n" + cell))
    assert done.code == 1
    last = done.err.splitlines()[-1]
    assert last.startswith(f"script.py:{line}: ")
    assert reason in last


def test_a_cell_that_is_expected_to_fail(script: Write) -> None:
    done = run(script('# %% tags=["raises-exception"]\n1 / 0\n# %%\nprint("on it goes")\n'))
    assert done.code == 0
    assert done.out == "on it goes\n"
    assert "ZeroDivisionError" in done.err


def test_a_kernel_that_dies(script: Write) -> None:
    done = run(script('# %%\nprint("x", flush=True)\n# %%\nimport os\nos._exit(7)\n'))
    assert done.code == 1
    assert done.out == "x\n"
    assert done.err.splitlines()[-1].startswith("script.py:4: ")


def test_lines_for_input_come_from_standard_input(script: Write) -> None:
    path = script(
        """
        # %%
        import getpass
        names = [input("Name? ") for _ in range(3)]
        secret = getpass.getpass("Secret? ")
        print(names, secret)
        """
    )
    done = run(path, stdin="Ada\nGrace ü\n\nopen sesame\n")
    assert done.code == 0
    assert done.out.splitlines()[-1] == "['Ada', 'Grace ü', ''] open sesame"


def test_input_without_an_answer(script: Write) -> None:
    done = run(script('# %%\n\ninput("Name? ")\n'), stdin="")
    assert done.code == 1
    assert done.err.splitlines()[-1] == (
        "script.py:3: the cell requested input, but standard input has ended"
    )


def test_a_breakpoint_without_an_answer(script: Write) -> None:
    path = script("# %%\ndef f():\n    breakpoint()\n\n\nf()\n# %%\nprint('not reached')\n")
    done = run(path, stdin="")
    assert done.code == 1
    assert "ipdb>" in done.out
    assert "not reached" not in done.out
    assert done.err.splitlines()[-1] == (
        "script.py:2: the cell requested input, but standard input has ended"
    )


def test_output_comes_while_the_cell_runs(script: Write, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    path = script(f'# %%\nprint("first", flush=True)\nopen({str(gate)!r}).read()\nprint("last")\n')
    with start_command("run", path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "first\n"
        gate.write_text("")  # waits until the cell reads, so "first" was not the cell's end
        assert process.stdout.read() == "last\n"
        assert process.wait(30) == 0


def test_much_output_comes_whole(script: Write) -> None:
    done = run(script("# %%\nfor i in range(100_000):\n    print('line', i)\n# %%\n'end'\n"))
    assert done.code == 0
    assert done.out == "".join(f"line {i}\n" for i in range(100_000)) + "'end'\n"


def test_a_reader_that_goes_away(script: Write) -> None:
    path = script("# %%\nwhile True:\n    print('again', flush=True)\n")
    with start_command("run", path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "again\n"
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == ""


def test_interrupt(script: Write, tmp_path: Path) -> None:
    path = script("# %%\nprint('on', flush=True)\nwhile True:\n    pass\n# %%\nprint('never')\n")
    kept = tmp_path / "kept.ipynb"
    with start_command("run", path, "--to", kept) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "on\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
        assert process.wait(30) == 130
        last = process.stderr.read().splitlines()[-1]
    assert last in {f"{path}:{line}: interrupted" for line in (3, 4)}
    assert "KeyboardInterrupt" in kept.read_text()


def test_a_second_interrupt_ends_a_cell_that_does_not_listen(script: Write) -> None:
    path = script(
        """
        # %%
        print("on", flush=True)
        while True:
            try:
                while True:
                    pass
            except KeyboardInterrupt:
                print("no", flush=True)
        """
    )
    with start_command("run", path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "no\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 130


def test_on_a_terminal_a_person_sees_which_cell_runs(script: Write) -> None:
    path = script(
        """
        # %% The question
        name = input("Who? ")
        # %%
        # a comment
        print("Hello", name)
        """
    )
    done = on_terminal("run", path.name, cwd=path.parent, typed=[("Who? ", "Ada\n")])
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("── 1/2  The question ──")
    assert lines[1] == "Who? Ada"
    assert lines[2].startswith("✓ ")
    assert lines[3].startswith('── 2/2  print("Hello", name) ──')
    assert lines[4] == "Hello Ada"
    assert lines[-1].startswith("2 cells in ")


def test_each_run_is_a_session_of_its_own(script: Write) -> None:
    path = script("# %%\nprint('left' in globals())\nleft = True\n")
    assert run(path).out == "False\n"
    assert run(path).out == "False\n"
    assert "No session runs" in cellbridge("sessions").out
    runtime = Path(os.environ["CELLBRIDGE_RUNTIME_DIR"])
    assert not list(runtime.glob("run-*"))


def test_a_script_without_code(script: Write) -> None:
    done = run(script("# %% [markdown]\n# Only words.\n"))
    assert (done.code, done.out, done.err) == (0, "", "")


def test_carriage_returns_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_bytes(b"\xef\xbb\xbf# %%\r\nprint('a')\r\n# %%\r\n1/0\r\n")
    done = run(path)
    assert done.out == "a\n"
    assert done.err.splitlines()[-1] == "script.py:4: ZeroDivisionError: division by zero"
