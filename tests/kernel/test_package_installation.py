"""Installation of packages into environments of each kind, and messages for failures."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cellbridge.kernel.find import environments, package_installation
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.find.package_installation import InstallError, ManagedError
from support.environments import pretend, pretend_conda, venv


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of a test's own."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CONDA_EXE", raising=False)
    return folder


def program(folder: Path, name: str) -> str:
    file = folder / name
    file.write_text("#!/bin/sh\nexit 0\n")
    file.chmod(0o755)
    return str(file)


def of(python: Path) -> Environment:
    environment = environments.of(python)
    assert environment is not None
    return environment


def with_pip(python: Path) -> Environment:
    (site,) = (python.parent.parent / "lib").glob("python*/site-packages")
    (site / "pip").mkdir()
    return of(python)


def managed(prefix: Path) -> Path:
    """Create the files of a system Python that another tool manages."""
    python = pretend(prefix)
    (prefix / "pyvenv.cfg").unlink()
    (prefix / "lib" / "python3.12" / "EXTERNALLY-MANAGED").write_text("[externally-managed]\n")
    return python


def check_plan(environment: Environment, *argv: str) -> None:
    assert package_installation.plan(environment, ["ipykernel"]).argv == argv


def test_each_kind_by_its_own_tool(tmp_path: Path, programs: Path) -> None:
    plain = with_pip(pretend(tmp_path / "plain"))
    pip = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "ipykernel")
    check_plan(plain, str(plain.python), *pip)

    by_uv = of(pretend(tmp_path / "by-uv", uv=True))
    with pytest.raises(InstallError) as caught:
        package_installation.plan(by_uv, ["ipykernel"])
    assert str(caught.value) == (
        "Python 3.12.1 (by-uv) has no pip, and uv was not found on the PATH. "
        f"Install uv, or run: {by_uv.python} -m ensurepip"
    )
    uv = program(programs, "uv")
    check_plan(by_uv, uv, "pip", "install", "--python", str(by_uv.python), "ipykernel")

    conda_made = of(pretend_conda(tmp_path / "science"))
    conda = program(programs, "conda")
    prefix = str(tmp_path / "science")
    check_plan(conda_made, conda, "install", "--yes", "--prefix", prefix, "ipykernel")

    pixi_made = of(pretend_conda(tmp_path / "project" / ".pixi" / "envs" / "default"))
    pixi = program(programs, "pixi")
    step = package_installation.plan(pixi_made, ["ipykernel"])
    assert (step.argv, step.cwd) == ((pixi, "add", "ipykernel"), tmp_path / "project")


def test_a_python_of_the_systems_is_left_alone(tmp_path: Path, programs: Path) -> None:
    python = managed(tmp_path / "usr")
    with pytest.raises(ManagedError) as caught:
        package_installation.plan(with_pip(python), ["ipykernel"])
    assert str(caught.value) == (
        f"{python} belongs to the operating system, which forbids installing into it (PEP 668). "
        "Make a virtual environment for the script and install there."
    )
    step, prefix = package_installation.new_environment(of(python), tmp_path)
    assert step.argv == (str(python), "-m", "venv", str(tmp_path / ".venv"))
    prefix.mkdir()
    with pytest.raises(InstallError, match="exists already; choose it as the kernel"):
        package_installation.new_environment(of(python), tmp_path)


@pytest.mark.parametrize("name", ["--target=/", "a b", "", "git+https://x", "x;y"])
def test_only_names_of_packages_are_arguments(tmp_path: Path, name: str) -> None:
    with pytest.raises(InstallError, match="is not the name of a package"):
        package_installation.plan(with_pip(pretend(tmp_path / "e")), [name])


async def test_the_installers_own_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pip.py").write_text("raise SystemExit('planted')")
    environment = of(venv(tmp_path / "e"))
    said: list[str] = []
    with pytest.raises(InstallError) as caught:
        await package_installation.run(
            package_installation.plan(environment, ["numpy"]), said.append
        )
    assert str(caught.value) == (
        "python -m pip install --disable-pip-version-check --no-input numpy failed: "
        "No matching distribution found for numpy. Run it in a terminal to see its whole output."
    )
    assert any("Could not find a version" in line for line in said)


async def test_a_program_that_cannot_start_and_one_that_says_nothing(tmp_path: Path) -> None:
    gone = package_installation.Step((str(tmp_path / "gone"),), tmp_path)
    with pytest.raises(InstallError, match="gone could not be started \\(No such file"):
        await package_installation.run(gone, lambda _: None)
    silent = package_installation.Step((sys.executable, "-c", "raise SystemExit(3)"), tmp_path)
    with pytest.raises(InstallError, match="failed: it printed nothing\\. Run it"):
        await package_installation.run(silent, lambda _: None)
    long = package_installation.Step((sys.executable, "-c", "print('x' * 300_000)"), tmp_path)
    heard: list[str] = []
    await package_installation.run(long, heard.append)
    assert sum(len(line) for line in heard) == 300_000
    assert os.environ.get("PIP_NO_COLOR") is None
