"""Texts made to be slow: reading them stays in proportion to their length."""

from __future__ import annotations

import time

import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.structure import folds, links, outline
from cellbridge.core.document.text import Text

LIMIT = 10.0
"""Seconds of the processor for what takes less than one here; what is quadratic takes minutes."""
MARKDOWN = "# %% [md]\n# "


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ('x = """\n# %%\nfoo\n"""\n' * 3000, "a.py"),
        ('# %%\nx = """\n' * 3000, "a.py"),
        ("// %%\n`\n" * 3000, "a.ts"),
        ("// %%\n/*\n" * 3000, "a.cpp"),
        ("# %% [md]\n# ```\n# %%\n" * 3000, "a.py"),
        ("# %% [md]\n" + "# ```a\n" * 10000, "a.py"),
        ("# %% " + "a=b " * 10000, "a.py"),
        ("# %% " + 'a="b ' * 10000, "a.py"),
        ('# %% {"a":' + "[" * 20000, "a.py"),
        ("# %%\n" + '"""' * 20000, "a.py"),
        ('# %%\nf"""' + "{" * 20000, "a.py"),
        ("# %%\n" + "f'{" * 5000, "a.py"),
        ("# %%\n" + " " * 30000 + "?\n#" + " " * 30000 + "x", "a.py"),
        (MARKDOWN + "[a](" * 10000, "a.py"),
        (MARKDOWN + "` `` " * 3000, "a.py"),
        (MARKDOWN + "http://" + ")" * 30000, "a.py"),
        (MARKDOWN + "# " * 20000, "a.py"),
    ],
)
def test_hostile_texts_take_no_more_than_their_length_asks_for(content: str, name: str) -> None:
    start = time.process_time()
    cells = parse(Text.of(content), language_of(name))
    for cell in cells:
        assert cell.kind
        assert cell.source is not None
    assert outline(cells) is not None
    assert folds(cells) is not None
    assert links(cells) is not None
    assert time.process_time() - start < LIMIT
