"""The hash of a cell: the same for the same text, and another for another text."""

from __future__ import annotations

import pytest
from hypothesis import given

from cellbridge.core.document.cell_hash import HASH_LENGTH, cell_hash
from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.matching import text_key
from cellbridge.core.document.text import Text
from support.any_text import SCRIPT, many


def hash_of(text: str) -> str:
    (cell,) = parse(Text.of(text), PYTHON)
    return cell_hash(cell)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("# %%\nx = 1\n", "# %%\nx = 1\n\n  \n", True),
        ("# %%\nx = 1\n", "# %%\r\nx = 1\r\n", True),
        ("# %%\nx = 1", "# %% title\nx = 1", False),
        ("x = 1", "x = 2", False),
        ("x = '\u2028'", "x = '\n'", False),
        (" x", "x", False),
        ("\ud800", "?", False),
    ],
)
def test_only_blank_ends_and_line_endings_do_not_count(one: str, other: str, same: bool) -> None:
    assert (hash_of(one) == hash_of(other)) is same
    assert len(hash_of(one)) == HASH_LENGTH


@many
@given(SCRIPT)
def test_cells_have_one_hash_if_they_have_one_text(text: str) -> None:
    cells = parse(Text.of(text), PYTHON)
    keys = {text_key(cell) for cell in cells}
    assert len({cell_hash(cell) for cell in cells}) <= len(keys)
