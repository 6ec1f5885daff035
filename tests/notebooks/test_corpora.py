"""Conversion of what is found on this machine, and agreement with jupytext, both ways.

Where jupytext loses something (see the docs), cellbridge differs on purpose; those lines are not
part of the scripts compared here, and each has its own test.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import jupytext
import nbformat
import pytest

from cellbridge.core.percent import convert
from cellbridge.core.percent.metadata_filters import SPACING
from cellbridge.notebooks import ipynb
from support import percent
from support.percent import CODE, MAGICS, MARKERS, ODD, PROSE, to_notebook, to_script

ALIKE = tuple(marker for marker in MARKERS if "active" not in marker)
"""jupytext takes the quotes off a docstring that is all of an inactive code cell."""
SCRIPTS, NOTEBOOKS = 320, 220
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_installed_scripts_come_back_exactly(part: int) -> None:
    found = list(percent.installed_scripts(SCRIPTS))
    assert len(found) >= 300
    for path, content in found[part::PARTS]:
        assert to_script(to_notebook(content)) == content, path


@pytest.mark.parametrize("part", range(PARTS))
def test_generated_scripts_come_back_exactly(part: int) -> None:
    for seed in range(part, 400, PARTS):
        for ending in ("\n", "\r\n"):
            script = percent.script(seed, MARKERS, CODE, MAGICS, PROSE, ODD, ending=ending)
            assert to_script(to_notebook(script)) == script, seed


def test_generated_notebooks_come_back_whole() -> None:
    for seed in range(NOTEBOOKS):
        notebook = percent.notebook(seed, MARKERS, CODE, MAGICS, PROSE, ODD)
        assert to_notebook(to_script(notebook), copy.deepcopy(notebook)) == notebook, seed


def test_scripts_as_notebooks_come_back_whole() -> None:
    """Scripts of many authors, cut into cells, with outputs."""
    count = 0
    for path, content in percent.installed_scripts(NOTEBOOKS):
        notebook = to_notebook("# %%\n" + content.replace("\n\n\n", "\n\n# %%\n"))
        for cell in notebook["cells"]:
            cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": "1"}]
        data = ipynb.write(notebook)
        document = ipynb.read(data, str(path))
        back = to_notebook(convert.to_script(document.notebook), document.notebook)
        assert ipynb.write(back, document.layout) == data, path
        count += 1
    assert count >= 200


# --- jupytext as the oracle -----------------------------------------------------------------------


def content(cells: list[dict[str, Any]]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(cell["cell_type"], cell["source"], dict(cell["metadata"])) for cell in cells]


def but_blank_ends(cells: list[dict[str, Any]]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the content without the blank ends of texts, which jupytext takes for spacing."""
    return [
        (kind, source.rstrip(), {k: v for k, v in metadata.items() if k not in SPACING})
        for kind, source, metadata in content(cells)
    ]


@pytest.mark.parametrize("part", range(PARTS))
def test_jupytext_reads_scripts_alike_and_writes_our_notebooks_alike(part: int) -> None:
    compared = 0
    for seed in range(part, 600, PARTS):
        script = percent.script(seed, ALIKE, CODE, MAGICS)
        if not script.strip():
            continue
        theirs = jupytext.reads(script, fmt="py:percent")
        made = to_notebook(script)
        if script.startswith("\n") and not theirs.cells[0].source.strip():
            continue  # blank lines above the first marker are not a cell here
        assert content(made["cells"]) == content(theirs.cells), script
        made["metadata"].pop("cellbridge", None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = jupytext.writes(nbformat.from_dict(copy.deepcopy(made)), fmt="py:percent")
        assert to_script(made) == text, script
        compared += 1
    assert compared > 100


def test_jupytext_reads_what_we_write() -> None:
    for seed in range(200):
        notebook = percent.notebook(seed, CODE, ("%matplotlib inline", "!ls -l", "%%time"))
        theirs = jupytext.reads(to_script(notebook), fmt="py:percent").cells
        ours = to_notebook(to_script(notebook))["cells"]
        assert but_blank_ends(ours) == but_blank_ends(theirs), seed


def test_prose_comments_stay_comments() -> None:
    script = "# %%\n" + "".join(f"{line}\n" for line in PROSE)
    assert to_notebook(script)["cells"][0]["source"] == "\n".join(PROSE)
