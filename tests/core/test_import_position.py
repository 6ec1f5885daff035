"""The position of a cursor in an import statement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.python.import_position import ImportKind, import_at


def check_position(script: str, expect: str | None) -> None:
    """``|`` is the cursor; the position is written as ``kind package prefix``."""
    before, _, after = script.partition("|")
    found = import_at(before + after, len(before))
    shown = None if found is None else f"{found.kind} {found.package or '-'} {found.prefix or '-'}"
    assert shown == expect


@pytest.mark.parametrize(
    ("script", "expect"),
    [
        ("import |", "module - -"),
        ("import nump|", "module - nump"),
        ("import nump|y.linalg", "module - nump"),
        ("import numpy.li|", "module numpy li"),
        ("import numpy.linalg.|", "module numpy.linalg -"),
        ("import os, sy|", "module - sy"),
        ("import os as system, os.path as path, xml.do|", "module xml do"),
        ("x = 1; import nu|", "module - nu"),
        ("if True: import nu|", "module - nu"),
        ("def f():\n    import nu|\n", "module - nu"),
        ("from nu|", "module - nu"),
        ("from numpy.li|", "module numpy li"),
        ("from numpy.|", "module numpy -"),
        ("from numpy import |", "name numpy -"),
        ("from numpy import li|", "name numpy li"),
        ("from numpy.linalg import norm as n, so|", "name numpy.linalg so"),
        ("from numpy import (li|", "name numpy li"),
        ("from numpy import(li|", "name numpy li"),
        ("from numpy import (\n    mean,  # a (comment, with)\n    li|\n)", "name numpy li"),
        ("import größe|", "module - größe"),
        ("import numpy |", None),
        ("import numpy as n|", None),
        ("from numpy |", None),
        ("from numpy import mean |", None),
        ("from numpy import (mean)\nli|", None),
        ("from numpy import (mean)\nf(li|", None),
        ("importer|", None),
        ("import_nu|", None),
        ("x.import nu|", None),
        ("# import nu|", None),
        ("%%bash\nimport nu|", None),
        ('"""\nimport nu|\n"""', None),
        ("raise E from nu|", None),
        ("yield from nu|", None),
        ("import nu\nnu|", None),
        ("", None),
    ],
)
def test_positions(script: str, expect: str | None) -> None:
    check_position(script, expect)


@given(
    st.lists(
        st.sampled_from(["import", "from", " ", "\n", "a", ".", ",", "(", ")", "#", "'", "as", ";"])
        | st.text(max_size=3)
    ).map("".join),
    st.integers(0, 40),
)
def test_no_text_is_too_strange(code: str, offset: int) -> None:
    found = import_at(code, min(offset, len(code)))
    if found is not None:
        assert code[: min(offset, len(code))].endswith(found.prefix)
        assert found.package or found.kind is ImportKind.MODULE


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("import " + "a, " * 3_000, True),
        ("from a import (" + "b as c, " * 1_000, True),
        ("import " + "a " * 50_000, False),
        ("from a import " + "b " * 50_000, False),
    ],
    ids=["modules", "names", "no commas", "no commas between names"],
)
def test_a_long_line_is_read_in_linear_time(line: str, *, known: bool) -> None:
    assert (import_at(line, len(line)) is not None) is known
