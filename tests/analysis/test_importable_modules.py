"""The modules that a script can import, from real directories, without an interpreter or jedi."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cellbridge.analysis.completion import complete
from cellbridge.analysis.importable_modules import ImportableModules
from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.analysis.worker import Worker
from support.fixture import question
from support.second_user import needs_second_user, run_as_other, shared_folder

SITE = "lib/python3.12/site-packages"
FILES = (
    "base/lib/python3.12/os.py",
    "base/lib/python3.12/json/__init__.py",
    "base/lib/python3.12/test-data/none.py",
    "base/lib/python3.12/lib-dynload/_heapq.cpython-312-x86_64-linux-gnu.so",
    "env/bin/python",
    f"env/{SITE}/solid.py",
    f"env/{SITE}/solid-1.0.dist-info/RECORD",
    f"env/{SITE}/solid.libs/libz.so",
    f"env/{SITE}/compiled.abi3.so",
    f"env/{SITE}/types_only.pyi",
    f"env/{SITE}/__init__.py",
    f"env/{SITE}/__pycache__/solid.pyc",
    f"env/{SITE}/package/__init__.py",
    f"env/{SITE}/package/__main__.py",
    f"env/{SITE}/package/first.py",
    f"env/{SITE}/package/deep/__init__.py",
    f"env/{SITE}/package/deep/second.py",
    f"env/{SITE}/package/data/table.csv",
    f"env/{SITE}/space/one/__init__.py",
    f"env/{SITE}/pictures/logo.png",
    "sources/editable_one.py",
    "sources/space/two.py",
    "linked/editable_two/__init__.py",
    "work/script.py",
    "work/helper.py",
    "work/notes/plan.txt",
)
CODE = "import os; open({mark!r}, 'w')\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "env/bin/python").chmod(0o755)
    config = f"home = {tmp_path}/base/bin\nversion = 3.12.1\n"
    (tmp_path / "env/pyvenv.cfg").write_text(config)
    site = tmp_path / "env" / SITE
    mark = CODE.format(mark=str(tmp_path / "executed"))
    (site / "editable.pth").write_text(f"# a comment\n{mark}{tmp_path}/sources\n/no/such/folder\n")
    (site / "linked.egg-link").write_text(f"{tmp_path}/linked\n.")
    return tmp_path


def modules(tree: Path, package: str = "", source: ImportableModules | None = None) -> list[str]:
    found = (source or ImportableModules()).read(
        str(tree / "env/bin/python"), tree / "work", package
    )
    return sorted(set(found) - {*sys.builtin_module_names})


TOP = [
    "_heapq", "compiled", "editable_one", "editable_two", "helper", "json", "os", "package",
    "script", "solid", "space",
]  # fmt: skip


def test_the_modules_of_an_environment(tree: Path) -> None:
    assert modules(tree) == TOP
    assert not (tree / "executed").exists()


def test_the_built_in_modules_belong_to_it(tree: Path) -> None:
    found = ImportableModules().read(str(tree / "env/bin/python"), None, "")
    assert {"sys", "builtins", "json"} <= {*found}
    assert "helper" not in found


def test_the_modules_of_a_package(tree: Path) -> None:
    assert modules(tree, "package") == ["deep", "first"]
    assert modules(tree, "package.deep") == ["second"]
    assert modules(tree, "space") == ["one", "two"], "both parts of a namespace package"
    assert modules(tree, "solid") == []
    assert modules(tree, "no.such") == []


def test_changes_are_seen(tree: Path) -> None:
    source, site = ImportableModules(), tree / "env" / SITE
    assert modules(tree, source=source) == TOP
    (site / "young.py").touch()
    (tree / "work/fresh.py").touch()
    (site / "solid.py").unlink()
    assert {"young", "fresh"} < {*(found := modules(tree, source=source))}
    assert "solid" not in found
    (tree / "third").mkdir()
    (tree / "third/editable_three.py").touch()
    (site / "editable.pth").write_text(f"{tree}/third\n")
    found = modules(tree, source=source)
    assert "editable_three" in found
    assert "editable_one" not in found


def test_our_own_environment_has_what_python_finds() -> None:
    found = {*ImportableModules().read(None, None, "")}
    assert {"sys", "os", "json", "_heapq", "jedi", "yaml", "cellbridge", "pytest"} <= found
    assert "serving" not in found
    assert all(name.isidentifier() for name in found)
    assert {"worker", "race"} <= {*ImportableModules().read(None, None, "cellbridge.analysis")}


@pytest.mark.parametrize("python", ["/no/such/python", "no\0path", "/etc/passwd"])
def test_an_interpreter_that_does_not_exist(python: str, tmp_path: Path) -> None:
    assert "sys" in ImportableModules().read(python, tmp_path / "none", "")


@needs_second_user
def test_a_file_of_another_user_adds_no_directory(tree: Path) -> None:
    planted = "import sys; open(sys.argv[1] + '/theirs.pth', 'w').write(sys.argv[2])"
    with shared_folder() as shared:
        run_as_other(planted, shared, str(tree / "sources"))
        (tree / "env" / SITE / "editable.pth").unlink()
        os.link(shared / "theirs.pth", tree / "env" / SITE / "theirs.pth")
        assert "editable_one" not in modules(tree)


def test_the_packages_of_an_editable_installation_by_setuptools(tree: Path) -> None:
    finder = tree / "env" / SITE / "__editable___mapped_1_0_finder.py"
    mark = CODE.format(mark=str(tree / "executed"))
    table = {"mapped": str(tree / "env" / SITE / "package"), "not a name": "/no/such", "gone": "/x"}
    finder.write_text(f"{mark}MAPPING: dict[str, str] = {table!r}\nNAMESPACES = {{}}\n")
    source = ImportableModules()
    assert modules(tree, source=source) == sorted([*TOP, "gone", "mapped"])
    assert modules(tree, "mapped", source) == ["deep", "first"]
    assert not (tree / "executed").exists()
    for broken in ("MAPPING = {", "MAPPING = {f()}", "MAPPING = {1: 2, 'a': ['b']}", "\0"):
        finder.write_text(broken)
        assert "mapped" not in modules(tree, source=source)


async def offered(line: str, python: str, path: str) -> Sequence[str]:
    """The candidates at the end of a line, from an analyser whose jedi cannot start."""
    worker = Worker(command=("/no/such/program",))
    async with StaticPython(worker=worker, python=python) as static:
        found = await complete(question(f"{line}$0", path), None, static)
        assert all(item.end == len(line) for item in found.items)
        return [f"{item.text} {item.kind} {item.start}" for item in found.items]


async def test_imports_are_completed_without_jedi(tree: Path) -> None:
    python, path = str(tree / "env/bin/python"), str(tree / "work/script.py")

    async def check_offered(line: str, expect: list[str]) -> None:
        assert await offered(line, python, path) == expect

    await check_offered("import pack", ["package module 7"])
    await check_offered("import HEL", ["helper module 7"])
    await check_offered("import package.", ["deep module 15", "first module 15"])
    await check_offered("from package.d", ["deep module 13"])
    await check_offered("from package import f", ["first module 20"])
    await check_offered("import os, sol", ["solid module 11"])


def test_nothing_is_read_after_the_end() -> None:
    """A script may be closed, and the server end, before its modules are read."""
    faults: list[dict[str, object]] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, fault: faults.append(fault))
        modules = ImportableModules()
        modules.begin_later(0, None, None)
        modules.begin_later(0, None, None)  # The first is due now, and has not begun.
        modules.close()
        modules.begin_later(0, None, None)  # The end of a kernel is reported until the last.
        await loop.shutdown_default_executor()
        await asyncio.sleep(0)  # Yield: what was due has its turn.

    asyncio.run(serve())
    assert not faults
