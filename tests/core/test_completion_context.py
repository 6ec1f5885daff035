"""The context of a cursor in unfinished code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.python.completion_context import (
    call_at,
    context_at,
    expression_at,
    in_magic,
    is_name_at,
)


def check_place(marked: str, expected: str) -> None:
    """Compare kind, receiver, prefix and holders at the ``$0`` of some code."""
    code, _, after = marked.partition("$0")
    place = context_at(code + after, len(code))
    holders = ["".join(map(str, holder)) for holder in place.brackets]
    parts = [place.kind.value, place.receiver, place.prefix, *holders]
    assert " | ".join(part for part in parts if part) == expected
    assert code[place.start :] == place.prefix


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("df.gr$0", "attribute | df | gr"),
        ('df.groupby("key").$0', 'attribute | df.groupby("key")'),
        ('(df\n .groupby("a")  # why\n .me$0', 'attribute | df\n .groupby("a") | me'),
        ("x = a + b[0].c.$0d", "attribute | b[0].c"),
        ('"abc".up$0', 'attribute | "abc" | up'),
        ("f(x)(y)[0].$0", "attribute | f(x)(y)[0]"),
        ("if x in df.$0", "attribute | df"),
        ("nu$0", "name | nu"),
        ("plot(data, x=1, co$0", "name | co | callplot2"),
        ("plot(data, x=$0", "name | callplot1x"),
        ('df["$0', 'string | " | subscriptdf0'),
        ("df[['a', 'b$0", "string | ' | b | literal1 | subscriptdf0"),
        ('df.loc[:, "$0', 'string | " | subscriptdf.loc1'),
        ('df.sort_values(by="k$0', 'string | " | k | calldf.sort_values0by'),
        ('f.select(pl.col("$0', 'string | " | callpl.col0 | callf.select0'),
        ('df.query("a > 1 and b$0', 'string | " | a > 1 and b | calldf.query0'),
        ("1.$0", "other"),
        ("# df.$0", "other"),
        ("%timeit df.$0", "other"),
        ('print(f"{x.$0', "other"),
        ("'open\ndf.$0", "attribute | df"),
        ("😀 = 1; é.$0", "attribute | é"),
    ],
)
def test_place(marked: str, expected: str) -> None:
    check_place(marked, expected)


@pytest.mark.parametrize(
    ("code", "local", "assigned"),
    [
        ("df.", False, False),
        ("df = load()\ndf.", False, True),
        ("def f(df):\n    df.", True, True),
        ("def f(a):\n    df = a\n    if a:\n        df.", True, True),
        ("def f(df): pass\ndf.", False, False),
        ("for df in all:\n    df.", False, True),
        ("def f(other):\n    df.", False, False),
    ],
)
def test_names_of_the_code_itself(code: str, local: bool, assigned: bool) -> None:
    place = context_at(code, len(code))
    assert (place.local, place.assigned) == (local, assigned)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("f(a, b)[1]", "f a b"),
        ("x.y = {k: 5.5}; z", "x y k z"),
        ("not a if b in c else ...", "not a if b in c else"),
        ("@d\ndef g() -> int: pass", "d def g int pass"),
        ("x += 0x1f ** y @ -z", "x y z"),
        ("df['a b'] # c", "df a b c"),
        ("%time f(x)", "%time f x"),
    ],
)
def test_only_names_and_texts_have_help(code: str, names: str) -> None:
    shown = "".join(
        sign if is_name_at(code, at) and not sign.isspace() else " " for at, sign in enumerate(code)
    )
    assert shown.split() == names.split()
    assert is_name_at("value", 5)
    assert not is_name_at("", 0)


def test_expressions_and_calls_around_a_cursor() -> None:
    assert expression_at("x = np.mean(a)", 8).receiver == "np.mean"
    assert expression_at("x = 1", 5) is None
    assert expression_at("for x in y", 2) is None
    holder, _ = call_at("f(g(1), x.y, key=", 17)
    assert (holder.expression, holder.position, holder.keyword) == ("f", 2, "key")
    assert call_at("def f(a, ", 9) is None
    assert in_magic("x = 1\n%time f(x)", 12)
    assert not in_magic("x = 5 % 3", 9)


@given(st.text(alphabet="ab.([{}])\"'#\n\\ =,%:1f", max_size=60), st.data())
def test_any_code_can_be_read(code: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(code)))
    place = context_at(code, offset)
    assert 0 <= place.start <= offset
    expression_at(code, offset)
    call_at(code, offset)
