"""Titles that hold signs of metadata, and how they come through notebooks and jupytext."""

from __future__ import annotations

from typing import Any

import jupytext
import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.markers import grammar_of
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert


def check_marker(line: str, title: str, metadata: dict[str, Any], kind: str = "code") -> None:
    """Compare a marker, its way through a notebook, and how jupytext reads the notebook's."""
    marker = grammar_of(PYTHON).marker(line)
    assert marker is not None
    assert (marker.title, dict(marker.metadata), marker.kind.value) == (title, metadata, kind)
    body = "# text" if kind == "markdown" else "1"
    script = f"{line}\n{body}\n"
    notebook = convert.to_notebook(parse(Text.of(script), PYTHON))
    assert convert.to_script(notebook) == script
    notebook["metadata"].pop("cellbridge", None)  # without the script's own spelling
    naked = convert.to_script(notebook)
    for cells in (
        jupytext.reads(naked, fmt="py:percent").cells,
        convert.to_notebook(parse(Text.of(naked), PYTHON))["cells"],
    ):
        [cell] = cells
        found = {key: cell["metadata"][key] for key in cell["metadata"] if key != "region_name"}
        assert found.pop("title", "") == title
        assert (found, cell["cell_type"]) == (metadata, kind)


@pytest.mark.parametrize(
    "title",
    [
        *("Fit, n=100 samples", "Compute y = f(x)", "Loss (a=b)", "y = 5", "Compute y = 5"),
        *("a == b", "Step 3: lr=0.01, bs=32, more", "k=3 clusters", "Set {a, b}", "Use x={1: 2}."),
        *("key=value=3", "unquoted=some words", "{a} and {b", "Select with .loc", "and so on ..."),
        *("if x >= 0.9", "f(x)=2x", "x->y=", "=", "a=", "50 % of it", 'Say "a=1", not b'),
        *("list comprehension [x for x in y]", "url?a=1&b=c", "r=0.1,", "Title {", "[a=1]"),
    ],
)
def test_prose_is_a_title(title: str) -> None:
    if not title.startswith("{"):
        check_marker(f"# %% {title}", title, {})
    check_marker(f"# %% {title} [markdown]", title, {}, "markdown")
    check_marker(f'# %% {title} [markdown] tags=["a"]', title, {"tags": ["a"]}, "markdown")


@pytest.mark.parametrize(
    ("line", "title", "metadata"),
    [
        ('# %% Real tags=["fast"] name="fit"', "Real", {"tags": ["fast"], "name": "fit"}),
        ('# %% y = f(x) tags=["fast"]', "y = f(x)", {"tags": ["fast"]}),
        ('# %% Load {"tags": ["a"]}', "Load", {"tags": ["a"]}),
        ("# %% n=100", "", {"n": 100}),
        ("# %% Title a=true b=null c=-1.5", "Title", {"a": True, "b": None, "c": -1.5}),
        ("# %% Title note='it is = here'", "Title", {"note": "it is = here"}),
    ],
)
def test_what_reads_as_metadata_to_the_end_is_metadata(
    line: str, title: str, metadata: dict[str, Any]
) -> None:
    check_marker(line, title, metadata)


def test_kaggles_type_word_for_code_is_kept() -> None:
    first = '# %% [code] {"execution":{"iopub.status.busy":"2026"},"scrolled":true}'
    text = '# %% [markdown] {"_kg_hide-input":false}\n# # Title'
    script = f"{first}\nrows = 1\n\n{text}\n\n# %% [code]\nrows + 1\n"
    cells = parse(Text.of(script), PYTHON)
    assert [(cell.kind.value, cell.title) for cell in cells] == [
        ("code", ""),
        ("markdown", ""),
        ("code", ""),
    ]
    assert cells[0].metadata["scrolled"] is True
    notebook = convert.to_notebook(cells)
    assert convert.to_script(notebook) == script
    # A marker that is written again has it, too.
    notebook["cells"][2]["source"] = "rows + 2"
    assert convert.to_script(notebook) == script.replace("rows + 1", "rows + 2")
