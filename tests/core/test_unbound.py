"""Names that are bound nowhere, and cells that are not Python: these are found, and no others."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from cellbridge.core.python import unbound as module
from cellbridge.core.python.unbound import (
    NameUsage,
    find_unbound,
    find_uses,
    known_names,
    read_names,
)

LINES = (
    "x = 1", "    y = é + x", "def f(a):", "class A(B):", "    def m(self): return z", "try:",
    "except NameError:", "    unseen", "for i in j:", "lambda: (w := v)", "from a import *", "(",
    ")", "%time tärget", "!ls", "df?", "%%bash", "'''", '"""Why?', "\\", "await q", "# ü", "ü; 'ö'",
)  # fmt: skip
PYTHON_LIKE = st.lists(st.sampled_from(LINES) | st.text(max_size=12), max_size=8).map("\n".join)
PACKAGES = ("IPython", "attr", "black", "cattrs", "ipykernel", "jupyter_client", "pexpect", "pygls")


def names_in(cells: Iterable[str]) -> list[NameUsage]:
    return [read_names(cell) for cell in cells]


def check_unbound(*cells: str, expect: list[str]) -> None:
    """Compare with ``cell:line:column name`` of each use, all from 0."""
    names = find_unbound(names_in(cells))
    found = [
        f"{number}:{use.line}:{use.column} {use.name}"
        for number, cell in enumerate(cells)
        for use in find_uses(cell, names)
    ]
    assert found == expect


def test_a_name_that_no_cell_binds_is_found_wherever_it_is_read() -> None:
    check_unbound(
        "import numpy as np\nprnt(np.mean)",
        "def f(a, *b):\n    local = a\n    return local + othr",
        "print([each for each in itms], lambda x: x + y)",
        "f'{é} {tail}' + wörd",
        expect=snapshot(
            [
                "0:1:0 prnt",
                "1:2:19 othr",
                "2:0:24 itms",
                "2:0:45 y",
                "3:0:3 é",
                "3:0:7 tail",
                "3:0:16 wörd",
            ]
        ),
    )


@pytest.mark.parametrize(
    "binding",
    [
        "x = 1",
        "x: int",
        "(a, *x), b = c = f()",
        "import os.path as x",
        "import x.y",
        "from a import x",
        "def x(): ...",
        "class x: ...",
        "for x in []: ...",
        "with open('f') as x: ...",
        "try: ...\nexcept E as x: ...",
        "print(x := 1)",
        "[x := i for i in range(3)]",
        "match 1:\n    case {'a': x, **rest}: ...",
        "def f():\n    global x\n    x = 1",
        "del x",
        "if False:\n    x = 1",
        "x = !ls",
        "a, x = %time 1",
        "%%capture x\nprint(1)",
        "x = await f()",
        "from a import *",
        "exec('x = 1')",
        "globals()['x'] = 1",
        "%run other.py",
        "# %%\n%pylab",
        "%load_ext of_someone",
        "%%cython\ndef x(): ...",
        "def broken(:\n    x = 1",
        "import builtins\nbuiltins.x = 1",
        "sympy.var('x')",
        "    x = 1",
    ],
)
def test_what_may_bind_a_name_anywhere_in_the_script_is_seen(binding: str) -> None:
    names = {
        use.name
        for cell in ("x", binding)
        for use in find_uses(cell, find_unbound(names_in(["x", binding])))
    }
    assert "x" not in names


@pytest.mark.parametrize(
    "cell",
    [
        "try:\n    x\nexcept NameError:\n    pass",
        "try:\n    x\nexcept (KeyError, Exception): ...",
        "with suppress(NameError):\n    x",
        "if sys.version_info < (3,):\n    x()",
        "x() if PY2 else None",
        "class A(B):\n    y = x",
        "def f(a: x) -> x: ...",
        "a: x = 1",
        "a.x, f(x=1)",
        "'x'",
        "%%bash\nx",
        "!x\n%cd x",
        "%%javascript\nx()",
        "x",
    ],
)
def test_what_is_no_sure_reading_is_left_out(cell: str) -> None:
    cells = ["suppress = sys = B = 1", cell]
    if cell == "x":
        cells.append("from y import *")
    assert "x" not in {use.name for use in find_uses(cell, find_unbound(names_in(cells)))}


def test_names_of_python_and_ipython_are_known() -> None:
    check_unbound("print(__name__, __file__, _, __, _12, _i3, In, Out, exit)", expect=[])
    check_unbound("display(1)\nget_ipython()", expect=[])
    assert {"print", "frame"} <= set(known_names(["frame = 1"]))


def test_python_beside_magics_is_read_where_it_stands() -> None:
    check_unbound(
        "%matplotlib inline\n%time wörk(a)\nb?", expect=["0:1:6 wörk", "0:1:11 a", "0:2:0 b"]
    )
    check_unbound("%%time\nc", expect=["0:1:0 c"])


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("a = (1,\nb = 2", (0, 4, "'(' was never closed")),
        ("%matplotlib inline\nx = = 1", (1, 4, "invalid syntax")),
        (
            "def f():\nreturn 1",
            (1, 0, "expected an indented block after function definition on line 1"),
        ),
        ("return 1", (0, 0, "'return' outside function")),
        ("x = 'open", (0, 4, "unterminated string literal (detected at line 1)")),
    ],
)
def test_a_cell_that_is_no_python_is_told_where(cell: str, fault: tuple[int, int, str]) -> None:
    found = read_names(cell).fault
    assert found is not None
    assert (found.line, found.column, found.message) == fault
    assert found.end > found.column


@pytest.mark.parametrize(
    "cell",
    [
        "await f()\nasync with a as b: ...\n[i async for i in c]",
        "!ls *.py\nfiles = !ls\n%%bash is prose?",
        "%%bash\nfor f in *; do echo $f; done",
        "    indented = 1\n    cell = 2",
        "df.head?\n?df\ndf??",
        '"""Is this a\nquestion?\nor is it?"""\n"""Really?\n"""',
        "x = 5 \\\n  %3",
        "\ud800",
        "x = 1\n" * 20_000 + "(",
    ],
)
def test_what_ipython_takes_is_no_fault(cell: str) -> None:
    assert read_names(cell).fault is None


@given(PYTHON_LIKE)
def test_no_text_raises_and_every_use_stands_where_it_is_said_to(text: str) -> None:
    names = find_unbound(names_in([text]))
    lines = text.split("\n")
    for use in find_uses(text, names):
        assert lines[use.line][use.column : use.end] == use.name
    if (fault := read_names(text).fault) is not None:
        assert 0 <= fault.line < len(lines)
        assert 0 <= fault.column < fault.end


@given(st.lists(PYTHON_LIKE, max_size=4))
def test_a_name_that_is_bound_in_any_cell_is_not_unbound(cells: list[str]) -> None:
    names = find_unbound(names_in(cells))
    assert not names & frozenset[str]().union(*(read_names(cell).bound for cell in cells))


def installed() -> list[Path]:
    """The modules of some packages and of Python itself, without its tests."""
    site, own = Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("stdlib"))
    found = [path for name in PACKAGES for path in (site / name).rglob("*.py")]
    return sorted([*found, *own.glob("*.py"), *(own / "asyncio").glob("*.py")])


@pytest.mark.timeout(240)
def test_no_false_alarm_in_installed_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is reported of whole modules is also reported by ruff's own analysis of scopes."""
    monkeypatch.setattr(module, "READ_LIMIT", sys.maxsize)
    paths = installed()
    reported: set[tuple[str, int, str]] = set()
    read = 0
    for path in paths:
        try:
            text = path.read_text("utf-8").replace("\r\n", "\n")
            compile(text, "module", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        read += 1
        assert read_names.__wrapped__(text).fault is None, path
        reported |= {
            (str(path), use.line + 1, use.name)
            for use in find_uses(text, find_unbound(names_in([text])))
        }
    assert read > 200
    assert reported <= ruffs(paths), reported - ruffs(paths)


def ruffs(paths: list[Path]) -> set[tuple[str, int, str]]:
    """Return path, line and name of what ruff takes for undefined."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=F821"]
    done = subprocess.run(
        [*command, "--output-format=json", "--ignore-noqa", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        (one["filename"], one["location"]["row"], one["message"].split("`")[1])
        for one in json.loads(done.stdout)
        if "`" in one["message"] and one["code"] == "F821"
    }
