"""``cellbridge kernels`` and ``cellbridge doctor`` with real kernels."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cellbridge.cli.doctor import findings
from cellbridge.kernel.find.environments import own
from cellbridge.kernel.find.specs import find
from cellbridge.kernel.queries.debugging import Attached
from cellbridge.session import locations
from support.command import cellbridge
from support.environments import borrow, pretend, starts, venv


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text("# %%\n1\n")
    return tmp_path


def test_why_names_the_environment_and_what_is_missing(project: Path) -> None:
    python = pretend(project / ".venv")
    done = cellbridge("kernels", "--why", "script.py", cwd=project)
    assert done.code == 1
    assert done.out == (
        f"script.py: Python 3.12.1 (.venv), {python}\n"
        f"This Python was chosen because .venv is in {project}.\n"
        "ipykernel is not installed in Python 3.12.1 (.venv); install it there.\n"
    )
    assert starts(python) == 0


def test_why_of_a_script_that_is_not_there(project: Path) -> None:
    done = cellbridge("kernels", "--why", "gone.py", cwd=project)
    assert (done.code, done.err) == (2, "gone.py does not exist; check the path.\n")


def test_a_kernel_is_registered_tested_and_removed(project: Path) -> None:
    borrow(python := venv(project / "Own Env", "--without-pip"))
    made = cellbridge("kernels", "register", str(python), cwd=project)
    assert made.code == 0, made.err
    assert "is registered as own-env." in made.out
    file = Path(os.environ["JUPYTER_DATA_DIR"]) / "kernels" / "own-env" / "kernel.json"
    spec = json.loads(file.read_text())
    assert spec["argv"][0] == str(python)
    assert spec["env"] == {"VIRTUAL_ENV": str(project / "Own Env")}

    again = cellbridge("kernels", "register", str(python), cwd=project)
    assert again.code == 2
    text = f"A kernel own-env is already registered in {file.parent}; choose another --name.\n"
    assert again.err == text
    assert "own-env" in cellbridge("kernels", cwd=project).out
    tried = cellbridge("kernels", "test", "own-env", cwd=project)
    assert tried.code == 0, tried.err
    assert "own-env: starts in " in tried.out
    assert cellbridge("kernels", "remove", "own-env", cwd=project).code == 0
    assert not file.exists()
    gone = cellbridge("kernels", "test", "own-env", cwd=project)
    assert gone.code == 2
    assert gone.err.startswith("The kernel own-env is not registered on this machine")


def test_an_environment_without_ipykernel_is_neither_registered_nor_working(project: Path) -> None:
    python = venv(project / ".venv", "--without-pip")
    made = cellbridge("kernels", "register", str(project / ".venv"), cwd=project)
    assert made.code == 1
    assert "ipykernel is not installed in Python 3." in made.err
    tried = cellbridge("kernels", "test", str(python), cwd=project)
    assert tried.code == 1
    assert "ipykernel is not installed in its environment" in tried.err


def test_the_doctor_finds_what_is_wrong_and_how_to_mend_it(project: Path) -> None:
    (project / "random.py").write_text("")
    (project / "rich").mkdir()
    (project / "rich" / "__init__.py").touch()
    (project / ".vscode").mkdir()
    (project / ".vscode" / "settings.json").write_text(
        "{\n  // where it was\n"
        '  "python.defaultInterpreterPath": "${workspaceFolder}/gone/python"\n}'
    )
    done = cellbridge("doctor", "script.py", cwd=project)
    assert done.code == 1
    lines = done.out.split("\n")
    shadow = next(at for at, line in enumerate(lines) if "random.py" in line)
    assert lines[shadow] == (f"x  {project}/random.py is imported in place of Python's own random")
    assert lines[shadow + 1] == "   → rename the file"
    assert f"!  cells import {project}/rich in place of the rich of {own().title}" in lines
    wrong = next(at for at, line in enumerate(lines) if "gone/python" in line)
    assert lines[wrong + 1] == "   → correct or remove the setting"
    assert "starts in" in done.out
    assert "2 problems to fix." in done.out


def test_the_doctor_is_content(project: Path) -> None:
    done = cellbridge("doctor", cwd=project)
    assert done.code == 0, done.out
    assert "ok the kernel python3" in done.out
    assert "Unix sockets work there" in done.out
    assert "ok engines for cellbridge.static.engine: jedi" in done.out
    assert "ok cells can be debugged in python3 by debugpy 1." in done.out


def test_the_doctor_lists_engines(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = project / "tools"
    tools.mkdir()
    for name in ("ty", "zuban"):
        (tools / name).touch(0o755)
    monkeypatch.setenv("PATH", str(tools))
    environment = replace(own(), python=project / "bin" / "python")
    (listed,) = findings.engines(project, environment)
    engines = f"jedi, zuban ({tools}/zuban), ty ({tools}/ty)"
    assert listed.text == f"engines for cellbridge.static.engine: {engines}"
    (tools / "ty").chmod(0o777)
    refused, listed = findings.engines(project, environment)
    assert refused.state == "remark"
    assert refused.remedy.startswith("cellbridge trust ")
    assert "ty" not in listed.text.partition("jedi")[2]


def test_the_doctor_tells_why_cells_cannot_be_debugged() -> None:
    spec = replace(find(None, "python"), name="mine", argv=("/env/bin/python", "-m", "ipykernel"))
    found = findings.debugging(spec, Attached("missing", problem="No debugpy."))
    assert (found.state, found.text) == ("remark", "mine: No debugpy.")
    assert found.remedy == "/env/bin/python -m pip install --upgrade debugpy"


def test_the_doctor_names_the_place_of_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, long = tmp_path / "run", str(tmp_path / ("r" * 100))
    private.mkdir(mode=0o700)
    monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", long)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(private))
    monkeypatch.setattr(locations, "SOCKET_LIMIT", len(str(private)) + 80)
    found = [(finding.state, finding.text) for finding in findings.directories()]
    used = private / "cellbridge"
    assert found[0] == ("well", f"sockets are in {used}, which is private")
    assert ("remark", f"the path {long} is too long for sockets, so they are in {used}") in found
    monkeypatch.delenv("CELLBRIDGE_RUNTIME_DIR")
    assert not any("too long" in finding.text for finding in findings.directories())
    private.chmod(0o755)
    (remark,) = [one for one in findings.directories() if "is not private" in one.text]
    assert str(private) in remark.remedy


def test_a_script_runs_in_its_projects_environment(project: Path) -> None:
    borrow(venv(project / ".venv", "--without-pip"))
    (project / "script.py").write_text("# %%\nimport sys\nprint(sys.prefix)\n")
    done = cellbridge("run", "script.py", cwd=project)
    assert done.code == 0, done.err
    assert str(project / ".venv") in done.out


def test_names_of_kernels_are_only_read(project: Path) -> None:
    folder = Path(os.environ["JUPYTER_DATA_DIR"]) / "kernels" / "hostile"
    folder.mkdir(parents=True)
    name = "A\x1b]52;c;eA==\x07 [/bold][red]name\n\u202eturned"
    spec = {"argv": ["nothing\x1b[2J"], "display_name": name, "language": "od\x1b[2Jd"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    try:
        done = cellbridge("kernels", cwd=project)
        assert done.code == 0, done.err
        assert "A [/bold][red]name �turned" in done.out
        assert "\x1b" not in done.out
        tried = cellbridge("kernels", "test", "hostile", cwd=project)
        assert tried.code == 1
        assert "\x1b" not in tried.out + tried.err
    finally:
        shutil.rmtree(folder)
