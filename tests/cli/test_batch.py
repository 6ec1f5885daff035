"""``cellbridge run`` in batches: parameters, several files, limits, ``--resume``, reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cellbridge.cli.errors import CommandError
from cellbridge.cli.run.parameters import assignment_code, read_parameters
from cellbridge.session.locations import of_script
from support.command import CommandResult, cellbridge, on_terminal

TAGGED = '# %% tags=["parameters"]\nrate, name = 1, "none"\n\n# %%\nprint(rate, name)\n'


def run(folder: Path, *arguments: str, stdin: str | None = None) -> CommandResult:
    return cellbridge("run", *arguments, cwd=folder, stdin=stdin)


def put(folder: Path, **scripts: str) -> Path:
    for name, text in scripts.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def notebook(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["cells"]


# --- Parameters -----------------------------------------------------------------------------------


def test_parameters_go_below_the_cell_that_is_tagged(tmp_path: Path) -> None:
    put(tmp_path, a=TAGGED)
    done = run(tmp_path, "a.py", "-p", "rate=0.5", "-p", "name=two words", "-o", "out.ipynb")
    assert (done.code, done.out, done.err) == (0, "0.5 two words\n", "")
    first, injected, last = notebook(tmp_path / "out.ipynb")
    assert first["metadata"]["tags"] == ["parameters"]
    assert injected["metadata"] == {"tags": ["injected-parameters"]}
    assert injected["source"] == ["# Parameters\n", "rate = 0.5\n", "name = 'two words'"]
    assert [cell["execution_count"] for cell in (first, injected, last)] == [1, 2, 3]
    assert run(tmp_path, "a.py").out == "1 none\n"


def test_parameters_of_an_earlier_run_are_replaced(tmp_path: Path) -> None:
    put(tmp_path, a=TAGGED)
    run(tmp_path, "a.py", "-p", "rate=2", "-o", "out.ipynb")
    assert cellbridge("convert", "out.ipynb", "again.py", cwd=tmp_path).code == 0
    done = run(tmp_path, "again.py", "-p", "rate=[3, null]", "-o", "more.ipynb")
    assert done.out == "[3, None] none\n"
    assert [cell["metadata"].get("tags") for cell in notebook(tmp_path / "more.ipynb")] == [
        ["parameters"],
        ["injected-parameters"],
        None,
    ]


def test_without_a_tagged_cell_parameters_come_first(tmp_path: Path) -> None:
    put(tmp_path, a="# %%\nprint(x)\n")
    assert run(tmp_path, "a.py", "-p", "x=true").out == "True\n"


def test_values_are_written_in_the_script_s_language() -> None:
    values = read_parameters(["a=1", "b=null", 'c=["x", true]', 'd={"k": "$5"}', "e=x=y", "f=True"])
    assert values == {"a": 1, "b": None, "c": ["x", True], "d": {"k": "$5"}, "e": "x=y", "f": True}
    assert assignment_code(values, "R").split("\n")[1:] == [
        "a = 1",
        "b = NULL",
        'c = list("x", TRUE)',
        'd = list("k" = "$5")',
        'e = "x=y"',
        "f = TRUE",
    ]
    assert assignment_code(values, "julia").split("\n")[2:5] == [
        "b = nothing",
        'c = ["x", true]',
        'd = Dict("k" => "\\$5")',
    ]
    with pytest.raises(CommandError, match="in Python, R and Julia, not in haskell"):
        assignment_code(values, "haskell")
    with pytest.raises(CommandError, match="-p takes name=value"):
        read_parameters(["1x=2"])


# --- Many files -----------------------------------------------------------------------------------


def test_many_files_at_a_time_each_told_of_and_reported(tmp_path: Path) -> None:
    put(tmp_path, good="# %%\n1\n# %%\n2\n", bad="# %%\nx = 1\n# %%\n1 / 0\n", asks="input()\n")
    done = run(
        tmp_path, "good.py", "bad.py", "asks.py", "-j", "2", "-o", "out", "--report", "report.json"
    )
    assert (done.code, done.out) == (1, "")
    lines = {line.partition(" ")[2].partition(" ")[0]: line for line in done.err.splitlines()[:3]}
    assert lines["good.py"].endswith(f"saved in {Path('out') / 'good.ipynb'}")
    assert lines["bad.py:4:"] == "✗ bad.py:4: ZeroDivisionError: division by zero"
    assert "the cell requested input, but standard input has ended" in lines["asks.py:1:"]
    assert done.err.splitlines()[3].startswith("3 files in ")
    assert done.err.splitlines()[3].endswith("2 failed")
    report = json.loads((tmp_path / "report.json").read_text())
    states = {file["file"]: file["state"] for file in report["files"]}
    assert states == {"good.py": "ok", "bad.py": "failed", "asks.py": "failed"}
    bad = report["files"][1]
    assert [(cell["line"], cell["state"]) for cell in bad["cells"]] == [(2, "ok"), (4, "error")]
    assert bad["problem"] == "bad.py:4: ZeroDivisionError: division by zero"
    assert bad["cells"][0]["seconds"] >= 0
    assert len(notebook(tmp_path / "out" / "good.ipynb")) == 2
    assert notebook(tmp_path / "out" / "bad.ipynb")[1]["outputs"][0]["ename"] == "ZeroDivisionError"


def test_nothing_runs_if_one_of_the_files_makes_no_sense(tmp_path: Path) -> None:
    put(tmp_path, a="open('ran', 'w')\n")
    done = run(tmp_path, "a.py", "none.py")
    assert (done.code, done.err) == (2, "none.py does not exist; check the path.\n")
    (tmp_path / "sub").mkdir()
    put(tmp_path / "sub", a="1\n")
    done = run(tmp_path, "a.py", "sub/a.py", "-o", "out")
    assert done.err.startswith("Two of the files are named a, and so would be their notebooks")
    done = run(tmp_path, "a.py", "sub/a.py", "-o", "out.ipynb")
    assert done.code == 2
    assert not (tmp_path / "ran").exists()


def test_on_a_terminal_bars_show_how_far_files_are(tmp_path: Path) -> None:
    put(tmp_path, a="# %%\n1\n", b="# %%\n1\n# %%\n2\n")
    done = on_terminal("run", "a.py", "b.py", "-j", "2", cwd=tmp_path)
    assert done.code == 0
    assert "✓ a.py  1 cell in " in done.out
    assert "✓ b.py  2 cells in " in done.out
    assert "2 files in " in done.out


# --- Limits and resuming --------------------------------------------------------------------------


def test_a_cell_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    put(tmp_path, a="# %%\nx = 1\n# %%\nimport time\ntime.sleep(600)\n# %%\nprint('never')\n")
    done = run(tmp_path, "a.py", "--timeout", "0.5", "--report", "r.json")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1] == (
        "a.py:5: the cell took longer than 0.5 s and was interrupted"
    )
    cells = json.loads((tmp_path / "r.json").read_text())["files"][0]["cells"]
    assert [cell["state"] for cell in cells] == ["ok", "error", "not run"]


def test_a_script_goes_on_after_the_cell_that_failed(tmp_path: Path) -> None:
    text = "# %%\nprint('slow'); x = 41\n# %%\nprint(x + y)\n# %%\nprint('end')\n"
    put(tmp_path, a=text)
    first = run(tmp_path, "a.py", "--resume", "-o", "out.ipynb")
    assert (first.code, first.out) == (1, "slow\n")
    assert first.err.splitlines()[-1] == (
        "a.py:4: NameError: name 'y' is not defined; fix it and continue from there with --resume"
    )
    # A comment in the first cell does not make it run again.
    put(tmp_path, a=text.replace("x = 41", "x = 41  # slow").replace("x + y", "x + 1"))
    second = run(tmp_path, "a.py", "--resume", "-o", "out.ipynb", "--report", "r.json")
    assert (second.code, second.out) == (0, "42\nend\n")
    outputs = [cell["outputs"][0]["text"] for cell in notebook(tmp_path / "out.ipynb")]
    assert outputs == [["slow\n"], ["42\n"], ["end\n"]]
    cells = json.loads((tmp_path / "r.json").read_text())["files"][0]["cells"]
    assert [cell["state"] for cell in cells] == ["skipped", "ok", "ok"]
    # It went well, so nothing waits any more: the next time all of it runs.
    assert run(tmp_path, "a.py", "--resume").out == "slow\n42\nend\n"
    assert f"run-{of_script(tmp_path / 'a.py').key}" not in cellbridge("sessions").out


def test_what_changed_above_runs_again(tmp_path: Path) -> None:
    text = "# %%\nx = 1\n# %%\nprint(x)\n# %%\n1 / 0\n"
    put(tmp_path, a=text)
    assert run(tmp_path, "a.py", "--resume").out == "1\n"
    put(tmp_path, a=text.replace("x = 1", "x = 2").replace("1 / 0", "1"))
    assert run(tmp_path, "a.py", "--resume").out == "2\n1\n"
