"""``cellbridge run`` of a notebook: into itself, or into another file."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest

from support.command import SECONDS, cellbridge, start_command

KERNEL = {"name": "python3", "display_name": "The one at hand", "language": "python"}
OLD = [{"name": "stdout", "output_type": "stream", "text": ["old\n"]}]


def code(number: int, source: str, outputs: Sequence[Any] = (), **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 7 if outputs else None,
        "id": f"cell-{number}",
        "metadata": metadata,
        "outputs": list(outputs),
        "source": source.splitlines(keepends=True),
    }


def write(path: Path, *cells: dict[str, Any], indent: int = 2) -> bytes:
    """Write a notebook in a layout that is not nbformat's own; return its bytes."""
    text = {"cell_type": "markdown", "id": "text", "metadata": {"k": 1}, "source": ["# Title"]}
    held = {
        "cells": [text, *cells],
        "metadata": {"kernelspec": KERNEL, "mine": {"kept": True}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(held, indent=indent) + "\n", "utf-8")
    return path.read_bytes()


def outputs_of(path: Path) -> list[tuple[int | None, str]]:
    """Return the execution count and the text of each code cell of a valid notebook."""
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    return [
        (cell.execution_count, "".join(one.get("text", "") for one in cell.outputs))
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_a_notebook_that_deviates_from_the_format_is_run_and_mended_once(tmp_path: Path) -> None:
    file = tmp_path / "x.ipynb"
    lone = {"cell_type": "code", "id": "a b", "source": "print('new')", "execution_count": "*"}
    write(file, lone)
    done = cellbridge("run", "x.ipynb", cwd=tmp_path)
    assert (done.code, done.out) == (0, "new\n")
    assert "in cell 2 (execution_count, id, metadata, outputs); " in done.err
    assert done.err.startswith("x.ipynb deviates from the notebook format")
    assert done.err.count("\n") == 1
    assert outputs_of(file) == [(1, "new\n")]


def test_into_itself(tmp_path: Path) -> None:
    file = tmp_path / "x.ipynb"
    write(file, code(1, "print('new')", OLD), code(2, " \n", OLD), code(3, "%time 1\n!echo hi"))
    file.chmod(0o640)
    done = cellbridge("run", "x.ipynb", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("new\n")
    first, blank, last = outputs_of(file)
    assert (first, blank, last[0]) == ((1, "new\n"), (None, ""), 2)
    assert last[1].endswith("hi\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["x.ipynb"]
    after = json.loads(file.read_text())
    assert after["metadata"] == {"kernelspec": KERNEL, "mine": {"kept": True}}
    assert [cell["id"] for cell in after["cells"]] == ["text", "cell-1", "cell-2", "cell-3"]
    assert file.read_text().startswith('{\n  "cells": [\n    {\n'), "its own indentation stays"


@pytest.mark.parametrize(
    ("exits", "expected", "reason"),
    [
        ("sys.exit(3)", 3, "x.ipynb, cell 3, line 2: SystemExit: 3; 1 cell after it did not run"),
        ("sys.exit()", 0, ""),
        ("sys.exit('why')", 1, "why\nx.ipynb, cell 3, line 2: SystemExit: why; 1 cell after"),
        ("1 / 0", 1, "x.ipynb, cell 3, line 2: ZeroDivisionError: division by zero"),
    ],
)
def test_its_exit_code_is_that_of_the_cell_that_ended_it(
    tmp_path: Path, exits: str, expected: int, reason: str
) -> None:
    file = tmp_path / "x.ipynb"
    write(file, code(1, "print(1)"), code(2, f"import sys\n{exits}"), code(3, "print(3)", OLD))
    done = cellbridge("run", "x.ipynb", cwd=tmp_path)
    assert (done.code, done.out) == (expected, "1\n")
    assert reason in done.err
    first, _, after = outputs_of(file)
    assert (first[1], after) == ("1\n", (None, ""))


def test_into_another_file_and_what_did_not_run_shows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.ipynb"
    before = write(
        file,
        code(1, "def halve(x):\n    return 1 / x"),
        code(2, "halve(0)", OLD, tags=["raises-exception"]),
        code(3, "\n\nhalve(0)\n", OLD),
        code(4, "print('never')", OLD),
    )
    done = cellbridge("run", "x.ipynb", "--output", "made.ipynb", cwd=tmp_path)
    assert (done.code, file.read_bytes()) == (1, before)
    assert done.err.endswith("x.ipynb, cell 4, line 3: ZeroDivisionError: division by zero\n")
    assert "x.ipynb, cell 2:2" in done.err
    assert [count for count, _ in outputs_of(tmp_path / "made.ipynb")] == [1, 2, 3, None]
    made = nbformat.read(tmp_path / "made.ipynb", as_version=nbformat.NO_CONVERT)
    assert [[one.output_type for one in cell.get("outputs", ())] for cell in made.cells] == [
        [],
        [],
        ["error"],
        ["error"],
        [],
    ]


def test_parameters_and_the_chosen_kernel(tmp_path: Path) -> None:
    file = tmp_path / "x.ipynb"
    write(file, code(1, "rate = 1", tags=["parameters"]), code(2, "print(rate)"))
    options = ("-p", "rate=0.5", "--kernel", sys.executable, "--report", "report.json")
    done = cellbridge("run", "x.ipynb", *options, cwd=tmp_path)
    assert (done.code, done.out) == (0, "0.5\n")
    made = nbformat.read(file, as_version=nbformat.NO_CONVERT)
    assert [cell.source for cell in made.cells[1:]] == [
        "rate = 1",
        "# Parameters\nrate = 0.5",
        "print(rate)",
    ]
    assert [cell.execution_count for cell in made.cells[1:]] == [1, 2, 3]
    (told,) = json.loads((tmp_path / "report.json").read_text())["files"]
    assert told["notebook"] == "x.ipynb"
    assert [cell["state"] for cell in told["cells"]] == ["ok"] * 3
    # Once more, into the cell that the first time has made.
    assert cellbridge("run", "x.ipynb", "-p", "rate=2", cwd=tmp_path).out == "2\n"
    again = nbformat.read(file, as_version=nbformat.NO_CONVERT)
    assert [cell.source for cell in again.cells[2:]] == ["# Parameters\nrate = 2", "print(rate)"]


def test_scripts_and_notebooks_at_a_time(tmp_path: Path) -> None:
    write(tmp_path / "one.ipynb", code(1, "print(1)"))
    (tmp_path / "two.py").write_text("# %%\nprint(2)\n")
    done = cellbridge("run", "-j", "2", "one.ipynb", "two.py", cwd=tmp_path)
    assert done.code == 0, done.err
    assert outputs_of(tmp_path / "one.ipynb") == [(1, "1\n")]
    done = cellbridge("run", "one.ipynb", "two.py", "-o", "made", cwd=tmp_path)
    assert done.code == 0, done.err
    assert outputs_of(tmp_path / "made" / "one.ipynb") == [(1, "1\n")]
    assert outputs_of(tmp_path / "made" / "two.ipynb") == [(1, "2\n")]


def test_a_notebook_that_changes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.ipynb"
    write(file, code(1, "print('begun', flush=True); input()"))
    with start_command("run", "x.ipynb", cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        changed = write(file, code(1, "print('edited')"))
        # With an end after the line: a run that asks once more ends and says so.
        _, said = process.communicate("go on\n", SECONDS)
        assert process.returncode == 1, said
    assert file.read_bytes() == changed
    assert "x.ipynb was changed by something else meanwhile and is left as it is" in said
    assert f"The executed notebook is in {tmp_path / 'x.executed.ipynb'}." in said
    assert outputs_of(tmp_path / "x.executed.ipynb")[0][1].startswith("begun\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "x.ipynb"),
        ('{"nbformat": 9, "cells": []}', "x.ipynb is a notebook of version 9"),
        ("", "x.ipynb is not a notebook: it is empty"),
    ],
)
def test_what_is_no_notebook_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "x.ipynb").write_text(text)
    done = cellbridge("run", "x.ipynb", cwd=tmp_path)
    assert done.code == 2
    assert sentence in done.err
    assert (tmp_path / "x.ipynb").read_text() == text


def test_one_that_may_not_be_written_is_told_before_it_runs(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    file = tmp_path / "x.ipynb"
    write(file, code(1, "open('ran', 'w')"))
    done = cellbridge("run", "x.ipynb", "--to", "made/none/x.ipynb", cwd=tmp_path)
    assert (done.code, "create it first" in done.err) == (2, True)
    assert not (tmp_path / "ran").exists()
    shutil.rmtree(tmp_path / "made")
