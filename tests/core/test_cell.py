"""The properties of a single cell."""

from __future__ import annotations

import pytest

from cellbridge.core.document.cells import Cell, CellKind, parse
from cellbridge.core.document.languages import PYTHON, language_named, language_of
from cellbridge.core.document.text import Text


def cell_of(content: str, name: str = "a.py") -> Cell:
    return parse(Text.of(content), language_of(name))[0]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("# %%\nx\n\n# a comment\n\n", 1),
        ("# %%\n# only\n# comments\n\n", 2),
        ("# %%\n\n", None),
        ("# %%", None),
        ("", None),
        ("x\n# %time y\n", 1),
        ('x = """\n# text\n"""\n# end\n', 2),
        ('x = """\n# text', 1),
        ("# %% [md]\n# text\n\n", 1),
        ("# In[3]:\nx\ny", 2),
    ],
)
def test_the_last_line_of_code(content: str, line: int | None) -> None:
    assert cell_of(content).last_code_line == line


def test_kind_title_tags_and_metadata() -> None:
    cell = cell_of('# %%% A title [markdown] tags=["a", "b"] n=1 flag\n# text\n')
    assert (cell.kind, cell.title, cell.depth) == (CellKind.MARKDOWN, "A title", 1)
    assert cell.tags == {"a", "b"}
    assert cell.metadata == {"tags": ["a", "b"], "n": 1, "flag": None}
    assert (cell.source, cell.body, cell.body_offset) == ("text", "# text\n", 1)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ('active="py"', CellKind.RAW),
        ('active="ipynb,py"', CellKind.CODE),
        ('tags=["active-ipynb"]', CellKind.CODE),
        ('tags=["active-py"]', CellKind.RAW),
        ('run_control={"frozen": true}', CellKind.CODE),
        ('cell_type="markdown"', CellKind.MARKDOWN),
        ("[markdown]", CellKind.MARKDOWN),
        ("[Markdown]", CellKind.CODE),
        ("see [markdown] docs", CellKind.MARKDOWN),
        ("md", CellKind.CODE),
    ],
)
def test_kinds(options: str, kind: CellKind) -> None:
    assert cell_of(f"# %% {options}\n# x = 1\n").kind is kind


@pytest.mark.parametrize(
    "body",
    ["# # T\n#\n# text", '"""\n# T\n\ntext\n"""', "r'''# T\n\ntext'''", "## T\n\ntext"],
)
def test_markdown_text_from_every_spelling(body: str) -> None:
    assert cell_of(f"# %% [markdown]\n{body}\n\n").source.replace("# T", "T").strip("# ") == (
        "T\n\ntext"
    )


def test_databricks_markdown_and_title() -> None:
    cell = cell_of(
        "# COMMAND ----------\n# DBTITLE 1,Where from\n# MAGIC %md # Hi\n# MAGIC\n# MAGIC x"
    )
    assert (cell.kind, cell.title, cell.source) == (CellKind.MARKDOWN, "Where from", "# Hi\n\nx")


def test_equal_cells_are_equal() -> None:
    assert cell_of("# %%\nx\n") == cell_of("# %%\nx\n")
    assert len({cell_of("# %%\nx\n"), cell_of("# %%\nx\n"), cell_of("# %%\ny\n")}) == 2


@pytest.mark.parametrize(
    ("name", "identifier", "expected"),
    [
        ("/a/b.py", None, "python"),
        ("C:\\a\\b.R", None, "R"),
        ("b.r", "python", "R"),
        ("untitled:Untitled-1", "julia", "julia"),
        ("b.unknown", "typescriptreact", "typescript"),
        ("b.unknown", "plaintext", "python"),
        ("noextension", None, "python"),
        ("b.PY", None, "python"),
    ],
)
def test_the_language_of_a_document(name: str, identifier: str | None, expected: str) -> None:
    assert language_of(name, identifier).name == expected


def test_languages_by_the_names_of_kernels() -> None:
    assert language_named("Python") == PYTHON
    assert language_named("C++") == language_of("a.cpp")
    assert language_named("nothing") is None
