"""Notebooks near the format: valid ones, and ones changed in a few places as other programs do.

Owns the generated material. It must not check anything.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

SOURCES = st.sampled_from(
    ["", "x = 1", "x\n", "a\nb\n\n", "def f():\n    pass\n", "print(1)\n    ", "\n\ny", "é\x0cz"]
)
_COUNTS = st.sampled_from([None, 0, 3])
_METADATA = st.sampled_from(
    [{}, {"tags": ["a", "b"]}, {"collapsed": True}, {"scrolled": "auto"}, {"name": "n"},
     {"jupyter": {"source_hidden": True}}, {"execution": {"iopub.status.busy": "now"}}, {"x": [1]}]
)  # fmt: skip
_OUTPUTS = st.sampled_from(
    [
        {"name": "stdout", "output_type": "stream", "text": "1\n2\n"},
        {"name": "stderr", "output_type": "stream", "text": ["1\n", "2"]},
        {"ename": "E", "evalue": "v", "output_type": "error", "traceback": ["a", "b"]},
        {"data": {"text/plain": "1"}, "execution_count": 3, "metadata": {},
         "output_type": "execute_result"},
        {"data": {"application/json": {"a": 1}, "text/html": ["<b>\n", "1"]}, "metadata": {},
         "output_type": "display_data"},
    ]
)  # fmt: skip
_NOTEBOOK_METADATA = st.sampled_from(
    [
        {},
        {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
         "language_info": {"codemirror_mode": {"name": "ipython"}, "name": "python"}},
        {"authors": [{"name": "A"}], "orig_nbformat": 4, "title": "T"},
    ]
)  # fmt: skip


def lines(source: str) -> list[str]:
    """Return a text as nbformat writes it."""
    parts = source.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


@st.composite
def notebooks(draw: st.DrawFn) -> Json:
    """Draw a valid notebook of version 4.5 or 4.4, with its sources as lists or as strings."""
    minor, form = draw(st.sampled_from([5, 5, 4, 2])), draw(st.sampled_from([lines, str]))
    cells: list[Json] = []
    for number in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["code", "code", "markdown", "raw"]))
        cell: Json = {"cell_type": kind}
        if kind == "code":
            cell["execution_count"] = draw(_COUNTS)
        if minor == 5:
            cell["id"] = f"cell-{number}"
        cell["metadata"] = copy.deepcopy(draw(_METADATA))
        if kind == "code":
            cell["outputs"] = copy.deepcopy(draw(st.lists(_OUTPUTS, max_size=2)))
        cell["source"] = form(draw(SOURCES))
        cells.append(cell)
    metadata = copy.deepcopy(draw(_NOTEBOOK_METADATA))
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}


_ODD = st.sampled_from(
    [None, "", "*", "x", "a b", "a,b", "true", "7", [], {}, ["a", "a"], ["a\n", ["b", None]], [1],
     [{}], {"a": 1}, 0, 1, -1, 3.0, 2.5, True, "x" * 70, "stdout", "heading", "pyout"]
)  # fmt: skip
_OTHER_KEYS = st.sampled_from(
    ["id", "name", "level", "text", "outputs", "attachments", "prompt_number", "worksheets",
     "input", "transient", "collapsed", "scrolled", "tags", "format", "jupyter", "execution",
     "kernelspec"]
)  # fmt: skip


def _containers(value: Any) -> list[Any]:
    """Return all objects and lists within a value that are not empty."""
    inner = list(value.values()) if isinstance(value, dict) else value
    found = [one for item in inner if isinstance(item, (dict, list)) for one in _containers(item)]
    return [value, *found] if value else found


@st.composite
def near(draw: st.DrawFn) -> Json:
    """Draw a notebook with one to four changes anywhere in it."""
    notebook = draw(notebooks())
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from(_containers(notebook)))
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        change = draw(st.sampled_from(["remove", "odd", "odd", "add", "wrap", "copy"]))
        if change == "remove":
            del place[key]
        elif change == "odd":
            place[key] = copy.deepcopy(draw(_ODD))
        elif change == "wrap":
            place[key] = [place[key]]
        elif isinstance(place, list):
            place.insert(0, copy.deepcopy(place[key]))
        else:
            place[draw(_OTHER_KEYS)] = copy.deepcopy(place[key] if change == "copy" else draw(_ODD))
        if not notebook:
            break
    return notebook
