"""An executed script as a notebook file's values."""

from __future__ import annotations

import json
import math
from typing import Any

import nbformat
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.text import Text
from cellbridge.core.output.output_reducer import WIDGET_VIEW
from cellbridge.core.output.outputs import Display, Failure, Stream
from cellbridge.core.percent.convert import ExecutedCell, KernelLabel, notebook, output_as_json

PYTHON = KernelLabel("python3", "Python 3", "python")


def convert(script: str, executed: dict[int, ExecutedCell] | None = None) -> dict[str, Any]:
    cells = parse(Text.of(script), language_of("a.py", None))
    return notebook(cells, executed or {}, PYTHON)


def check_cells(script: str, expect: list[tuple[str, str, dict[str, Any]]]) -> None:
    cells = convert(script)["cells"]
    for cell in cells:
        cell["metadata"].pop("lines_to_next_cell", None)  # spacing: nothing a reader sees
    assert [(c["cell_type"], c["source"], c["metadata"]) for c in cells] == expect


def test_a_script_without_markers_is_one_cell() -> None:
    check_cells("x = 1\n\n\ny = 2\n", [("code", "x = 1\n\n\ny = 2", {})])


def test_code_before_the_first_marker_is_a_cell() -> None:
    check_cells("x = 1\n# %%\ny = 2\n", [("code", "x = 1", {}), ("code", "y = 2", {})])


def test_a_blank_beginning_is_no_cell() -> None:
    check_cells("\n\n# %%\ny = 2\n", [("code", "y = 2", {})])


def test_an_empty_cell_with_a_marker_is_one() -> None:
    check_cells("# %%\n# %%\ny = 2\n", [("code", "", {}), ("code", "y = 2", {})])


def test_code_below_the_header_stays() -> None:
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     name: x\n# ---\n\n"
    check_cells(header + "y = 2\n", [("code", "y = 2", {})])


def test_title_depth_and_metadata() -> None:
    check_cells(
        '# %%% Deeper {"tags": ["a"], "name": "b"}\n1\n',
        [("code", "1", {"title": "Deeper", "cell_depth": 1, "tags": ["a"], "name": "b"})],
    )


def test_the_header_is_the_notebooks_metadata() -> None:
    made = convert("# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py\n# ---\n# %%\n1\n")
    assert made["metadata"]["jupytext"] == {"formats": "ipynb,py"}
    assert made["metadata"]["kernelspec"]["name"] == "python3"


def test_each_kind_of_output() -> None:
    outputs = [
        Stream("stderr", "x\n", 2, 1),
        Display({"text/plain": "1"}, {"a": 1}, count=3),
        Display({"image/png": "iVBO"}, {}),
        Failure("E", "why", ("a", "b")),
    ]
    [cell] = convert("# %%\n1\n", {0: ExecutedCell(outputs, 3)})["cells"]
    assert cell["execution_count"] == 3
    assert cell["outputs"] == [
        {"output_type": "stream", "name": "stderr", "text": "x\n"},
        {
            "output_type": "execute_result",
            "data": {"text/plain": "1"},
            "metadata": {"a": 1},
            "execution_count": 3,
        },
        {"output_type": "display_data", "data": {"image/png": "iVBO"}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": "why", "traceback": ["a", "b"]},
    ]


def test_a_widget_is_its_text() -> None:
    bundle = {WIDGET_VIEW: {"model_id": "a"}, "text/plain": "50%"}
    assert output_as_json(Display(bundle))["data"] == {"text/plain": "50%"}


def test_metadata_that_no_json_can_hold() -> None:
    [cell] = convert("# %% a={1, 2} b=1e999 c=(1,) d=None\n1\n")["cells"]
    json.dumps(cell, allow_nan=False)
    assert cell["metadata"]["c"] == [1]
    assert cell["metadata"]["d"] is None
    assert not any(isinstance(v, float) and math.isinf(v) for v in cell["metadata"].values())


lines = st.sampled_from(
    ["# %%", "# %% [markdown]", "# %% t [raw] a=1", "# ---", "# jupyter:", "x = 1", "", "# text"]
)


@given(st.lists(lines, max_size=12))
def test_every_script_is_a_valid_notebook(script: list[str]) -> None:
    made = convert("\n".join(script))
    nbformat.validate(nbformat.from_dict(made))
    assert made == convert("\n".join(script))
