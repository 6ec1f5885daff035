"""Real notebooks and scripts, found in packages: exact both ways, and read and written alike by
jupytext.

Where the two differ, and jupytext loses something, the cells must be those of the notebook: docs
list the differences, and each has a test of its own elsewhere.
"""

from __future__ import annotations

import copy
import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import Language
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert
from cellbridge.core.percent.convert import language_in
from cellbridge.core.percent.notebook_values import source_of
from cellbridge.notebooks import ipynb, script_files
from cellbridge.notebooks.errors import FileError
from support import corpus, percent

pytestmark = pytest.mark.skipif(
    bool(corpus.missing()) and not os.environ.get("CI"), reason=corpus.missing()
)

PARTS = 4
ALIKE = 0.9
"""Of the notebooks; the others hold what jupytext loses, or `??name`, which it does not know."""


def documents(part: int) -> Iterator[tuple[Path, bytes, ipynb.Document]]:
    """Yield a share of the notebooks; some are broken on purpose, as nbformat's own tests are."""
    found = corpus.notebooks()
    assert len(found) >= 200, corpus.missing()
    bad = 0
    for path in found[part::PARTS]:
        data = path.read_bytes()
        try:
            yield path, data, ipynb.read(data, path.name)
        except FileError:
            bad += 1
    assert bad <= 6


def read(script: str, language: Language, companion: Any = None) -> dict[str, Any]:
    return convert.to_notebook(parse(Text.of(script), language), companion)


def content(cells: list[Any]) -> list[tuple[str, str]]:
    """Return types and sources; line ends below a cell's last line are spacing in a script."""
    return [(cell["cell_type"], source_of(cell).rstrip()) for cell in cells]


def exact_content(cells: list[Any]) -> list[tuple[str, str]]:
    return [(cell["cell_type"], source_of(cell)) for cell in cells]


@pytest.mark.parametrize("part", range(PARTS))
def test_notebooks_come_back_to_the_byte(part: int) -> None:
    count = exact = 0
    for path, data, document in documents(part):
        script = convert.to_script(document.notebook)
        back = read(script, language_in(document.notebook), document.notebook)
        assert back == document.notebook, path
        if json.loads(data)["nbformat"] == 4 and not document.note:
            assert ipynb.write(back, document.layout) == data, path
            exact += 1
        count += 1
    assert count >= 50
    assert exact >= 50


@pytest.mark.parametrize("part", range(PARTS))
def test_scripts_come_back_to_the_byte(part: int) -> None:
    found = corpus.scripts()
    assert len(found) >= 300, corpus.missing()
    for path in found[part::PARTS]:
        text = script_files.decode(path.read_bytes(), path.name)
        made = percent.to_notebook(text.content)
        assert percent.to_script(made) == text.content, path
        # The way through a file, with a companion: nothing has changed, so nothing may.
        held = ipynb.read(ipynb.write(made), path.name).notebook
        assert percent.to_notebook(text.content, held) == held, path


@pytest.mark.parametrize("part", range(PARTS))
def test_jupytext_writes_and_reads_notebooks_alike(part: int) -> None:
    count = written = was_read = 0
    for path, _, document in documents(part):
        language = language_in(document.notebook)
        form = {"extension": f".{language.extension}", "format_name": "percent"}
        script = convert.to_script(document.notebook)
        cells = document.notebook["cells"]
        own = content(cells)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = jupytext.writes(_for_jupytext(document.notebook), fmt=form)
            seen = content(jupytext.reads(script, fmt=form).cells)
        # Whatever jupytext makes of it: the script alone gives back every cell.
        assert exact_content(read(script, language)["cells"]) == exact_content(cells), path
        written += _lines(theirs) == _lines(script)
        was_read += seen == own
        count += 1
    assert written / count >= ALIKE
    assert was_read / count >= ALIKE


@pytest.mark.parametrize("part", range(PARTS))
def test_jupytext_reads_scripts_alike(part: int) -> None:
    count = alike = 0
    for path in corpus.scripts()[part::PARTS]:
        text = script_files.decode(path.read_bytes(), path.name).content
        theirs = jupytext.reads(text, fmt="py:percent")
        alike += content(theirs.cells) == content(percent.to_notebook(text)["cells"])
        count += 1
    # jupytext takes prose such as "# copy the actor first." for a command.
    assert alike / count >= 0.95


def _for_jupytext(notebook: dict[str, Any]) -> Any:
    made = nbformat.from_dict(copy.deepcopy(notebook))
    for cell in made.cells:
        cell.source = source_of(cell)
    return made


def _lines(script: str) -> list[str]:
    """Return a script's lines without each program's own metadata."""
    own = ("jupytext_version:", "formats:", "-*- coding")
    return [line for line in script.split("\n") if not any(word in line for word in own)]
