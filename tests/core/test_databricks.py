"""Databricks' source format: no line of a cell with ``MAGIC`` lines is lost."""

from __future__ import annotations

import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert

HEAD = "# Databricks notebook source\n"


def check_cells(script: str, expected: list[tuple[str, str]]) -> None:
    """Compare kinds and sources in the notebook, and the way back to the script."""
    notebook = convert.to_notebook(parse(Text.of(script), PYTHON))
    assert [(cell["cell_type"], cell["source"]) for cell in notebook["cells"]] == expected
    assert convert.to_script(notebook) == script


def test_code_around_a_magic_is_kept() -> None:
    first = "rows = 1\n# MAGIC %sql SELECT 1\nmore = 2\n"
    script = (
        f"{HEAD}{first}\n# COMMAND ----------\n\n# a comment above\n# MAGIC %md\n# MAGIC # Title\n"
    )
    code = f"{HEAD}{first}".rstrip("\n")
    check_cells(script, [("code", code), ("markdown", "<!-- a comment above -->\n# Title")])
    assert parse(Text.of(script), PYTHON)[0].source.rstrip("\n") == code


@pytest.mark.parametrize(
    ("cell", "kind", "source"),
    [
        ("# MAGIC %md\n# MAGIC # T\nx = 1", "code", "# MAGIC %md\n# MAGIC # T\nx = 1"),
        ("x = 1\n# MAGIC %md\n# MAGIC # T", "code", "x = 1\n# MAGIC %md\n# MAGIC # T"),
        ("# MAGIC %pip install a\nx = 1", "code", "# MAGIC %pip install a\nx = 1"),
        ("if x:\n    y\n    # MAGIC %sh ls", "code", "if x:\n    y\n    # MAGIC %sh ls"),
        ("# why\n# MAGIC %sql\n# MAGIC select 1", "code", "%%sql\n-- why\nselect 1"),
        ("# MAGIC %sql\n# why\n# MAGIC select 1", "code", "%%sql\n-- why\nselect 1"),
        ("# why\n# MAGIC %sh ls", "code", "%%bash ls\n# why"),
        ("# why\n# MAGIC %pip install a", "code", "# why\n%pip install a"),
        ("# MAGIC %md\n# MAGIC a\n# why\n# MAGIC b", "markdown", "a\n<!-- why -->\nb"),
        ("# MAGIC %md a\n# MAGIC %md b", "markdown", "a\n%md b"),
    ],
)
def test_a_cell_with_magics(cell: str, kind: str, source: str) -> None:
    check_cells(f"{HEAD}\n# COMMAND ----------\n{cell}\n", [("code", HEAD.strip()), (kind, source)])


def test_titles_are_titles() -> None:
    script = "# COMMAND ----------\n# DBTITLE 1,Where from\n# MAGIC %md\n# MAGIC Some text\n"
    check_cells(script, [("markdown", "Some text")])
    assert parse(Text.of(script), PYTHON)[0].title == "Where from"
