"""Cells inside blocks: which run together, and the code that runs for one of them."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.document.blocks import code_to_run, dedent, joined_source, statements
from cellbridge.core.document.cells import CellKind, Cells, parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Text
from support.any_text import SCRIPT, many

MAIN = """import sys

if __name__ == "__main__":
    # %% one
    print("one")

    # %% two
    print("two", len(sys.argv) > 0)
# %% three
x = 1
"""
CODE = '''import os
x = [
    1,
    2,
]
for k in range(3):
    if k:
        print(k)
    else:
        print("""
  text
""")
try:
    y = 1
except ValueError:
    pass
finally:
    y = 2
@property
def f(a,
      b=2):
    """Doc."""
    return a
class A:
    z = {"k":
         3}
    async def g(self):
        with open("a") as h, open("b") as i:
            pass
while False:
    pass
w = 1
'''


def cells_of(content: str) -> Cells:
    return parse(Text.of(content), PYTHON)


def code_of(cells: Cells) -> list[int]:
    return [index for index, cell in enumerate(cells) if cell.kind is CellKind.CODE]


def check_run(content: str, index: int, code: str, last: int | None = None) -> None:
    """Compare the code that runs for one cell, and the last cell that it is from."""
    expected = (code, index if last is None else last)
    found, end = code_to_run(cells_of(content), index)
    assert (found.rstrip(), end) == expected
    ast.parse(found)


def test_cells_of_a_main_block_run_one_by_one() -> None:
    check_run(MAIN, 0, 'import sys\n\nif __name__ == "__main__":\n    pass')
    check_run(MAIN, 1, 'print("one")')
    check_run(MAIN, 2, 'print("two", len(sys.argv) > 0)')
    check_run(MAIN, 3, "x = 1")


@pytest.mark.parametrize("header", ["for k in x:", "def f():", "with a as b:  # note", "class A:"])
def test_another_block_runs_with_its_cells(header: str) -> None:
    content = f"# %%\nx = 1\n{header}\n    # %% one\n    a\n    # %% two\n    b\n# %%\nc\n"
    whole = f"x = 1\n{header}\n    # %% one\n    a\n    # %% two\n    b"
    check_run(content, 0, whole, last=2)
    check_run(content, 1, "a")


def test_strings_keep_their_indentation() -> None:
    assert dedent('    a = """\n    b\n  c"""\n    d') == 'a = """\n    b\n  c"""\nd'
    assert dedent("        a\n    b\n        c\nd") == "a\nb\n    c\nd"
    assert dedent("    f(1,\n  2)\n    # note\n\n    g") == "f(1,\n2)\n# note\n\ng"


def test_all_of_a_block_is_one_statement() -> None:
    cells = cells_of(MAIN)
    assert statements(cells, code_of(cells)) == [[0, 1, 2], [3]]
    assert joined_source(cells, 0, 2) == MAIN.partition("# %% three")[0].rstrip("\n")


def test_only_the_cell_below_is_read() -> None:
    cells = cells_of("".join(f"# %%\nvalue_{number} = 1\n" for number in range(100)))
    assert code_to_run(cells, 0) == (cells[0].source, 0)
    assert "kind" in vars(cells[1])
    assert not any("kind" in vars(cell) for cell in cells.cells[2:])


@many
@given(st.sets(st.integers(0, CODE.count("\n"))), st.booleans())
def test_a_script_that_python_runs_goes_through(places: set[int], indented: bool) -> None:
    lines: list[str] = []
    for number, line in enumerate(CODE.splitlines(keepends=True)):
        if number in places and "text" not in line and '""")' not in line:
            indent = line[: len(line) - len(line.lstrip())] if indented else ""
            lines.append(f"{indent}# %% cell\n")
        lines.append(line)
    content = "".join(lines)
    ast.parse(content)
    cells = cells_of(content)
    codes = [
        joined_source(cells, group[0], group[-1]) for group in statements(cells, code_of(cells))
    ]
    dumped = [ast.dump(node) for code in codes for node in ast.parse(code).body]
    assert dumped == [ast.dump(node) for node in ast.parse(content).body]


@many
@given(SCRIPT)
def test_any_text_has_code_to_run(content: str) -> None:
    cells = cells_of(content)
    for index in range(len(cells)):
        _, last = code_to_run(cells, index)
        assert index <= last < len(cells)
    groups = statements(cells, code_of(cells))
    assert [index for group in groups for index in group] == code_of(cells)
