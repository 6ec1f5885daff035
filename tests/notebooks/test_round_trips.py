"""Scripts and notebooks survive the way to the other form and back, whatever they hold."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert
from support import percent
from support.percent import CODE, MAGICS, MARKERS, ODD, PROSE, to_notebook, to_script

ALL = (*MARKERS, *CODE, *MAGICS, *PROSE, *ODD)
scripts = st.lists(
    st.tuples(st.sampled_from(ALL) | st.text(max_size=6), st.sampled_from(["\n", "\r\n", "\r"])),
    max_size=14,
).map(lambda lines: "".join(line + end for line, end in lines))
one_ending = st.builds(
    lambda lines, end, last: end.join(lines) + last,
    st.lists(st.sampled_from(ALL), max_size=14),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "\n\n\n"]),
)
PROLOGUES = (
    "#!/usr/bin/env python\n",
    "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n",
    "# /// script\n# dependencies = []\n# ///\n",
    "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n",
    "# ---\n# title: A page\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py\n# ---\n\n\n",
    "# ---\n# title: A page\n# ---\n# %%\n",
    "# ---\n# jupyter: [broken\n# ---\n",
    "# ---\n# never closed\n",
    '"""A docstring."""\n\nfrom __future__ import annotations\n',
    "\n\n\n",
)


@given(scripts | one_ending)
@example("# %% [markdown]\n# a\n# ```\n# %%\nx = '''\n")
@settings(max_examples=300)
def test_script_to_notebook_to_script_keeps_every_byte(script: str) -> None:
    made = to_notebook(script)
    assert to_script(made) == script
    nbformat.validate(nbformat.from_dict(copy.deepcopy(made)))


@given(st.sampled_from(PROLOGUES), one_ending)
def test_what_stands_above_the_cells_is_kept_too(prologue: str, script: str) -> None:
    assert to_script(to_notebook(prologue + script)) == prologue + script
    crlf = prologue.replace("\n", "\r\n")
    assert to_script(to_notebook(crlf + script)) == crlf + script


@pytest.mark.parametrize("name", ["a.R", "a.jl", "a.js", "a.sql", "a.ml", "a.m", "a.clj", "a.hs"])
@given(lines=st.lists(st.sampled_from(ALL), max_size=12))
@settings(max_examples=40)
def test_scripts_of_other_languages_are_kept_too(name: str, lines: list[str]) -> None:
    language = language_of(name)
    close = f" {language.suffix}" if language.suffix else ""
    script = "\n".join(
        language.comment + line[1:] + close if line.startswith("#") else line for line in lines
    )
    made = convert.to_notebook(parse(Text.of(script), language))
    assert convert.to_script(made, language) == script


text_line = st.sampled_from(ALL) | st.text(max_size=8)
sources = st.lists(text_line, max_size=5).map("\n".join)
metadata = st.sampled_from(
    [*percent.METADATA, {"my key": 1}, {"title": "[markdown]"}, {"title": "a=b"}, {"title": "%x"}]
)


@st.composite
def notebooks(draw: st.DrawFn) -> dict[str, Any]:
    cells: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["code", "markdown", "raw"]))
        cell: dict[str, Any] = {
            "cell_type": kind,
            "id": f"c{number}",
            "metadata": dict(draw(metadata)),
            "source": draw(sources),
        }
        if kind == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": str(number)}]
        else:
            cell["attachments"] = {"a.png": {"image/png": "iVBO"}}
        cells.append(cell)
    return {"cells": cells, "metadata": {"x": 1}, "nbformat": 4, "nbformat_minor": 5}


@given(notebooks())
@settings(max_examples=300)
def test_notebook_to_script_to_notebook_keeps_everything(notebook: dict[str, Any]) -> None:
    before = copy.deepcopy(notebook)
    assert to_notebook(to_script(notebook), notebook) == before
    assert notebook == before


BLANK = (
    *("", "", " ", "    ", "\t", "\x0c", "x", "def f():", "    pass", "class A: pass", "# c"),
    "%%bash",
)
FRONTS = (
    *(
        "---\na: 1\n---",
        "---\na: 1\n---\n",
        "\n---\n---",
        "---\n---",
        "---\n\n \nb:\n  - c \n---  ",
    ),
    *(
        "---\njupyter:\n  x: 1\n---",
        "---\n---\na: 1\n---",
        "---\r\na: 1\r\n---",
        "---\njupyter: [\n---",
    ),
)
ends = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"])
blank_sources = st.lists(
    st.tuples(st.sampled_from(BLANK) | st.sampled_from(ALL), ends | st.just("\n")), max_size=6
).map(lambda lines: "".join(line + end for line, end in lines))
any_source = st.builds(lambda text, last: text + last, blank_sources, st.sampled_from(BLANK))
in_text = st.sampled_from(
    [{}, {}, {}, {"tags": ["a", "b"]}, {"title": "a b"}, {"title": "a=b"}, {"x": None},
     {"cell_depth": 1}, {"slideshow": {"slide_type": "slide"}}, {"my key": [1, {"a": "\n"}]},
     {"name": "n"}]
)  # fmt: skip


def cell_of(kind: str, source: str, metadata: dict[str, Any], number: int) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "id": f"c{number}", "metadata": metadata}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return {**made, "source": source}


@given(
    st.lists(
        st.tuples(st.sampled_from(["code", "code", "markdown", "raw"]), any_source, in_text),
        max_size=5,
    ),
    st.sampled_from(["a.py", "a.py", "a.R", "a.jl", "a.ml"]),
    st.sampled_from(["", "", *FRONTS]),
)
@settings(max_examples=300, deadline=None)
def test_a_script_alone_gives_each_text_kind_and_metadata_back(
    drawn: list[tuple[str, str, dict[str, Any]]], name: str, front: str
) -> None:
    drawn = [*([("raw", front, {})] if front else []), *drawn]
    cells = [cell_of(*one, number) for number, one in enumerate(drawn)]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    language = language_of(name)
    script = convert.to_script(notebook, language)
    back = convert.to_notebook(parse(Text.of(script), language))
    assert [(c["cell_type"], c["source"], c["metadata"]) for c in back["cells"]] == drawn, script
    assert convert.to_script(back, language) == script
    beside = convert.to_notebook(parse(Text.of(script), language), notebook)
    assert beside["cells"] == cells


@given(notebooks())
@settings(max_examples=300)
def test_text_alone_keeps_types_and_sources(notebook: dict[str, Any]) -> None:
    back = to_notebook(to_script(notebook))
    assert [said(cell) for cell in back["cells"]] == [said(cell) for cell in notebook["cells"]]


def said(cell: dict[str, Any]) -> tuple[str, str]:
    return cell["cell_type"], cell["source"]


@given(notebooks(), st.integers(0, 4), st.sampled_from(["y = 2\n", "# %%\nnew()\n", ""]))
def test_an_edited_script_keeps_what_its_other_cells_had(
    notebook: dict[str, Any], at: int, text: str
) -> None:
    script = to_script(notebook)
    cells = parse(Text.of(script), language_of("a.py"))
    line = cells.first_line(min(at, len(cells) - 1))
    lines = Text.of(script).lines
    edited = "".join((*lines[:line], text, *lines[line:]))
    made = to_notebook(edited, notebook)
    assert to_script(made) == edited
    ids = [cell["id"] for cell in made["cells"]]
    assert len(ids) == len(set(ids))


@given(notebooks(), notebooks())
def test_any_companion_leaves_the_script_exact(one: dict[str, Any], other: dict[str, Any]) -> None:
    script = to_script(one)
    assert to_script(to_notebook(script, other)) == script
