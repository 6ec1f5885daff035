"""The names that lines of a text bind, for when an analysis takes too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.analysis.bound_names import candidates
from support.fixture import without_cursor

SCRIPT = """\
import os.path, sys
import numpy as np
from pathlib import Path as P, PurePath
first, second = 1, 2
count: int = 3
count += 1
if first == second: pass
for row in range(3): pass
with open("a") as file: pass
async def fetch(url): pass
class Account: pass
frame["a"] = 1
"""


def names(text: str) -> dict[str, str]:
    """The names at ``$0`` with their kinds."""
    script, at = without_cursor(text)
    found = candidates(script, at.line, 0, 0)
    return {item.text: item.kind for item in found}


def test_the_top_of_a_script() -> None:
    assert names(SCRIPT + "$0") == {
        "os": "",
        "sys": "",
        "np": "",
        "P": "",
        "PurePath": "",
        "first": "statement",
        "second": "statement",
        "count": "statement",
        "row": "statement",
        "file": "statement",
        "fetch": "function",
        "Account": "class",
    }


def test_the_function_around() -> None:
    text = """\
def other(hidden):
    unseen = 1

def pay(amount, *rest, rate=0.5, **more):
    total = amount
    if total:
        part = 1
        $0
"""
    found = names(text)
    assert {"amount", "rest", "rate", "more", "total", "part"} <= set(found)
    assert not {"hidden", "unseen"} & set(found)


@pytest.mark.parametrize("text", ["x == 1$0", "# x = 1$0", "    y = 2\n$0", "$0"])
def test_what_binds_nothing(text: str) -> None:
    assert names(text) == {}


@given(st.text(), st.integers(0, 5))
def test_any_text_is_read(text: str, line: int) -> None:
    candidates(text, line, 0, 0)
