"""The texts of runs as files and in linecache: the names, the bounds, any text on any line."""

from __future__ import annotations

import inspect
import linecache
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellbridge.kernel.probe import executed_sources, run_files
from cellbridge.kernel.probe.executed_sources import ExecutedSources
from cellbridge.kernel.probe.run_files import RunFiles
from cellbridge.kernel.process import source_files

SCRIPT = "/home/me/analysis.py"
LINES = st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-8")), min_size=1)


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[ExecutedSources]:
    found = ExecutedSources()
    found.files.root = str(tmp_path / "source")
    source_files.prepare(Path(found.files.root))
    yield found
    for path in list(linecache.cache):
        if path.startswith(found.files.root):
            del linecache.cache[path]


def define(sources: ExecutedSources, first: int, text: str) -> FunctionType:
    """Add a run that defines a function, and return the function as the kernel compiles it."""
    lines = text.split("\n")
    source = sources.add(SCRIPT, first, "cell", lines, lines)
    names: dict[str, Any] = {}
    exec(compile("\n" * first + text, source.path, "exec"), names)
    return names["f"]


@given(LINES, st.integers(0, 50))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_whoever_reads_the_file_finds_the_text_on_its_lines(
    sources: ExecutedSources, lines: list[str], first: int
) -> None:
    lines = ["def f(): pass", *lines]
    source = sources.add(SCRIPT, first, "cell", lines, lines)
    on_disk = Path(source.path).read_text("utf-8").split("\n")
    assert on_disk[:first] == [""] * first
    assert on_disk[first:-1] == lines
    assert [source.line(first + at) for at in range(len(lines))] == [f"{one}\n" for one in lines]
    sources.files.remove(source.path)
    linecache.checkcache(source.path)
    assert linecache.getlines(source.path)[first:] == [f"{one}\n" for one in lines]


def test_an_older_text_is_never_replaced_by_a_newer_one(sources: ExecutedSources) -> None:
    old = define(sources, 4, "def f():\n    return 'old'")
    new = define(sources, 4, "def f():\n    return 'new'")
    for _ in range(2):
        assert inspect.getsource(old) == "def f():\n    return 'old'\n"
        assert inspect.getsource(new) == "def f():\n    return 'new'\n"
        linecache.clearcache()


def test_the_name_is_the_scripts_and_the_directory_is_private(sources: ExecutedSources) -> None:
    path = Path(define(sources, 0, "def f(): pass").__code__.co_filename)
    assert path.name == "analysis.py"
    # The rule by which numba and joblib recognise the code of notebooks.
    assert path.parent.name.startswith("ipykernel_")
    for each in (path.parent, path.parent.parent, path.parent.parent.parent):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700
    again = define(sources, 1, "def f(): pass").__code__.co_filename
    assert Path(again).parent.parent == path.parent.parent


@pytest.mark.parametrize("first", [0, 1, 5])
def test_an_encoding_line_changes_nothing(sources: ExecutedSources, first: int) -> None:
    function = define(sources, first, "# -*- coding: latin-1 -*-\ndef f():\n    return 'é'")
    linecache.clearcache()
    assert inspect.getsource(function) == "def f():\n    return 'é'\n"


def test_a_text_that_its_encoding_line_excludes_is_read_from_memory(
    sources: ExecutedSources,
) -> None:
    function = define(sources, 0, "# coding: ascii\ndef f():\n    return 'é'")
    assert not Path(function.__code__.co_filename).exists()
    assert inspect.getsource(function) == "def f():\n    return 'é'\n"


def test_the_bounds_hold_and_older_texts_stay_known(
    sources: ExecutedSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "FILES", 10)
    monkeypatch.setattr(executed_sources, "RUNS", 50)
    functions = [define(sources, 0, f"def f():\n    return {number}") for number in range(60)]
    assert len(list(Path(sources.files.root).glob("*/*/*.py"))) == len(sources.files.sizes) == 10
    assert len(sources.runs) == 50
    for number, function in enumerate(functions):
        if number >= 10:
            assert inspect.getsource(function) == f"def f():\n    return {number}\n"
        else:
            assert linecache.getlines(function.__code__.co_filename) == []
    assert sources.packed == sum(len(one.packed) for one in sources.runs.values())
    assert sources.files.on_disk == sum(sources.files.sizes.values())


def test_linecache_holds_few_texts_as_lines(sources: ExecutedSources) -> None:
    functions = [define(sources, 0, f"def f():\n    return {number}") for number in range(100)]
    for function in functions:
        inspect.getsource(function)
    sources.sweep()
    held = [one for one in sources.runs if len(linecache.cache[one]) > 1]
    assert held == [one.__code__.co_filename for one in functions[-executed_sources.READ :]]


def test_a_cell_without_definitions_costs_no_file(sources: ExecutedSources) -> None:
    source = sources.add(SCRIPT, 3, "cell", ["x = 1"], ["x = 1"])
    assert not Path(source.path).exists()
    assert linecache.getline(source.path, 4) == "x = 1\n"
    sources.need_file(source)
    assert Path(source.path).read_text("utf-8") == "\n\n\nx = 1\n"


def test_a_class_is_found_by_its_methods_or_else_if_it_is_certain(
    sources: ExecutedSources,
) -> None:
    def define_class(text: str) -> type:
        lines = text.split("\n")
        source = sources.add(SCRIPT, 2, "cell", lines, lines)
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile("\n\n" + text, source.path, "exec"), names)
        names["C"].path = source.path
        return names["C"]

    first = define_class("class C:\n    @property\n    def x(self): return 1")
    second = define_class("class C:\n    @staticmethod\n    def x(): return 2")
    assert sources.find_class(first) == vars(first)["path"]
    assert sources.find_class(second) == vars(second)["path"]
    only = type("D", (), {"__module__": "__main__"})
    assert sources.find_class(only) is None
    line = sources.add(SCRIPT, 9, "cell", ["class D: pass"], ["class D: pass"])
    assert sources.find_class(only) == line.path


def test_another_users_or_an_open_directory_is_not_used(tmp_path: Path) -> None:
    files = RunFiles()
    tmp_path.chmod(0o755)
    for place in (tmp_path / "none", tmp_path):
        files.use(str(place))
        assert files.root == ""
    root = Path(files.path(SCRIPT, "x = 1")).parents[2]
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    root.rmdir()


def test_files_go_with_their_process(sources: ExecutedSources) -> None:
    kept = Path(define(sources, 0, "def f(): pass").__code__.co_filename)
    script = kept.parent.parent
    ended, planted = script / "ipykernel_999999999-00ff", script / "other"
    for each in (ended, planted):
        each.mkdir()
        (each / "__pycache__").mkdir()
    source_files.remove(Path(sources.files.root), 0)
    assert sorted(script.iterdir()) == sorted([kept.parent, planted])
    source_files.remove(Path(sources.files.root), os.getpid())
    assert list(script.iterdir()) == [planted]


def test_a_run_that_is_followed_has_its_file(sources: ExecutedSources) -> None:
    source = sources.add(SCRIPT, 0, "cell", ["x = 1"], ["x = 1"])
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        sources.finish(source)
    finally:
        sys.settrace(before)
    assert Path(source.path).exists()
