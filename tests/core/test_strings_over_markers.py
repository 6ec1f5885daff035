"""A marker inside a string is text; a string left open hides no cells."""

from __future__ import annotations

import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.text import Text


def check_cells(content: str, expected: list[str], name: str = "a.py") -> None:
    """Compare the first lines of all cells with markers."""
    cells = parse(Text.of(content), language_of(name))
    assert [cell.lines[0].strip() for cell in cells if cell.has_marker] == expected


BELOW = '''
# %% two
def g():
    """Doc."""

# %% three
TEXT = """
some text
"""

# %% [markdown]
"""
# Title
"""
'''
ALL = ["# %% one", "# %% two", "# %% three", "# %% [markdown]"]


@pytest.mark.parametrize(
    "typed",
    [
        'x = """',
        'def f():\n    """',
        'def f():\n    """Doc',
        'def f():\n    """Doc.\n\n    Args',
        "x = '''",
        'x = f"""{a',
        "f(r'''",
        'x = """a""" + """',
        "x = 'it\\",
        'x = "abc',
        "s = f'{a",
        "x = (",
    ],
)
def test_a_string_being_typed_hides_no_cell_below(typed: str) -> None:
    check_cells(f"# %% one\n{typed}\n{BELOW}", ALL)


def test_a_string_being_typed_hides_no_code_put_in_quotes() -> None:
    below = '# %% two\nx = 1\n"""\nSome prose, and\nold code\n"""\n# %% three\n'
    check_cells(f'# %% one\nx = """\n{below}', ["# %% one", "# %% two", "# %% three"])


def test_a_string_being_typed_hides_no_docstring_of_directives() -> None:
    below = '# %% two\ndef f():\n    """.. note:: a\n\n    [x] b\n    """\n' * 3
    check_cells(f'# %% one\nx = """\n# abc\n{below}', ["# %% one", *["# %% two"] * 3])


@pytest.mark.parametrize("kind", ['"""', "'''", 'f"""', "Rb'''", 't"""'])
@pytest.mark.parametrize(
    "end",
    ["\n{}", "\nfoo\n{}", "\nfoo\n{})", "\nfoo{}", "\n    {}.strip()", "\n\n{}  # end"],
)
def test_a_script_in_a_string_is_text(kind: str, end: str) -> None:
    quote = kind[-3:]
    content = f"# %% one\nx = {kind}\n# %% not\n# In[1]:{end.format(quote)}\ny = 1\n"
    check_cells(content, ["# %% one"])
    check_cells(content + BELOW, ALL)


def test_a_script_in_a_string_stays_text_while_a_string_is_typed_below() -> None:
    above = '# %% one\nx = """\n# %% not\nfoo\n"""\n'
    check_cells(above + BELOW + '\n# %% last\ndef h():\n    """\n', [*ALL, "# %% last"])


def test_quotes_nested_in_an_f_string_as_python_3_12_reads_them() -> None:
    check_cells(
        '# %% one\nx = f"""{d["""key"""]} {y!r:>{w}} {{ \' }}\n# %% not\n"""\n# %% two\n',
        ["# %% one", "# %% two"],
    )
    check_cells('# %% one\nx = f"{d["k"]}"\ny = f\'{"#"}\'\n# %% two\n', ["# %% one", "# %% two"])


def test_a_string_carried_over_by_a_backslash() -> None:
    check_cells("# %% one\nx = 'a \\\n# %% not'\n# %% two\n", ["# %% one", "# %% two"])


def test_quotes_in_comments_and_magics_open_nothing() -> None:
    check_cells("# %% one\n# don't '''\n!echo '''\n%x \"\"\"\n# %% two\n", ["# %% one", "# %% two"])


def test_other_languages() -> None:
    check_cells(
        "// %% one\nlet s = `\n// %% not\n`\n// %% two\n", ["// %% one", "// %% two"], "a.ts"
    )
    check_cells("// %% one\n/*\n// %% not\n*/\n// %% two\n", ["// %% one", "// %% two"], "a.cpp")
    check_cells("// %% one\n/* open\n// %% two\n/* b */\n", ["// %% one", "// %% two"], "a.cpp")
    check_cells('# %% one\ns = """\n# %% not\n"""\n# %% two\n', ["# %% one", "# %% two"], "a.jl")
    check_cells("# %% one\ns <- 'it\n# %% two\n", ["# %% one", "# %% two"], "a.R")
    check_cells(
        "-- %% one\n-- COMMAND ----------\n", ["-- %% one", "-- COMMAND ----------"], "a.sql"
    )
    check_cells("(* %% one *)\nlet x = 1\n(* %% *)\n", ["(* %% one *)", "(* %% *)"], "a.ml")


def test_a_fence_in_markdown_hides_what_looks_like_a_marker() -> None:
    check_cells(
        "# %% [markdown]\n# ```\n# %% not\n# ```\n# %% two\n", ["# %% [markdown]", "# %% two"]
    )


def test_a_fence_left_open_hides_nothing() -> None:
    # jupytext takes any later fence for its end, also that of another cell.
    check_cells(
        "# %% [markdown]\n# ```python\n# %% two\nx = 1\n# %% [md]\n# ```\n# text\n# ```\n",
        ["# %% [markdown]", "# %% two", "# %% [md]"],
    )
