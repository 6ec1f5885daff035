"""The scripts in docs/examples, run as users run them, and checked cell by cell."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "docs" / "examples"
CELLBRIDGE = Path(sys.executable).with_name("cellbridge")


@dataclass(frozen=True)
class Executed:
    """A script after `cellbridge run --to`."""

    code: int
    terminal: str
    """The output that the user saw."""
    cells: list[Any]
    """The executed notebook's cells."""

    def said(self, title: str) -> str:
        """Return the outputs of the cell with a title, one line for each output."""
        (cell,) = (cell for cell in self.cells if cell.metadata.get("title") == title)
        return "\n".join(told(output) for output in cell.outputs)


def told(output: Any) -> str:
    """Return an output in one line, or several if it is text."""
    if output.output_type == "stream":
        return f"{output.name}: {output.text.rstrip()}"
    if output.output_type == "error":
        return f"error: {output.ename}: {output.evalue}"
    richer = sorted(set(output.data) - {"text/plain"})
    return ", ".join(richer) or output.data["text/plain"]


def execute(name: str, directory: Path, typed: str = "") -> Executed:
    """Run a copy of an example in a directory of its own, with what is typed into it."""
    for path in EXAMPLES.iterdir():
        shutil.copy(path, directory)
    result = directory / "executed.ipynb"
    done = subprocess.run(
        [CELLBRIDGE, "run", name, "--to", result],
        cwd=directory,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    terminal = done.stdout + done.stderr
    assert result.exists(), terminal
    notebook = nbformat.read(result, as_version=4)
    nbformat.validate(notebook)
    return Executed(done.returncode, terminal, notebook.cells)


def test_bikes(tmp_path: Path) -> None:
    """Data analysis: pandas reads the file next to the script, matplotlib draws."""
    script = execute("bikes.py", tmp_path)
    assert script.code == 0, script.terminal
    assert [cell.cell_type for cell in script.cells].count("markdown") == 2
    assert told(script.cells[1].outputs[0]) == "text/html"
    assert script.said("What is missing").startswith("stdout: 3 of 273 counts are missing:\n")
    assert script.said("Clean: drop the days on which a sensor was off") == "270"
    assert script.said("A typical day at each station") == "text/html"
    assert script.said("The result for the council").startswith("stdout: Old town        keeps 74%")
    (picture,) = (
        output.data["image/png"]
        for cell in script.cells
        if cell.metadata.get("title") == "The picture"
        for output in cell.outputs
    )
    assert base64.b64decode(picture).startswith(b"\x89PNG")


def test_pendulum(tmp_path: Path) -> None:
    """Numbers: numpy and scipy, a docstring above the first marker."""
    script = execute("pendulum.py", tmp_path)
    assert script.code == 0, script.terminal
    assert not script.cells[0].outputs, "the docstring is not printed as a result"
    assert script.said("Twenty seconds, from 90 degrees") == "(True, (2001,))"
    exact = script.said("Without damping the period is known: an elliptic integral")
    assert "  90°  2.5938 s, 18.03% longer than for small swings" in exact
    fit = script.said("Which length and damping do the images show?")
    assert re.search(r"length   1\.20\d ± 0\.001   \(truth 1\.2\)", fit)
    assert 0.04 < float(script.said("How well does it fit?")) < 0.06


def test_look_around(tmp_path: Path) -> None:
    """All the rest: magics, rich display, a question that is answered, and a mistake."""
    script = execute("look_around.py", tmp_path, typed="Ada\n")
    assert script.said("A result: the value of the last expression") == "[('the', 3), ('and', 2)]"
    assert script.said("Text that comes bit by bit") == (
        "stdout: step 1 of 3\nstep 2 of 3\nstep 3 of 3\nstderr: all steps done"
    )
    assert script.said("A table, as HTML") == "text/html"
    assert script.said("Several things from one cell") == "text/markdown\nimage/svg+xml"
    magics = script.said("Magics work as in a notebook")
    assert "Wall time: " in magics
    assert magics.endswith("['counts']")
    assert script.said("A question") == "stdout: Hello Ada!"

    assert script.code == 1
    mistake = script.said("A mistake, reported on its line")
    assert mistake == "error: ZeroDivisionError: division by zero"
    lines = (EXAMPLES / "look_around.py").read_text("utf-8").split("\n")
    line = 1 + next(index for index, text in enumerate(lines) if "total - len(words)" in text)
    assert f"look_around.py:{line}: ZeroDivisionError" in script.terminal
    assert script.cells[-1].outputs == []


def test_every_example_has_a_test() -> None:
    here = Path(__file__).read_text("utf-8")
    assert all(f'execute("{path.name}"' in here for path in EXAMPLES.glob("*.py"))
