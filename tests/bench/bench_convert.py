"""Scripts and notebooks converted into one another: ours and jupytext's, and JSON alone."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import jupytext
import nbformat

from bench.rows import Row, Timing, alternate
from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert
from cellbridge.notebooks import ipynb

CODE_LINES = 14


def script() -> str:
    """Return a script of 1,000 cells, one in five of them text, with about 16 lines each."""
    cells: list[str] = []
    for number in range(1000):
        if number % 5 == 0:
            cells.append(f"# %% [markdown]\n# ## Part {number}\n#\n# Some *text* about it.\n")
            continue
        lines = [f"value_{number}_{k} = compute({k}) + 1  # a note" for k in range(CODE_LINES)]
        cells.append("\n".join(["# %%", *lines, f"print(value_{number}_0)\n"]))
    return "\n".join(cells)


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that ``work`` took."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def there_and_back() -> Timing:
    """Convert 1,000 cells to a notebook's values and back to a script."""
    text = script()

    def ours() -> None:
        made = convert.to_notebook(parse(Text.of(text), PYTHON))
        assert convert.to_script(made) == text

    def peer() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            jupytext.writes(jupytext.reads(text, fmt="py:percent"), fmt="py:percent")

    return alternate(lambda: seconds(ours), lambda: seconds(peer), 5)


def large_notebook() -> dict[str, Any]:
    """Return a notebook whose outputs make it 60 MB."""
    lines = [f"line {number} of what a loop printed\n" for number in range(1500)]
    cells = [
        {
            "cell_type": "code",
            "execution_count": number,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": lines}],
            "source": [f"show({number})"],
        }
        for number in range(850)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def large_there_and_back() -> Timing:
    """Convert a 60 MB notebook to a script, edit a cell, and write the notebook again."""
    notebook = large_notebook()
    data = (json.dumps(notebook, indent=1) + "\n").encode()

    def ours() -> None:
        document = ipynb.read(data, "large.ipynb")
        text = convert.to_script(document.notebook).replace("show(7)", "show(8)")
        made = convert.to_notebook(parse(Text.of(text), PYTHON), document.notebook)
        ipynb.write(made, document.layout)

    def peer() -> None:
        nbformat.reads(data.decode(), as_version=4)
        json.dumps(notebook, indent=1).encode()

    return alternate(lambda: seconds(ours), lambda: seconds(peer), 3)


ROWS = (
    Row(
        name="Convert: 1,000 cells to a notebook and back",
        ours="our reader and writer, exact",
        peer="jupytext reads + writes",
        measure=there_and_back,
        at_most=0.05,
    ),
    Row(
        name="Convert: a notebook of 60 MB to a script and back",
        ours="read, check, convert, edit a cell, write",
        peer="nbformat reads + JSON writes",
        measure=large_there_and_back,
        at_most=2,
    ),
)
