"""Scripts that end by their own exit, and the exit code of the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import CommandResult, cellbridge


def run(directory: Path, **scripts: str) -> CommandResult:
    """Run scripts of these names and texts; with several, write a report."""
    for name, text in scripts.items():
        (directory / f"{name}.py").write_text(text, "utf-8")
    several = ["-j", "2", "--report", "report.json"] if len(scripts) > 1 else []
    return cellbridge("run", *(f"{name}.py" for name in scripts), *several, cwd=directory)


LINE_2 = "script.py:2: the cell ended the script by sys.exit(); 1 cell after it did not run\n"


@pytest.mark.parametrize(
    ("call", "code", "stderr"),
    [
        ("sys.exit(3)", 3, "script.py:5: SystemExit: 3; 1 cell after it did not run\n"),
        ("sys.exit()", 0, LINE_2),
        ("exit(0)", 0, LINE_2),
        ("sys.exit('bye')", 1, "bye\nscript.py:5: SystemExit: bye; 1 cell after it did not run\n"),
        ("quit(-1)", 255, "script.py:5: SystemExit: -1; 1 cell after it did not run\n"),
    ],
)
def test_a_script_ends_by_its_own_exit(tmp_path: Path, call: str, code: int, stderr: str) -> None:
    start = "# %%\nimport sys\nx = 1\nprint('before')\n"
    done = run(tmp_path, script=f"{start}{call}\nprint('on')\n# %%\nprint('never')\n")
    assert (done.code, done.out, done.err) == (code, "before\n", stderr)


def test_an_exit_in_the_last_cell_is_not_reported(tmp_path: Path) -> None:
    done = run(tmp_path, script="# %%\nimport sys\nsys.exit(0)\n")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_several_files(tmp_path: Path) -> None:
    three, zero = "import sys\nsys.exit(3)\n", "# %%\nimport sys\nsys.exit()\n# %%\n1\n"
    done = run(tmp_path, three=three, zero=zero)
    assert done.code == 3
    report = json.loads((tmp_path / "report.json").read_text())
    found = [(file["state"], [cell["state"] for cell in file["cells"]]) for file in report["files"]]
    assert found == [("failed", ["error"]), ("ok", ["ok", "not run"])]
    assert "1 cell after it did not run" in done.err
    assert run(tmp_path, three=three, one="1 / 0\n").code == 1
