"""The choice of a script's environment, from files alone, and in a tree with many of them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from pathlib import Path

import pytest

from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environment_search import search
from cellbridge.kernel.find.kernel_choice import Choice, KernelPreferences, choose
from support.environments import pretend, pretend_conda, starts


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def project(home: Path) -> Path:
    folder = home / "project"
    folder.mkdir()
    return folder


def chosen(project: Path, **more: object) -> Choice:
    variables = {"HOME": str(project.parent), **dict(more.pop("variables", {}))}  # type: ignore[arg-type]
    return choose(KernelPreferences(project, variables=variables, **more))  # type: ignore[arg-type]


def check_found(project: Path, python: Path, why: str, **more: object) -> None:
    found = chosen(project, **more)
    assert (found.id, found.why) == (str(python), f"This Python was chosen because {why}.")
    assert starts(python) == 0


def digest(path: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(str(path).encode()).digest()).decode()[:8]


def test_nothing_near_means_our_own_python(project: Path) -> None:
    found = chosen(project)
    assert found.id == sys.executable
    assert found.problem == ""


def test_a_folder_beside_the_script_or_above_it(project: Path) -> None:
    python = pretend(project / ".venv", uv=True)
    check_found(project, python, f".venv is in {project}")
    below = project / "src" / "deep"
    below.mkdir(parents=True)
    found = choose(KernelPreferences(below, variables={"HOME": str(project.parent)}))
    assert found.id == str(python)
    assert found.environment is not None
    assert (found.environment.kind, found.environment.version) == ("uv", "3.12.1")


def test_a_folder_called_env_may_hold_anything(project: Path) -> None:
    (project / "env" / "bin").mkdir(parents=True)
    (project / "env" / "bin" / "python").write_text("")
    assert chosen(project).id == sys.executable


def test_the_home_directory_is_no_project(project: Path) -> None:
    pretend(project.parent / ".venv")
    assert chosen(project).id == sys.executable


def test_pixi_pdm_and_a_file_that_points(project: Path, tmp_path: Path) -> None:
    pixi = pretend_conda(project / ".pixi" / "envs" / "default")
    check_found(project, pixi, f"it is the pixi environment of {project}")
    pdm = pretend(tmp_path / "elsewhere")
    (project / ".pdm-python").write_text(f"{pdm}\n")
    check_found(project, pdm, f"pdm uses it for {project} (.pdm-python)")
    pointed = pretend(tmp_path / "pointed")
    (project / ".venv").write_text(str(pointed.parent.parent))
    check_found(project, pointed, f".venv is in {project}")


def test_poetry_and_hatch_keep_theirs_elsewhere(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "My_App"\n[tool.poetry]\n')
    cache = project.parent / ".cache" / "pypoetry" / "virtualenvs"
    poetry = pretend(cache / f"my_app-{digest(Path(os.path.realpath(project)))}-py3.12")
    check_found(project, poetry, f"it is poetry's environment of {project}")
    (project / "pyproject.toml").write_text('[project]\nname = "app"\n[tool.hatch.envs.default]\n')
    data = project.parent / ".local" / "share" / "hatch" / "env" / "virtual"
    hatch = pretend(data / "app" / digest(project) / "app")
    check_found(project, hatch, f"it is hatch's default environment of {project}")


def test_conda_and_pyenv_by_their_files(project: Path, tmp_path: Path) -> None:
    home = project.parent
    (project / ".python-version").write_text("3.11\n")
    for version in ("3.11.2", "3.11.10", "3.12.0"):
        pretend(home / ".pyenv" / "versions" / version, version=version)
    python = home / ".pyenv" / "versions" / "3.11.10" / "bin" / "python"
    check_found(project, python, f"{project}/.python-version asks for 3.11")

    conda = pretend_conda(tmp_path / "conda" / "envs" / "science")
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").write_text(f"{conda.parent.parent}\n")
    (project / "environment.yml").write_text("name: science  # ours\ndependencies: [python]\n")
    check_found(project, conda, f"{project}/environment.yml names it")


def test_what_is_active_comes_before_the_project_but_condas_base_does_not(
    project: Path, tmp_path: Path
) -> None:
    mine = pretend(project / ".venv")
    active = pretend(tmp_path / "active")
    variables = {"VIRTUAL_ENV": str(tmp_path / "active")}
    why = "it is active in the editor's surroundings (VIRTUAL_ENV)"
    check_found(project, active, why, variables=variables)
    base = pretend_conda(tmp_path / "miniforge3")
    variables = {"CONDA_PREFIX": str(base.parent.parent), "CONDA_DEFAULT_ENV": "base"}
    check_found(project, mine, f".venv is in {project}", variables=variables)


def test_settings_and_picks_come_first(project: Path, tmp_path: Path) -> None:
    pretend(project / ".venv")
    other = pretend(tmp_path / "other", ipykernel="7.4.0")
    (project / ".vscode").mkdir()
    settings = {"python.defaultInterpreterPath": str(other)}
    (project / ".vscode" / "settings.json").write_text(json.dumps(settings))
    why = f"python.defaultInterpreterPath in {project}/.vscode/settings.json names it"
    check_found(project, other, why)
    third = pretend(tmp_path / "third")
    check_found(project, third, "python.defaultInterpreterPath names it", interpreter=str(third))
    assert chosen(project, setting=str(third)).why == f"cellbridge.kernel.name is {third}."
    assert chosen(project, setting=str(third), header="ir").id == "ir"
    picked = chosen(project, setting=str(third), header="ir", picked=str(other))
    assert (picked.id, picked.why) == (str(other), "It was picked for this file.")
    gone = chosen(project, picked="/gone/python")
    assert gone.problem == "There is no Python at /gone/python any more; choose another kernel."


def test_a_project_whose_environment_is_not_made_yet(project: Path) -> None:
    (project / "uv.lock").write_text("")
    found = chosen(project, header="python3")
    assert found.id == sys.executable
    assert found.why == (
        f"{project} is a uv project without an environment yet; run uv sync. "
        "The header's python3 stands for any Python."
    )


def test_an_environment_without_ipykernel_says_so(project: Path) -> None:
    pretend(project / ".venv")
    said = "ipykernel is not installed in Python 3.12.1 (.venv); install it there."
    assert chosen(project).problem == said
    pretend(project / "sub" / ".venv", ipykernel="7.4.0")
    assert choose(KernelPreferences(project / "sub")).problem == ""


def test_two_hundred_environments_nearby_cost_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = pretend(project / ".venv", ipykernel="7.4.0")
    looks: list[Path] = []
    real = environments.names
    monkeypatch.setattr(environments, "names", lambda place: looks.append(place) or real(place))
    chosen(project)
    alone = len(looks)
    made = [pretend(project.parent / f"p{at}" / ".venv") for at in range(150)]
    made += [pretend(project / f"env{at}") for at in range(50)]
    assert chosen(project).id == str(mine)
    assert len(looks) == 2 * alone, "as few directories are read as without them"
    assert sum(starts(python) for python in [*made, mine]) == 0

    # Looking for all of them on request starts none either.
    variables = {"HOME": str(project.parent), "PATH": ""}
    everything = {one.python for one in search([project], variables)}
    assert set(made[150:]) | {mine} == everything
    assert sum(starts(python) for python in [*made, mine]) == 0


def test_our_own_environment_is_known() -> None:
    mine = environments.own()
    assert mine.ipykernel
    assert mine.has("zmq")
    assert not mine.has("no_such_module")
    assert not mine.managed


def test_one_interpreter_with_several_names_is_one(tmp_path: Path) -> None:
    base = tmp_path / "base" / "bin"
    base.mkdir(parents=True)
    (base / "python3.12").write_text("")
    for name in ("python", "python3"):
        (base / name).symlink_to("python3.12")
    (tmp_path / "python").symlink_to(base / "python3")
    prefixes = [tmp_path / "one", tmp_path / "two"]
    names = ("bin/python", "bin/python3")
    for prefix in prefixes:
        (prefix / "bin").mkdir(parents=True)
        (prefix / "pyvenv.cfg").write_text("home = /base\n")
        for name in names:
            (prefix / name).symlink_to(base.parent / name)
    (tmp_path / "linked").symlink_to(tmp_path / "one")
    groups = [
        [base / "python", base / "python3", base / "python3.12", tmp_path / "python"],
        [prefix / name for prefix in (prefixes[0], tmp_path / "linked") for name in names],
        [prefixes[1] / name for name in names],
    ]
    keys = [{environments.key_of(python) for python in group} for group in groups]
    assert [len(known) for known in keys] == [1, 1, 1]
    assert len(set[str].union(*keys)) == 3
    assert environments.same(groups[1][0], str(groups[1][3]))
    # Two environments of one base are two, though their programs are the same file.
    assert not environments.same(groups[1][0], groups[2][0])
    assert not environments.same(groups[1][0], groups[0][0])


def test_broken_files_are_passed_over(project: Path) -> None:
    (project / "pyproject.toml").write_bytes(b"[tool\xff")
    (project / ".vscode").mkdir()
    (project / ".vscode" / "settings.json").write_text("[1, 2")
    (project / ".python-version").write_bytes(b"\xff\xfe")
    (project / "environment.yml").write_text("name:\n")
    (project / ".pdm-python").write_text("")
    (project / ".venv").symlink_to(project / "gone")
    assert chosen(project).id == sys.executable
