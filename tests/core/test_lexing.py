"""The tokenizer: Python's own as the oracle on real code, and what Python's cannot read."""

from __future__ import annotations

import io
import sysconfig
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.document.languages import PYTHON, language_of
from cellbridge.core.document.lexing import delimiters, is_plain, lexer_for, states
from cellbridge.core.document.text import split_lines
from support.any_text import SCRIPT, many

LIBRARY = Path(sysconfig.get_path("stdlib"))


def real_code() -> list[Path]:
    """Name files of the standard library, its tests of strings among them."""
    found = sorted(LIBRARY.glob("*.py"))[::4] + sorted(LIBRARY.glob("test/test_*string*.py"))
    return [path for path in found if "bad" not in path.name]


def lines_in_strings(content: str) -> set[int]:
    """Return the lines that begin in a string, by the standard tokenizer.

    Left out: in Python 3.12 an f-string in single quotes may span lines within a
    replacement field. We end it with its line on purpose, as one that was never closed.
    """
    inside: set[int] = set()
    formatted: list[tuple[int, bool]] = []
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "STRING":
            inside.update(range(token.start[0], token.end[0]))
        elif kind in {"FSTRING_START", "TSTRING_START"}:  # since Python 3.12
            formatted.append((token.start[0], token.string.endswith(('"""', "'''"))))
        elif kind in {"FSTRING_END", "TSTRING_END"}:
            first, spans_lines = formatted.pop()
            if spans_lines:
                inside.update(range(first, token.end[0]))
    return inside


def test_real_code_is_read_as_pythons_tokenizer_reads_it() -> None:
    read = 0
    for path in real_code():
        content = path.read_text("utf-8", "replace")
        if "\x0c" in content or "\r" in content:
            continue
        try:
            inside = lines_in_strings(content)
        except (tokenize.TokenError, SyntaxError):
            continue
        lines = split_lines(content)
        ours = {k for k, state in enumerate(states(lines, PYTHON)) if state}
        bracketed = {
            k
            for k, state in enumerate(states(lines, PYTHON, brackets=True))
            if any(item.strip("f") in {"'", '"', "'''", '"""'} for item in state)
        }
        assert ours == bracketed == inside, path
        read += 1
    assert read > 30


def check_states(content: str, expected: list[tuple[str, ...]]) -> None:
    lines = split_lines(content)
    assert list(states(lines, PYTHON, brackets=True)) == expected


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("x = 1\n", ()),
        ("f(a, [\n", ("(", "[")),
        ("f(a)]\n", ()),
        ("x = a + \\\n", ("\\",)),
        ("'it's\n", ()),
        ("'a\\\n", ("'",)),
        ('"""a\n', ('"""',)),
        ('r"""\\"\n', ('"""',)),
        ('"""a\\"""\n', ('"""',)),
        ('"""a"""\n', ()),
        ('""""a\n', ('"""',)),
        ('f"""{\n', ('f"""', "{f")),
        ('f"""{{\n', ('f"""',)),
        ('f"""{x:\n', ('f"""', ":f")),
        ('f"""{x!r:{w}}\n', ('f"""',)),
        ('f"""{ {"a": 1}["a"] }\n', ('f"""',)),
        ('f"""{x:"""\n', ()),
        ('f"{x["\n', ()),
        ('rb"""\n', ('"""',)),
        ('Rf"""{a}\n', ('f"""',)),
        ('f"""\\N{DASH}\n', ('f"""',)),
        ("# '''\n", ()),
        ("%time '''\n", ()),
        ("!echo '''\n", ()),
        ("x != '''\n", ("'''",)),
    ],
)
def test_the_state_after_a_line(line: str, state: tuple[str, ...]) -> None:
    assert lexer_for(PYTHON, brackets=True).after(line, ()) == state


def test_states_line_by_line() -> None:
    check_states(
        "f(\n  '''a\nb''',\n)\nx = 1 + \\\n2\ny\n",
        [(), ("(",), ("(", "'''"), ("(",), (), ("\\",), (), ()],
    )


@many
@given(SCRIPT, st.sampled_from(["a.py", "a.jl", "a.ts", "a.hs", "a.lua", "a.ps1"]))
def test_lines_without_a_delimiter_can_be_passed_over(content: str, name: str) -> None:
    language = language_of(name)
    lexer = lexer_for(language)
    state: tuple[str, ...] = ()
    for line in split_lines(content):
        after = lexer.after(line, state)
        if is_plain(state) and not any(mark in line for mark in delimiters(language)):
            assert after == state
        state = after
