"""The program that is used as the engine, and those that are not trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellbridge.analysis.engine.command import EngineCommand, ScriptPlace, find_command
from cellbridge.kernel.find import environments
from cellbridge.kernel.trust.file_trust import Refusal
from support.environments import pretend


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a ``.venv``, and an empty folder ``tools`` on the PATH."""
    folder = tmp_path / "project"
    (tmp_path / "tools").mkdir()
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    pretend(folder / ".venv")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:.:")
    return folder


def install(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)


def found(
    setting: str, project: Path, *, ran: bool = False, prefix: Path | None = None
) -> EngineCommand | Refusal | str:
    environment = environments.at(prefix or project / ".venv")
    assert environment is not None
    return find_command(setting, ScriptPlace(environment, project, ran))


def words(command: EngineCommand | Refusal | str) -> tuple[str, ...]:
    """Return the program's folder and name, and its arguments."""
    assert isinstance(command, EngineCommand), command
    program = Path(command.arguments[0])
    return (program.parent.name, program.name, *command.arguments[1:])


def test_auto_takes_the_first_known_program(project: Path) -> None:
    tools = project.parent / "tools"
    assert found("auto", project) == ""
    install(tools, "ty", "pyright-langserver")
    assert words(found("auto", project)) == ("tools", "ty", "server")
    install(tools, "zuban")
    assert words(found("auto", project)) == ("tools", "zuban", "server")


def test_a_command_gets_the_arguments_that_it_needs(project: Path) -> None:
    tools = project.parent / "tools"
    install(tools, "zuban", "pyright-langserver", "other")
    for setting, expected in {
        "zuban": ("tools", "zuban", "server"),
        str(tools / "zuban"): ("tools", "zuban", "server"),
        "zuban serve --x": ("tools", "zuban", "serve", "--x"),
        "pyright": ("tools", "pyright-langserver", "--stdio"),
        "other 'a b'": ("tools", "other", "a b"),
    }.items():
        assert words(found(setting, project, ran=True)) == expected
    for setting in ("gone", "", "un'closed", str(tools / "gone")):
        said = found(setting, project)
        assert isinstance(said, str)
        assert said.startswith(f"cellbridge.static.engine is “{setting}”, but ")


def test_the_engine_finds_the_packages_of_the_environment(project: Path) -> None:
    install(project.parent / "tools", "zuban")
    command = found("zuban", project)
    assert isinstance(command, EngineCommand)
    variables = dict(command.variables)
    assert variables["VIRTUAL_ENV"] == str(project / ".venv")
    assert variables["PATH"].startswith(f"{project / '.venv/bin'}:")
    assert command.directory == str(project)
    assert command.python == str(project / ".venv/bin/python")


def test_nothing_of_a_project_runs_before_the_user_has_run_it(project: Path) -> None:
    install(project / ".venv/bin", "zuban", "ty", "pyrefly")
    for setting in ("auto", "zuban", "pyrefly", "ty server"):
        assert found(setting, project) == ""
    assert words(found("auto", project, ran=True)) == ("bin", "zuban", "server")
    # A program from elsewhere may read the environment, and not run its interpreter.
    install(project.parent / "tools", "ty", "pyrefly")
    assert words(found("auto", project)) == ("tools", "ty", "server")
    assert found("pyrefly", project) == ""
    assert words(found("pyrefly", project, ran=True)) == ("bin", "pyrefly", "lsp")
    # A setting may come from the project: it runs no other program, and none of the project.
    install(project, "zuban")
    for setting in ("ty server --x", "ty-like", str(project / "zuban"), "sh -c 'ty server'"):
        install(project.parent / "tools", "ty-like", "sh")
        assert found(setting, project) == ""
        assert isinstance(found(setting, project, ran=True), EngineCommand)
    # An environment that is not the project's was chosen by the user.
    pretend(project.parent / "elsewhere" / "env")
    elsewhere = project.parent / "elsewhere" / "env"
    assert words(found("pyrefly", project, prefix=elsewhere)) == ("tools", "pyrefly", "lsp")


def test_what_another_user_could_have_written_is_not_used(project: Path) -> None:
    tools = project.parent / "tools"
    install(tools, "zuban")
    (tools / "zuban").chmod(0o777)
    refused = found("zuban", project)
    assert isinstance(refused, Refusal)
    assert refused.entry == tools / "zuban"
    install(tools, "ty")
    assert words(found("auto", project)) == ("tools", "ty", "server")
    (project / "pyproject.toml").chmod(0o666)
    refused = found("auto", project)
    assert isinstance(refused, Refusal)
    assert refused.entry == project / "pyproject.toml"
