"""Properties of the index of names: after any edits it is the one made from scratch."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Change, Position, Range, Text, line_edit
from cellbridge.core.names.answers import Definition, Occurrence, OutlineName
from cellbridge.core.names.definitions import find_definitions, name_at
from cellbridge.core.names.descriptions import describe, find_parameters, find_signatures
from cellbridge.core.names.members import find_members
from cellbridge.core.names.outlines import outline
from cellbridge.core.names.references import find_references
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.core.names.visible import visible_names
from support.any_text import CHANGE, SCRIPT, many

LINES = st.sampled_from(
    """
import numpy as np
from math import *
from os import path as p, sep
x = 1
x = (
)
y: int = x
class A(Base):
    def method(self, a, *b, c=1, **d):
        self.z = a
        return self.z
    size = 3
@decorated
def f(a: int = 2) -> A:
    global x
    x = [i for i in a if (n := i)]
    if x:
        pass
else:
try:
except ValueError as error:
with open(x) as g, f() as (h, i):
for k, v in x.items():
async def g():
    await f()
lambda q: q + x
match x:
    case [a, *b]:
f"{x} {y!r:>{w}}"
x.
f(a,
def
class B[T]:
type X = int
'''
del x
%time z = 1
!ls
é = "é"; zé = é
    indented = 1
  odd = 2
# comment
""".strip("\n").split("\n")
)
PYTHON_SCRIPT = st.lists(
    st.one_of(LINES, LINES, LINES, st.sampled_from(["# %%", "# %% [markdown]", "", "%%bash"])),
    max_size=30,
).map("\n".join)
PYTHON_CHANGE = st.builds(
    lambda change, lines: Change(change.range, "\n".join(lines)),
    CHANGE,
    st.lists(LINES, max_size=4),
)
EDITS = st.lists(st.one_of(CHANGE, PYTHON_CHANGE), max_size=6)


def edit(text: Text, cells: Cells, change: Change) -> tuple[Text, Cells]:
    after = text.apply(change)
    lines = line_edit(text, change, after)
    return after, cells.apply_edit(after, lines.first, lines.removed, lines.inserted)


def check_equal(names: ScriptNames, scratch: ScriptNames) -> None:
    ours, theirs = list(names.pieces()), list(scratch.pieces())
    assert [(one.line, one.piece.lines) for one in ours] == [
        (one.line, one.piece.lines) for one in theirs
    ]
    for one, other in zip(ours, theirs, strict=True):
        assert one.names == other.names or one.names.kept
        lines = len(one.piece.lines)
        for binding in one.names.bindings:
            assert 0 <= binding.first_line <= binding.line <= binding.last_line < lines
        for use in (*one.names.uses, *one.names.attributes):
            assert 0 <= use.line < lines
            if not one.names.kept:
                assert begins_with(one.piece.lines[use.line][use.column :], use.name)


@many
@given(st.one_of(PYTHON_SCRIPT, PYTHON_SCRIPT, SCRIPT), EDITS, st.randoms())
def test_edited_is_made_from_scratch(
    content: str, changes: list[Change], chance: random.Random
) -> None:
    text = Text.of(content)
    cells = parse(text, PYTHON)
    names = ScriptNames.of(cells)
    for change in changes:
        if chance.random() < 0.7:
            names.read_some(chance.choice([1, 1000]))
        text, cells = edit(text, cells, change)
        if chance.random() < 0.8:
            names = names.after(cells)
    names = names.after(cells)
    check_equal(names, ScriptNames.of(cells))
    assert names.read_some()
    assert names.ready


@many
@given(PYTHON_SCRIPT, st.integers(0, 30))
def test_broken_code_leaves_other_cells_as_they_are(content: str, number: int) -> None:
    """Whatever is typed into one cell, the pieces of the others are the same objects."""
    above = "# %%\nclass Own:\n    a = 1\nown = Own()\n"
    below = "\n# %%\nother = 1\ndef last(b):\n    return b\n"
    text = Text.of(above + "# %%\n" + below)
    cells = parse(text, PYTHON)
    names = ScriptNames.of(cells)
    assert names.read_some()
    before = {one.piece for one in names.pieces()}
    at = Position(above.count("\n") + 1, 0)
    inside = content.replace("# %%", "#").replace("'''", "").replace('"""', "")
    inside = "".join(line if line[:1] != " " else "x" for line in inside.split("\n", 1))
    for part in (inside[:number], inside[number:]):
        text, cells = edit(text, cells, Change(Range(at, at), part))
        names = names.after(cells)
        assert names.read_some()
        kept = {one.piece for one in names.pieces()} & before
        shown = {one.name for piece in kept for one in piece.names.bindings}
        assert shown >= {"Own", "a", "own", "other", "last", "b"}


@many
@given(st.one_of(PYTHON_SCRIPT, PYTHON_SCRIPT, SCRIPT), st.integers(0, 40), st.integers(0, 20))
def test_no_query_raises_and_places_hold_the_name(content: str, line: int, column: int) -> None:
    text = Text.of(content)
    names = ScriptNames.of(parse(text, PYTHON))
    at = text.clamp(Position(line, column))
    for one in find_references(names, at).items:
        assert holds(text, one)
    for one in find_definitions(names, at).items:
        assert holds(text, one)
        assert 0 <= one.first_line <= one.last_line < len(text.lines)
    if found := name_at(names, at):
        assert found[1].start <= at <= found[1].end
    for query in (visible_names, find_members, find_parameters):
        assert len({one.name for one in query(names, at).items}) == len(query(names, at).items)
        assert all(isinstance(one.detail, str) for one in query(names, at).items)
    for signature in find_signatures(names, at).items:
        assert all(0 <= start <= end <= len(signature.label) for start, end in signature.parameters)
    description = describe(names, at)
    assert description is None or description.signature
    check_outline(outline(names), len(text.lines))


def holds(text: Text, one: Occurrence | Definition) -> bool:
    """Return whether a name is at its place."""
    return begins_with(text.line(one.line)[one.column :], one.name)


def begins_with(rest: str, name: str) -> bool:
    """Return whether some text begins with a name; Python takes "µ" and "μ" for one letter."""
    return unicodedata.normalize("NFKC", rest).startswith(name)


def check_outline(items: Sequence[OutlineName], lines: int) -> None:
    for one in items:
        assert 0 <= one.first_line <= one.line <= one.last_line < lines
        check_outline(one.children, lines)
