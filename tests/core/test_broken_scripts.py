"""Names in code that is not Python at the moment, and in cells that belong together."""

from __future__ import annotations

import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Position, Text
from cellbridge.core.names.definitions import find_definitions
from cellbridge.core.names.members import find_members
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.core.names.visible import visible_names
from support.script_names import ENGINE, at_cursor, check_references, check_visible


@pytest.mark.parametrize(
    "broken",
    ["x = (", "def f(a", "class", "f'{", "x.", "    y = 1", "'''", "else:", "for x in", "@",
     "if x:", "a b c", "x = [1,", ")", "%%bash", "def g():\n", "class Engine(", "return", "import"],
)  # fmt: skip
def test_broken_code_leaves_all_other_cells_as_they_are(broken: str) -> None:
    before, _ = at_cursor(ENGINE + "car.engine$0")
    names = before.after(
        parse(Text.of(ENGINE + "# %%\n" + broken + "\n# %%\nz = Car(Engine())\nz."), PYTHON)
    )
    line = (ENGINE + "# %%\n" + broken + "\n# %%\nz = Car(Engine())\n").count("\n")
    shown = {one.name for one in visible_names(names, Position(line, 0)).items}
    assert shown >= {"np", "dataclass", "Engine", "Car", "Point", "fetch", "car", "z"}
    assert not any(one.names.kept for one in names.pieces() if "Car" in one.piece.lines[0])
    if broken != "'''":
        found = find_members(names, Position(line, 2))
        assert found.complete
        assert found.items[0].name == "wheels"


def test_a_block_over_several_cells_is_one() -> None:
    content = (
        "# %%\nclass A:\n    x = 1\n    # %%\n    def f(self):\n        self.$0\n# %%\ny = A()\n"
    )
    found = find_members(*at_cursor(content))
    assert [one.name for one in found.items[:2]] == ["x", "f"]
    check_visible("try:\n    x = 1\n# %%\nexcept E as e:\n    $0", "x:variable e:variable")
    # Indented by mistake, and below no block: the cell above is not read with it.
    names, at = at_cursor("# %%\nx = (1,\n 2)\n# %%\n    y = $0x")
    assert [one.line for one in find_definitions(names, at).items] == [1]
    assert {one.name for one in visible_names(names, at).items} == {"x", "y"}


def test_code_that_cannot_be_repaired_keeps_its_names() -> None:
    good = "def f(a):\n" + "".join(f"    b{k} = a\n" for k in range(30)) + "    return b1\n"
    names = ScriptNames.of(parse(Text.of(good), PYTHON))
    assert names.read_some()
    broken = good.split("\n")
    broken[5:20] = ["    a b c", "    )", "        x = ] 3", "    ? 4"] * 3
    text = Text.of("\n".join(broken))
    after = names.after(parse(text, PYTHON))
    assert after.read_some()
    assert [one.names.kept for one in after.pieces()] == [True]
    line = text.lines.index("    return b1\n")
    found = find_definitions(after, Position(line, 12))
    assert [one.line for one in found.items] == [2]
    # Without a version before: the names that the look of the lines shows.
    scratch = ScriptNames.of(parse(text, PYTHON))
    assert [one.name for one in visible_names(scratch, Position(line, 0)).items] == ["f"]


@pytest.mark.parametrize(
    ("line", "name"),
    [("x = foo(acc, ", "acc"), ("foo(acc, ]", "acc"), ("if acc ==:", "acc"), ("acc.size(", "acc"),
     ("print(f'{acc}' acc", "acc"), ("for acc in", "acc")],
)  # fmt: skip
def test_names_in_a_line_being_written_are_known(line: str, name: str) -> None:
    content = f"acc = 1\ndef f():\n    {line}\n    return 2\n# %%\n"
    names, _ = at_cursor(content + "$0")
    column = line.rindex(name) + 4
    found = find_definitions(names, Position(2, column))
    assert [one.line for one in found.items] == ([2] if line.startswith("for") else [0])
    assert {one.name for one in visible_names(names, Position(4, 0)).items} == {"acc", "f"}


def test_a_long_script_is_read_in_slices() -> None:
    content = "".join(f"# %%\ndef f{k}(a):\n    return a\n" for k in range(300))
    cells = parse(Text.of(content), PYTHON)
    names = ScriptNames.of(cells)
    assert not names.ready
    slices = 1
    while not names.read_some(200):
        slices += 1
    assert slices >= 4
    assert names.ready
    assert names.after(cells) is names
    found = visible_names(names, Position(0, 0), "F29")
    assert [one.name for one in found.items] == ["f29", *(f"f29{k}" for k in range(10))]


def test_a_rename_is_not_safe_where_code_cannot_be_read() -> None:
    broken = "def f(a):\n" + "    a b c x\n    ) d\n        ? = ]\n" * 9
    check_references("$0x = 1\n" + broken, "0:0w", known=False)
    check_references("$0y = 1\n" + broken, "0:0w")
