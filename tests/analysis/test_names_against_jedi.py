"""The index of names agrees with jedi on real modules, and each kind of difference has a reason.

``SCRIPTS_AGAINST_JEDI`` sets how many modules are compared; continuous integration has patience for
a few, and 300 take several minutes.
"""

from __future__ import annotations

import importlib.util
import os
import random
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import jedi

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Position, Text
from cellbridge.core.names.definitions import find_definitions
from cellbridge.core.names.model import Access, BindingKind
from cellbridge.core.names.references import find_references
from cellbridge.core.names.script_names import ScriptNames
from support.fixture import without_cursor

SCRIPTS = int(os.environ.get("SCRIPTS_AGAINST_JEDI", "5"))
USES = 5
"""Names of each module whose definitions are compared."""
LINES = range(20, 300 if SCRIPTS < 100 else 1500)
PACKAGES = ("IPython", "jedi", "matplotlib", "numpy", "pandas", "polars", "scipy", "xarray")
Place = tuple[int, int]


def modules() -> list[Path]:
    """Choose modules of installed packages, and the examples of the documentation."""
    chosen = sorted((Path(__file__).parents[2] / "docs" / "examples").glob("*.py"))
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        paths = sorted(Path(spec.origin).parent.rglob("*.py"))
        random.Random(package).shuffle(paths)
        usable = (path for path in paths if path.read_bytes().count(b"\n") in LINES)
        chosen += islice(usable, SCRIPTS // len(PACKAGES) + 1)
    random.Random(1).shuffle(chosen)
    return chosen[:SCRIPTS]


def script_of(content: str) -> jedi.Script:
    """Return jedi's view of a module, which needs no process of its own."""
    return jedi.Script(content, environment=jedi.InterpreterEnvironment())


def names_of(content: str) -> ScriptNames:
    return ScriptNames.of(parse(Text.of(content), PYTHON))


def all_bindings(names: ScriptNames) -> Iterator[tuple[int, int, str]]:
    """Yield our bindings, and the attributes that are set on any object, which jedi counts, too."""
    for placed in names.pieces():
        for one in placed.names.bindings:
            yield placed.line + one.line, one.column, one.name
        for one in placed.names.attributes:
            if one.access is Access.WRITE:
                yield placed.line + one.line, one.column, one.name


def is_a_matter_of_view(line: str, column: int) -> bool:
    """Return whether one of the differences that are named below explains a place."""
    before = line[:column]
    return (
        before.lstrip().startswith("del ")
        or before.endswith(('"', "'", "_, **", "__"))  # quotes: in __slots__
        or line.startswith("__", column)
        or ":=" in line[column:]
        or (" as " in before and ("with (" in before or line.rstrip().endswith((",", ")", "):"))))
    )


def test_definitions_agree() -> None:
    for path in modules():
        content = path.read_text("utf-8")
        lines = content.split("\n")
        theirs = {
            (one.line - 1, one.column, one.name)
            for one in script_of(content).get_names(all_scopes=True, definitions=True)
        }
        ours = set(all_bindings(names_of(content)))
        different = [
            (path, *place, lines[place[0]])
            for place in theirs ^ ours
            if not is_a_matter_of_view(lines[place[0]], place[1])
        ]
        assert not different


def test_goto_agrees() -> None:
    """The nearest binding that jedi finds is among ours, which are all that reach the use."""
    for path in modules():
        content = path.read_text("utf-8")
        names = names_of(content)
        bindings = {place[:2] for place in all_bindings(names)}
        reads = [
            (placed.line + use.line, use.column, use.name)
            for placed in names.pieces()
            for use in placed.names.uses
            if use.access is Access.READ
        ]
        script = script_of(content)
        for *place, name in random.Random(path.name).sample(reads, min(USES, len(reads))):
            line, column = place
            ours = find_definitions(names, Position(line, column)).items
            imported = any(one.kind in {BindingKind.IMPORT, BindingKind.MODULE} for one in ours)
            # An item that is set (``a[0] = 1``) is a definition for jedi, and no binding.
            theirs = sorted(jedi_goto(script, line, column) & bindings)
            if imported or not theirs or re.search(rf"global .*\b{name}\b", content):
                continue
            nearest = [one for one in theirs if one < (line, column)] or theirs
            assert nearest[-1] in {(one.line, one.column) for one in ours}, (path, place)


def jedi_goto(script: jedi.Script, line: int, column: int) -> set[Place]:
    try:
        found = script.goto(line + 1, column)
    except KeyError:  # from its cache of modules, for names that pytest's plugins define
        return set()
    return {
        (one.line - 1, one.column)
        for one in found
        if one.module_path is None and one.line is not None
    }


def check_difference(marked: str, ours: str, theirs: str) -> None:
    """Check which places the index and jedi take for references of the name at the cursor."""
    content, at = without_cursor(marked)
    found = find_references(names_of(content), at)
    assert " ".join(f"{one.line}:{one.column}" for one in found.items) == ours
    script = script_of(content)
    other = script.get_references(at.line + 1, at.column, scope="file")
    places = sorted((one.line - 1, one.column) for one in other)
    assert " ".join(f"{line}:{column}" for line, column in places) == theirs


def test_a_parameter_that_is_bound_again_stays_one_name() -> None:
    """jedi loses the places below; a rename of some alone would change the result."""
    check_difference(
        "def f($0a=None):\n    if a is None:\n        a = 1\n    return a\n",
        "0:6 1:7 2:8 3:11",
        "0:6 1:7",
    )


def test_a_module_in_a_longer_path_is_another_word() -> None:
    """jedi lists the word in ``import os.path as p`` too, which does not bind it."""
    check_difference("import os.path as p\nimport os\n$0os.sep\n", "1:7 2:0", "0:7 1:7 2:0")


def test_a_condition_of_a_comprehension_is_in_its_scope() -> None:
    """jedi takes the iterable, which is read outside, for one of its places instead."""
    content = "def f(t):\n    return {t for $0t in t if t}\n"
    check_difference(content, "1:12 1:18 1:28", "1:12 1:18 1:23")


def test_an_assignment_expression_binds() -> None:
    """jedi does not list those inside calls."""
    content = "print(len(n := [1]))\n"
    assert (0, 10, "n") in set(all_bindings(names_of(content)))
    names = script_of(content).get_names(all_scopes=True, definitions=True)
    assert not [one.name for one in names]


def test_names_in_parentheses_of_with_are_bound() -> None:
    """jedi reads the parentheses as a tuple."""
    content = "with (open(x) as f,\n      open(y) as g):\n    f, g\n"
    assert {(0, 17, "f"), (1, 17, "g")} <= set(all_bindings(names_of(content)))
    names = script_of(content).get_names(all_scopes=True, definitions=True)
    assert not [one.name for one in names]


def test_a_parameter_keeps_its_underscores() -> None:
    """jedi cuts them off, as stubs once marked positional parameters so."""
    content = "def f(__a): pass\n"
    assert (0, 6, "__a") in set(all_bindings(names_of(content)))
    names = script_of(content).get_names(all_scopes=True, definitions=True)
    assert [one.name for one in names] == ["f", "a"]


def test_both_bindings_reach_a_use() -> None:
    """jedi goes to the last one alone if the use is in a block."""
    content = "def f(a=None):\n    if a is None:\n        a = 1\n    if x:\n        print(a)\n"
    found = find_definitions(names_of(content), Position(4, 14)).items
    assert [one.line for one in found] == [2, 0]
    assert jedi_goto(script_of(content), 4, 14) == {(2, 8)}


def test_slots_are_attributes() -> None:
    content = 'class A:\n    __slots__ = ("a",)\n'
    assert (1, 18, "a") in set(all_bindings(names_of(content)))
