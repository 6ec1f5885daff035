"""Queries about untrusted paths: always an answer, and never a wait."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cellbridge.kernel.errors import KernelStartError
from cellbridge.kernel.find import environment_search, environments, registered_specs, specs
from cellbridge.kernel.find.kernel_choice import KernelPreferences, choose
from cellbridge.kernel.process.launch import LaunchPlan, check
from cellbridge.kernel.trust import untrusted_paths as paths
from support.environments import pretend
from support.second_user import as_other, needs_second_user, shared_folder

QUESTIONS: tuple[Callable[[Path], Any], ...] = (
    paths.is_file, paths.is_folder, paths.exists, paths.is_link, paths.is_program, paths.real,
    paths.names, paths.read_bytes, paths.read_text, paths.obstacle,
    lambda path: paths.same(path, path), lambda path: paths.expanded(str(path)),
    lambda path: paths.absolute(str(path)), environments.at, environments.of,
    environments.out_of_reach,
)  # fmt: skip


@pytest.fixture(params=["loop", "long", "nul", "surrogate", "bytes", "fifo", "folder", "device"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A path at which a naive question raises or waits."""
    place = tmp_path / "odd"
    match request.param:
        case "loop":
            place.symlink_to(place)
        case "long":
            # Shorter than a path may be, so that a link can name it.
            place = tmp_path / ("x" * 300)
        case "nul":
            place = tmp_path / "a\0b"
        case "surrogate":
            place = tmp_path / "\ud800"
        case "bytes":
            place = tmp_path / os.fsdecode(b"\xff\xfe")
            place.touch()
        case "fifo":
            os.mkfifo(place)
        case "folder":
            place.mkdir()
        case _:
            place = Path("/dev/zero")
    return place


def test_every_question_has_an_answer(odd: Path) -> None:
    for question in QUESTIONS:
        question(odd)
    assert not paths.read_text(odd)
    assert environments.of(odd) is None


def test_an_environment_may_hold_anything(odd: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    pretend(prefix, ipykernel="7.4.0")
    for name in ("pyvenv.cfg", "conda-meta"):
        (prefix / name).unlink(missing_ok=True)
        if not {"\0", "\ud800"} & set(str(odd)):
            (prefix / name).symlink_to(odd)
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "settings.json").write_text(
        '{"python.defaultInterpreterPath": "~\\u0000/x"}'
    )
    environment = environments.at(prefix)
    assert environment is not None
    assert environment.ipykernel in {"7.4.0", ""}
    choose(KernelPreferences(tmp_path, picked=str(odd), variables={"HOME": str(tmp_path)}))
    choose(KernelPreferences(tmp_path, interpreter=str(odd), variables={"HOME": str(tmp_path)}))
    list(environment_search.search([tmp_path, odd], {"HOME": str(odd), "PATH": str(odd)}))


def test_a_file_is_read_up_to_its_bound_and_a_longer_one_is_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\xef\xbb\xbfab\xff")
    assert paths.read_text(file) == "ab\ufffd"
    assert paths.read_bytes(file, 6) is not None
    assert paths.read_bytes(file, 5) is None


def test_an_absent_path_is_no_obstacle(tmp_path: Path) -> None:
    assert paths.obstacle(tmp_path / "none" / "here") == ""
    assert paths.obstacle(tmp_path) == ""


def test_settings_nested_without_end_name_no_interpreter(tmp_path: Path) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "settings.json").write_text("[" * 200_000)
    assert choose(KernelPreferences(tmp_path, variables={"HOME": str(tmp_path)})).id


def asked(folder: Path) -> list[str]:
    """The other user's view of a private environment and a private kernel."""
    variables = {"HOME": str(folder), "PATH": "", "VIRTUAL_ENV": str(folder / "locked")}
    python = folder / "locked" / "bin" / "python"
    os.environ["JUPYTER_PATH"] = str(folder)
    said = [choose(KernelPreferences(folder, picked=str(python), variables=variables)).problem]
    said.append(choose(KernelPreferences(folder, variables=variables)).why)
    said.append(choose(KernelPreferences(folder, interpreter=str(python), variables={})).why)
    for problem in (
        lambda: specs.find(str(python), "python"),
        lambda: check(LaunchPlan(specs.find(None, "python"), str(folder / "locked" / "a"), folder)),
    ):
        with pytest.raises(KernelStartError) as error:
            problem()
        said.append(str(error.value))
    assert [one.prefix.name for one in environment_search.search([folder], variables)] == ["open"]
    assert "hidden" not in [spec.name for spec in registered_specs.list_specs()]
    return said


@needs_second_user
def test_an_environment_that_may_not_be_read_is_absent_with_a_sentence() -> None:
    with shared_folder() as folder:
        pretend(folder / "locked")
        pretend(folder / "open")
        kernels = folder / "kernels"
        (kernels / "hidden").mkdir(parents=True)
        (kernels / "hidden" / "kernel.json").write_text('{"argv": ["x"], "language": "y"}')
        for private in (folder / "locked", kernels):
            private.chmod(0o700)
        # Positive control: its owner may use it.
        assert (
            choose(KernelPreferences(folder, picked=str(folder / "locked"))).environment is not None
        )
        said = as_other(asked, folder)
    place = folder / "locked"
    reason = "is out of reach (Permission denied)"
    python = f"{place}/bin/python"
    save = "Save the script in a directory that does."
    assert said == [
        f"{python} cannot be used: {python} {reason}; choose another kernel.",
        said[1],
        said[2],
        f"{python} cannot be used: {python} {reason}; choose another kernel.",
        f"The kernel python3 could not start: its working directory {place}/a {reason}. {save}",
    ]
    assert f"{python} {reason}, though VIRTUAL_ENV names it; activate another one." in said[1]
    assert f"{python} {reason}, though python.defaultInterpreterPath names it" in said[2]
