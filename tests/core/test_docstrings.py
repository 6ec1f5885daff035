"""Results that only repeat the text of their cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.python.docstrings import repeats_code

LONG = '"""Prices of the year.\n\nThey are in euros.\n"""'


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ('"""Prices."""', "Prices."),
        ("'''Prices.'''\n\n", "Prices."),
        (f"# %%\n{LONG}", "Prices of the year.\n\nThey are in euros.\n"),
        (LONG.replace("\n", "\r\n"), "Prices of the year.\n\nThey are in euros.\n"),
        (f"x = 1\n{LONG}", "Prices of the year.\n\nThey are in euros.\n"),
        ('r"""C:\\prices"""', "C:\\prices"),
        ('"""It\'s "dear"…"""', 'It\'s "dear"…'),
        ('""""""', ""),
    ],
)
def test_a_text_in_triple_quotes_is_not_a_result(code: str, value: str) -> None:
    assert repeats_code(code, repr(value))


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ('"Prices."', "Prices."),
        ("'a'; '''b'''", "b"),
        ('f"""{x}"""', "{x}"),
        ('x = 1; x or """text"""', "text"),
        ('"one" """two"""', "two"),
        ('"""a\\tb"""', "a\tb"),
        ('"""text""".upper()', "TEXT"),
        ('"""text"""\nx', "text"),
        ('"""text"""\n3', 3),
        ('b"""text"""', b"text"),
        ("", ""),
    ],
)
def test_other_values_are_results(code: str, value: object) -> None:
    assert not repeats_code(code, repr(value))


@given(st.text(), st.text())
def test_any_text_is_compared(text: str, result: str) -> None:
    assert repeats_code(f'{text}"""', f"'{result}") in {False, True}
    plain = text.replace("\\", "").replace("\r", "")
    assert repeats_code(f'"""{plain}"""', repr(plain))
