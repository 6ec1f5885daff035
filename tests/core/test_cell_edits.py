"""Cell edits: what they make of a script, shown whole, with the cursor before and after."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.document.cells import CellKind, Cells, parse
from cellbridge.core.document.identity import Roster
from cellbridge.core.document.languages import PYTHON, language_of
from cellbridge.core.document.text import Position, Text, line_edit, without_ending
from cellbridge.core.edits import cell_edits, cell_kind_edits
from cellbridge.core.edits.cell_positions import Edit
from support.any_text import SCRIPT, many
from support.fixture import with_cursor, without_cursor

Action = Callable[[Cells, Position], Edit | None]
to_code = partial(cell_kind_edits.change_kind, kind=CellKind.CODE)
to_markdown = partial(cell_kind_edits.change_kind, kind=CellKind.MARKDOWN)
to_raw = partial(cell_kind_edits.change_kind, kind=CellKind.RAW)
insert_markdown_below = partial(cell_edits.insert_below, kind=CellKind.MARKDOWN)
insert_markdown_above = partial(cell_edits.insert_above, kind=CellKind.MARKDOWN)


def check(action: Action, script: str, expected: str | None, name: str = "a.py") -> None:
    """Compare the script after an action, cursor included; None if there is nothing to do."""
    content, cursor = without_cursor(script)
    text = Text.of(content)
    edit = action(parse(text, language_of(name)), cursor)
    if edit is None:
        assert expected is None
        return
    for change in edit.changes:
        text = text.apply(change)
    assert with_cursor(text.content, edit.cursor) == expected


def test_insert_below() -> None:
    check(
        cell_edits.insert_below,
        "# %%\nx$0\n\n# %%\ny\n",
        "# %%\nx\n\n# %%\n$0\n# %%\ny\n",
    )
    check(cell_edits.insert_below, "#%%\nx$0\n#%%\ny\n", "#%%\nx\n\n#%%\n$0\n#%%\ny\n")
    check(cell_edits.insert_below, "# %%\nx$0\n", "# %%\nx\n\n# %%\n$0")
    check(cell_edits.insert_below, "# %%\nx$0", "# %%\nx\n\n# %%\n$0")
    check(cell_edits.insert_below, "$0", "# %%\n$0")
    check(cell_edits.insert_below, "x$0\r\n", "x\r\n\r\n# %%\r\n$0")
    check(insert_markdown_below, "# %%\nx$0\n", "# %%\nx\n\n# %% [markdown]\n$0")
    check(insert_markdown_below, "// %% a\nx$0\n", "// %% a\nx\n\n// %% [markdown]\n$0", "a.ts")


def test_insert_above() -> None:
    check(
        cell_edits.insert_above,
        "# %%\nx\n\n# %%\n$0y\n",
        "# %%\nx\n\n# %%\n$0\n# %%\ny\n",
    )
    check(cell_edits.insert_above, "# %%\nx\n# %% [md]\n$0", "# %%\nx\n\n# %%\n$0\n# %% [md]\n")
    check(cell_edits.insert_above, "x = 1$0\n", "# %%\n$0\n# %%\nx = 1\n")
    check(insert_markdown_above, "# %% [md]\n$0", "# %% [md]\n$0\n# %% [md]\n")
    check(
        cell_edits.insert_above,
        "# ---\n# jupyter: a\n# ---\n\nx = 1$0\n",
        "# ---\n# jupyter: a\n# ---\n\n# %%\n$0\n# %%\nx = 1\n",
    )
    check(cell_edits.insert_above, "# ---\n# a: b\n# ---$0\n# %%\n", None)


def test_split() -> None:
    check(cell_edits.split, "# %% t\nx\n$0y\n", "# %% t\nx\n\n# %%\n$0y\n")
    check(cell_edits.split, "# %%\nx$0\ny\n", "# %%\nx\n\n# %%\n$0y\n")
    check(cell_edits.split, "# %%\nx\n\n$0y\n", "# %%\nx\n\n# %%\n$0y\n")
    check(cell_edits.split, "# %%\nf();$0g()\n", "# %%\nf();\n\n# %%\n$0g()\n")
    check(cell_edits.split, "# %% [md]\n# a\n$0# b\n", "# %% [md]\n# a\n\n# %% [md]\n$0# b\n")
    check(
        cell_edits.split,
        '# %% [markdown]\n"""\na\n$0b\n"""\n',
        '# %% [markdown]\n"""\na\n"""\n\n# %% [markdown]\n"""\n$0b\n"""\n',
    )
    check(cell_edits.split, "# %%$0\nx\n", None)
    check(cell_edits.split, '# %%\nx = """\n$0a"""\n', None)
    check(cell_edits.split, "# %%\nx$0\n", "# %%\nx\n\n# %%\n$0")


def test_merge_below() -> None:
    check(cell_edits.merge_below, "# %% a\nx$0\n\n# %% b\ny\n", "# %% a\nx\n\n$0y\n")
    check(cell_edits.merge_below, "x$0\n# %%\ny", "x\n$0y")
    check(cell_edits.merge_below, "# %%\nx$0\n# %%", "# %%\nx\n$0")
    check(cell_edits.merge_below, "# %%\nx$0\n", None)
    check(cell_edits.merge_below, "# %%\nx$0\n# %% [md]\n# a\n", None)
    check(cell_edits.merge_below, "# %% [md]\n# a$0\n# %% [md]\n# b\n", "# %% [md]\n# a\n$0# b\n")
    check(
        cell_edits.merge_below,
        '# %% [md]\n"""\na$0\n"""\n\n# %% [md]\n"""\nb\n"""\n',
        '# %% [md]\n"""\na\n\n$0b\n"""\n',
    )
    check(
        cell_edits.merge_below,
        '# %% [md]\n# a$0\n\n# %% [md]\n"""b"""\n',
        "# %% [md]\n# a\n\n$0# b\n",
    )
    check(
        cell_edits.merge_below,
        '# %% [md]\n"""a$0"""\n# %% [md]\n# b\n',
        '# %% [md]\n"""a\n\n$0b"""\n',
    )


def test_merge_above() -> None:
    check(cell_edits.merge_above, "# %% a\nx\n\n# %% b\ny$0\n", "# %% a\nx\n\n$0y\n")
    check(cell_edits.merge_above, "# %%\nx$0\n", None)


def test_move_down() -> None:
    check(
        cell_edits.move_down,
        "# %% a\nx\n$0z\n\n\n# %% b\ny\n\n# %% c\n",
        "# %% b\ny\n\n\n# %% a\nx\n$0z\n\n# %% c\n",
    )
    check(cell_edits.move_down, "# %% a\nx$0\n\n# %% b\ny", "# %% b\ny\n\n# %% a\nx$0")
    check(cell_edits.move_down, "x$0\n# %% b\ny\n", "# %% b\ny\n# %%\nx$0\n")
    check(
        cell_edits.move_down,
        "#!/bin/sh\n# ---\n# a: b\n# ---\n\nx$0\n\n# %% b\ny\n",
        "#!/bin/sh\n# ---\n# a: b\n# ---\n\n# %% b\ny\n\n# %%\nx$0\n",
    )
    check(cell_edits.move_down, "# %%\nx$0\n", None)
    check(cell_edits.move_down, "# ---\n# a: b\n# ---\n$0\n# %% b\ny\n", None)


def test_move_up() -> None:
    check(
        cell_edits.move_up,
        "# %% a\nx\n\n\n# %% b\ny$0\n\n# %% c\n",
        "# %% b\ny$0\n\n\n# %% a\nx\n\n# %% c\n",
    )
    check(
        cell_edits.move_up, "# %% a\r\nx\r\n# %% b\r\n$0y\r\n", "# %% b\r\n$0y\r\n# %% a\r\nx\r\n"
    )
    check(cell_edits.move_up, "x\n\n# %% b\n$0y", "# %% b\n$0y\n\n# %%\nx")
    check(cell_edits.move_up, "# %%$0\nx\n", None)


def test_duplicate() -> None:
    check(
        cell_edits.duplicate,
        "# %% a\nx$0\n\n# %% b\n",
        "# %% a\nx\n\n# %% a\nx$0\n\n# %% b\n",
    )
    check(cell_edits.duplicate, "# %% a\nx$0", "# %% a\nx\n\n# %% a\nx$0")
    check(cell_edits.duplicate, "x$0\n", "x\n\n# %%\nx$0\n")
    check(cell_edits.duplicate, "$0", None)


def test_delete() -> None:
    check(cell_edits.delete, "# %% a\n\n# %% b\n$0x\n\n# %% c\ny\n", "# %% a\n\n$0# %% c\ny\n")
    check(cell_edits.delete, "# %% a\nx\n\n# %% b\ny$0\n", "# %% a\n$0x\n")
    check(cell_edits.delete, "# %% a\nx$0\n", "$0\n")
    check(cell_edits.delete, "# ---\n# a: b\n# ---\nx$0\n# %%\n", "# ---\n# a: b\n# ---\n$0# %%\n")


def test_change_kind() -> None:
    check(
        to_markdown,
        "# %% a k=1\nx\n\n  y$0\n\n# %%\n",
        "# %% a [markdown] k=1\n# x\n#\n$0#   y\n\n# %%\n",
    )
    check(to_markdown, "#%%\nx$0\n", "#%% [markdown]\n$0# x\n")
    check(to_markdown, "x$0\n", "# %% [markdown]\n$0# x\n")
    check(to_markdown, "# %% [raw]\n# x$0\n", "# %% [markdown]\n$0# x\n")
    check(to_markdown, "# %% [md]\n# x$0\n", None)
    check(to_raw, '# %% [md] {"a": 1}\n# x$0\n', '# %% [raw] {"a": 1}\n$0# x\n')
    check(to_code, "# %% t [markdown]\n# x\n#\n#   y$0\n", "# %% t\nx\n\n$0  y\n")
    check(to_code, '# %% [md]\n"""\nx\n\ny$0\n"""\n', "# %%\nx\n\n$0y\n")
    check(to_markdown, "# In[3]:\nx$0\n", "# %% [markdown]\n$0# x\n")
    check(to_markdown, "(* %% *)\nx$0\n", "(* %% [markdown] *)\n$0(* x *)\n", "a.ml")
    check(to_code, "(* %% [markdown] *)\n(* x *)$0\n", "(* %% *)\n$0x\n", "a.ml")


def test_markdown_as_string_and_back() -> None:
    comments = "# %% [markdown]\n$0# # Title\n#\n# text\n\n# %%\n"
    string = '# %% [markdown]\n$0"""\n# Title\n\ntext\n"""\n\n# %%\n'
    check(cell_kind_edits.markdown_as_string, comments, string)
    check(cell_kind_edits.markdown_as_comments, string, comments)
    check(cell_kind_edits.markdown_as_string, string, None)
    check(cell_kind_edits.markdown_as_comments, comments, None)
    check(
        cell_kind_edits.markdown_as_string,
        '# %% [md]\n# """ $0\\alpha\n',
        "# %% [md]\n$0r'''\n\"\"\" \\alpha\n'''\n",
    )
    check(cell_kind_edits.markdown_as_string, "# %% [md]\n# \"\"\" $0'''\n", None)
    check(cell_kind_edits.markdown_as_string, "# %%\nx$0\n", None)


ACTIONS: tuple[Action, ...] = (
    cell_edits.insert_above,
    cell_edits.insert_below,
    cell_edits.split,
    cell_edits.merge_above,
    cell_edits.merge_below,
    cell_edits.move_up,
    cell_edits.move_down,
    cell_edits.duplicate,
    cell_edits.delete,
    to_code,
    to_markdown,
    to_raw,
    cell_kind_edits.markdown_as_comments,
    cell_kind_edits.markdown_as_string,
)


@many
@given(
    SCRIPT,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(ACTIONS),
    st.builds(Position, st.integers(0, 40), st.integers(0, 20)),
)
def test_changes_do_not_overlap_and_the_cursor_is_inside(
    content: str, ending: str, action: Action, cursor: Position
) -> None:
    text = Text.of(ending.join(without_ending(line) for line in Text.of(content).lines))
    edit = action(parse(text, PYTHON), text.clamp(cursor))
    if edit is None:
        return
    assert edit.changes
    ranges = [change.range for change in edit.changes]
    for below, above in pairwise(ranges):
        assert above.end <= below.start
    after = text
    for change in edit.changes:
        assert text.clamp(change.range.start) == change.range.start
        assert text.clamp(change.range.end) == change.range.end
        after = after.apply(change)
    assert 0 <= edit.cursor.line < len(after.lines)
    endings = {line[len(without_ending(line)) :] for line in after.lines}
    assert endings <= {ending, ""} or len(text.lines) == 1


SIMPLE = """# %% a
x = compute(1)

# %% b
y = compute(2)

# %% c
z = compute(3)
"""


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (cell_edits.insert_below, "a b new c"),
        (cell_edits.insert_above, "a new b c"),
        (cell_edits.move_up, "b a c"),
        (cell_edits.move_down, "a c b"),
        (cell_edits.duplicate, "a b new c"),
        (cell_edits.delete, "a c"),
        (cell_edits.merge_above, "a c"),
        (cell_edits.merge_below, "a b"),
        (to_markdown, "a b c"),
    ],
)
def test_ids_follow_the_cells_through_each_edit_and_its_undo(action: Action, expected: str) -> None:
    numbers = count()
    text = Text.of(SIMPLE)
    cells = parse(text, PYTHON)
    roster = first = Roster(cells, ("a", "b", "c"))
    edit = action(cells, Position(4, 0))
    assert edit is not None
    for change in edit.changes:
        before, text = text, text.apply(change)
        lines = line_edit(before, change, text)
        cells = cells.apply_edit(text, lines.first, lines.removed, lines.inserted)
    roster = roster.after(cells, lambda: f"new {next(numbers)}")
    assert " ".join(name.split()[0] for name in roster.ids) == expected
    undone = roster.after(parse(Text.of(SIMPLE), PYTHON), lambda: "wrong")
    assert undone.ids == first.ids
