"""Configuration that another user has put near a script chooses no kernel until it is trusted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cellbridge.kernel.find.environment_search import search
from cellbridge.kernel.find.kernel_choice import Choice, KernelPreferences, choose
from cellbridge.kernel.trust import file_trust, trusted_folders
from support.environments import pretend, starts
from support.second_user import needs_second_user, other_user, run_as_other, shared_folder

STRANGER = 61234
"""A user who has no account."""


@pytest.fixture(autouse=True)
def own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


PLANTED = """
import json, os, shutil, sys
from pathlib import Path
shared, kind = Path(sys.argv[1]), sys.argv[2]
python = shared / "theirs" / "bin" / "python"
def environment(prefix):
    (prefix / "bin").mkdir(parents=True)
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin\\nversion = 3.12.1\\n")
    site = prefix / "lib" / "python3.12" / "site-packages"
    (site / "ipykernel-7.4.0.dist-info").mkdir(parents=True)
    (prefix / "bin" / "python").write_text("#!/bin/sh\\nid >> /tmp/none\\n")
    (prefix / "bin" / "python").chmod(0o755)
if kind in (".venv", "venv", "env"):
    environment(shared / kind)
elif kind == "link":
    environment(shared / "theirs")
    (shared / ".venv").symlink_to("theirs")
elif kind == "pointer":
    environment(shared / "theirs")
    (shared / ".venv").write_text("theirs")
elif kind == ".pdm-python":
    environment(shared / "theirs")
    (shared / ".pdm-python").write_text(str(python))
elif kind == "environment.yml":
    environment(shared / "theirs")
    (shared / "environment.yml").write_text(f"name: x\\nprefix: {shared / 'theirs'}\\n")
elif kind == "settings.json":
    environment(shared / "theirs")
    (shared / ".vscode").mkdir()
    value = {"python.defaultInterpreterPath": str(python)}
    (shared / ".vscode" / "settings.json").write_text(json.dumps(value))
elif kind == ".pixi":
    environment(shared / ".pixi" / "envs" / "default")
elif kind == "uv.lock":
    (shared / "uv.lock").write_text("")
"""
KINDS = (
    ".venv", "venv", "env", "link", "pointer", ".pdm-python", "environment.yml", "settings.json",
    ".pixi",
)  # fmt: skip


def chosen(directory: Path, **more: object) -> Choice:
    return choose(KernelPreferences(directory, variables={"HOME": "/nonexistent"}, **more))  # type: ignore[arg-type]


@needs_second_user
@pytest.mark.parametrize("kind", KINDS)
def test_an_environment_that_another_user_planted_is_not_used_until_trusted(kind: str) -> None:
    """The victim's script is in their own folder, in a parent that every user may change."""
    with shared_folder() as shared:
        (shared / "mine").mkdir()
        run_as_other(PLANTED, shared, kind)
        found = chosen(shared / "mine")
        assert found.environment is not None
        assert not found.environment.python.is_relative_to(shared)
        (refused,) = found.refused
        assert refused.folder == shared
        assert f"belongs to the user {other_user().pw_name}" in refused.sentence
        assert f"cellbridge trust {shared}" in refused.sentence
        trusted_folders.add(shared)
        found = chosen(shared / "mine")
        assert found.environment is not None
        assert found.environment.python.is_relative_to(shared)
        assert found.refused == ()


@needs_second_user
def test_a_project_that_another_user_planted_gives_no_advice() -> None:
    with shared_folder() as shared:
        (shared / "mine").mkdir()
        run_as_other(PLANTED, shared, "uv.lock")
        assert "uv sync" not in chosen(shared / "mine").why


@needs_second_user
def test_our_own_environment_beside_a_script_in_a_shared_folder_is_used() -> None:
    with shared_folder() as shared:
        mine = pretend(shared / ".venv", ipykernel="7.4.0")
        assert chosen(shared).id == str(mine)
        assert starts(mine) == 0
        run_as_other("import sys, os; os.mkdir(sys.argv[1])", shared / "theirs")
        theirs = pretend(shared / "theirs" / ".venv", ipykernel="7.4.0")
        found = chosen(shared / "theirs")
        assert found.id == str(mine), "ours above theirs"
        assert [each.entry for each in found.refused] == [theirs.parent.parent]
        shared.chmod(0o777)
        assert chosen(shared).refused[0].reason == f"{shared} can be changed by every user"


@needs_second_user
def test_an_environment_is_refused_by_its_interpreter_and_its_packages(tmp_path: Path) -> None:
    prefix = tmp_path / ".venv"
    python = pretend(prefix, ipykernel="7.4.0")
    assert chosen(tmp_path).id == str(python)
    theirs = tmp_path / "elsewhere"
    python.rename(theirs)
    python.symlink_to(theirs)
    os.chown(theirs, STRANGER, -1)
    assert f"{theirs} belongs to" in chosen(tmp_path).refused[0].reason
    os.chown(theirs, 0, -1)
    site = prefix / "lib" / "python3.12" / "site-packages"
    site.chmod(0o777)
    assert chosen(tmp_path).refused[0].reason == f"{site} can be changed by every user"


@needs_second_user
def test_settings_that_name_what_is_not_ours(tmp_path: Path) -> None:
    """By the editor, or relative to the script; a kernel that the user names outright is theirs."""
    python = pretend(tmp_path / "theirs" / ".venv", ipykernel="7.4.0")
    for path in (tmp_path / "theirs", *(tmp_path / "theirs").rglob("*")):
        os.chown(path, STRANGER, -1)
    found = chosen(tmp_path, interpreter=str(python))
    assert (found.id != str(python), found.refused[0].folder) == (True, tmp_path / "theirs")
    found = chosen(tmp_path, setting="theirs/.venv")
    assert (found.id != str(python), found.refused[0].folder) == (True, tmp_path / "theirs")
    assert chosen(tmp_path, setting=str(python)).id == str(python)
    assert [each.python for each in search([tmp_path], {"HOME": "/nonexistent", "PATH": ""})] == []


@needs_second_user
def test_the_nearest_settings_are_the_nearest_that_count(tmp_path: Path) -> None:
    mine = pretend(tmp_path / "mine", ipykernel="7.4.0")
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "settings.json").write_text(
        json.dumps({"python.defaultInterpreterPath": str(mine)})
    )
    (tmp_path / "sub" / ".vscode").mkdir(parents=True)
    hiding = tmp_path / "sub" / ".vscode" / "settings.json"
    hiding.write_text("{}")
    assert chosen(tmp_path / "sub").id != str(mine)
    os.chown(hiding, STRANGER, -1)
    assert chosen(tmp_path / "sub").id == str(mine)


@needs_second_user
def test_the_root_of_a_project_is_not_widened_by_another_user() -> None:
    with shared_folder() as shared:
        (shared / "mine" / "deep").mkdir(parents=True)
        assert file_trust.project_root(shared / "mine" / "deep") == shared / "mine" / "deep"
        run_as_other("import sys, os; os.mkdir(sys.argv[1])", shared / ".git")
        assert file_trust.project_root(shared / "mine" / "deep") == shared / "mine" / "deep"
        (shared / "mine" / "pyproject.toml").write_text("")
        assert file_trust.project_root(shared / "mine" / "deep") == shared / "mine"
