"""The names of cells in the outline: titles, headings, or the first line of words."""

from __future__ import annotations

import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.structure import outline
from cellbridge.core.document.text import Text


def check_name(content: str, name: str, file: str = "a.py") -> None:
    """Compare the name of the last cell; one without a name is numbered."""
    cells = parse(Text.of(content), language_of(file))
    symbol = outline(cells)[-1]
    assert symbol.name == (name or f"Cell {len(cells)}")


@pytest.mark.parametrize(
    "line",
    [
        *(
            "#| label: fig-a",
            "# | label: fig-a",
            "#| echo: false\n#| fig-cap: A",
            "# noqa",
            "#noqa: E501",
        ),
        *(
            "# type: ignore",
            "# fmt: off",
            "# pylint: disable=all",
            "# ruff: noqa",
            "# mypy: ignore-errors",
        ),
        *(
            "# isort: skip_file",
            "# pragma: no cover",
            "# pyright: basic",
            "# flake8: noqa",
            "%%time",
            "%%bash",
        ),
        *(
            "%load_ext autoreload",
            "# %matplotlib inline",
            "#%%time",
            "# -*- coding: utf-8 -*-",
            "# region",
        ),
        *(
            "# /// script\n# dependencies = ['a']\n# ///",
            "# ---",
            '"""',
            "# ----------",
            "# vim: set ts=4:",
        ),
    ],
)
def test_options_and_comments_for_tools_name_no_cell(line: str) -> None:
    check_name(f"# %%\n{line}\n# Fit the model\nx = 1\n", "Fit the model")
    check_name(f"# %%\n{line}\n\nx = 1\n", "x = 1")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("# %%\n#| label: fig-a\n", ""),
        ("# %%\n%%time\n", "time"),
        ("# %%\n!pip install a\n", "!pip install a"),
        ("#!/usr/bin/env python\n# coding: utf-8\nimport os\n", "import os"),
        ("# %%\n# types of it\nx\n", "types of it"),
        ("# %%\n# typed: all of it\nx\n", "typed: all of it"),
        ("# %%\n# Export the data\nx\n", "Export the data"),
    ],
)
def test_what_names_a_code_cell(content: str, name: str) -> None:
    check_name(content, name)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "```mermaid\ngraph TD\n```",
            "~~~\ncode\n~~~",
            ":::{note}",
            "::: {.callout-note}",
            "---\ntitle: A\n---",
        ),
        *(
            "<!-- a comment -->",
            "<!--\n# a comment\nof lines\n-->",
            "![](a.png)",
            "$$\nx = y\n$$",
            "$$x = y$$",
        ),
        *(
            "\\begin{align}\nx &= y\n\\end{align}",
            "| a | b |\n|---|---|\n| 1 | 2 |",
            "<div align='center'>",
            "<br/>",
        ),
        *(
            "[docs]: https://docs.example",
            "[TOC]",
            "```{code-cell}\nx = 1\n```",
            "(label)=",
            ".. note::",
            "\\[\nx\n\\]",
        ),
        *("{% raw %}", "+++", "---", "***"),
    ],
)
def test_what_is_no_prose_names_no_cell(text: str) -> None:
    commented = "".join(f"# {line}\n" for line in text.split("\n"))
    check_name(f"# %% [markdown]\n{commented}# The results\n", "The results")
    check_name(f"# %% [markdown]\n{commented}#\n# # The results\n", "The results")
    check_name(f"# %% [markdown]\n{commented}", "")


def test_an_image_has_a_name_of_last_resort() -> None:
    check_name("# %% [markdown]\n# ![A plot](a.png)\n", "A plot")
    check_name("# %% [markdown]\n# ![A plot](a.png)\n# Some words\n", "Some words")


def test_other_languages() -> None:
    check_name("# %%\n#| label: fig-a\nx <- 1\n", "x <- 1", "a.R")
    check_name("// %%\n//| echo: false\nint x;\n", "int x;", "a.cpp")
