"""The Python environments of a project, read from the project's files.

Owns the files of each tool: ``.venv``, uv, poetry, pdm, hatch, pixi, conda and pyenv. Invariant:
only files near the script and the paths in them are checked; nothing is started, and no directory
is searched. It must not know kernels, settings or the order of preference (kernel_choice.py).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.trust import file_trust
from cellbridge.kernel.trust.file_trust import LEVELS, Refusal
from cellbridge.kernel.trust.untrusted_paths import exists, is_file, read_text
from cellbridge.kernel.trust.untrusted_paths import names as names_in

_NAMES = (".venv", "venv", "env", ".conda")


@dataclass(frozen=True, slots=True)
class ProjectEnvironment:
    """An environment that a project names."""

    environment: Environment
    why: str
    """The reason for it, to be read after "because"."""
    entry: Path | None = None
    """The file or folder near the script that names it; None if the user's own settings do."""
    folder: Path | None = None
    """The project of that file, if the file is not directly in it."""


@dataclass(frozen=True, slots=True)
class MissingEnvironment:
    """An environment that a project needs and that does not exist yet."""

    why: str
    """One sentence: the missing environment, and how to create it."""


def find_environments(
    directory: Path, variables: Mapping[str, str]
) -> Iterator[ProjectEnvironment | MissingEnvironment | Refusal]:
    """Yield the environments of the projects around ``directory``, the nearest first.

    The home directory and its parents are never projects. Environments that another user could have
    created are yielded as refused.
    """
    home = Path(variables.get("HOME") or Path.home())
    for level in (directory, *directory.parents)[:LEVELS]:
        if level == home and level != directory:
            return
        names = names_in(level)
        for found in _in_project(level, names, variables):
            if isinstance(found, ProjectEnvironment):
                yield refuse_untrusted(found)
            elif file_trust.refusal(level) is None:
                yield found


def refuse_untrusted(found: ProjectEnvironment) -> ProjectEnvironment | Refusal:
    """Return an environment, or its refusal if another user could have created it."""
    if found.entry is None:
        return found
    return file_trust.refusal(found.entry, found.folder, found.environment.places) or found


def _in_project(
    level: Path, names: frozenset[str], variables: Mapping[str, str]
) -> Iterator[ProjectEnvironment | MissingEnvironment]:
    """Yield the environments of one directory, the most definite first."""
    found: list[ProjectEnvironment | MissingEnvironment] = [
        *_in_folder(level, names),
        *_pdm(level, names),
        *_pixi(level, names),
    ]
    project = _toml(level / "pyproject.toml", names)
    found += _uv(level, names, variables)
    if "poetry.lock" in names or "poetry" in _table(project, "tool"):
        found += _poetry(level, project, variables)
    if "hatch.toml" in names or "hatch" in _table(project, "tool"):
        found += _hatch(level, project, variables)
    found += _conda(level, names, variables)
    found += _pyenv(level, names, variables)
    yield from found
    if not found and (missing := _not_created(level, names, project)):
        yield missing


def _in_folder(
    level: Path, names: frozenset[str]
) -> Iterator[ProjectEnvironment | MissingEnvironment]:
    for name in _NAMES:
        if name not in names:
            continue
        place = level / name
        if is_file(place):
            place = level / _line(place)
        if why := environments.out_of_reach(place):
            yield MissingEnvironment(f"{why}; make it yours, or choose another kernel.")
        # A folder called env may be anything.
        marks = ("pyvenv.cfg", "conda-meta")
        if any(exists(place / mark) for mark in marks) and (one := environments.at(place)):
            yield ProjectEnvironment(one, f"{name} is in {level}", level / name)


def _uv(
    level: Path, names: frozenset[str], variables: Mapping[str, str]
) -> Iterator[ProjectEnvironment]:
    chosen = variables.get("UV_PROJECT_ENVIRONMENT", "")
    if chosen and "uv.lock" in names and (one := environments.at(level / chosen)):
        why = f"UV_PROJECT_ENVIRONMENT names it for the uv project {level}"
        yield ProjectEnvironment(one, why, level / "uv.lock")


def _pdm(level: Path, names: frozenset[str]) -> Iterator[ProjectEnvironment]:
    if ".pdm-python" in names and (one := environments.of(_line(level / ".pdm-python"), level)):
        yield ProjectEnvironment(
            one, f"pdm uses it for {level} (.pdm-python)", level / ".pdm-python"
        )


def _pixi(level: Path, names: frozenset[str]) -> Iterator[ProjectEnvironment]:
    if ".pixi" in names and (one := environments.at(level / ".pixi" / "envs" / "default")):
        yield ProjectEnvironment(one, f"it is the pixi environment of {level}", level / ".pixi")


def _poetry(
    level: Path, project: Mapping[str, Any], variables: Mapping[str, str]
) -> Iterator[ProjectEnvironment]:
    tool = _table(_table(project, "tool"), "poetry")
    name = str(_table(project, "project").get("name") or tool.get("name") or level.name)
    safe = re.sub(r'[ $`!*@"\\\r\n\t]', "_", name.lower())[:42]
    stem = f"{safe}-{_digest(os.path.normcase(os.path.realpath(level)))}-py"
    cache = variables.get("POETRY_CACHE_DIR") or str(_cache(variables) / "pypoetry")
    folder = Path(variables.get("POETRY_VIRTUALENVS_PATH") or f"{cache}/virtualenvs")
    for entry in sorted(names_in(folder), reverse=True):
        if entry.startswith(stem) and (one := environments.at(folder / entry)):
            yield ProjectEnvironment(
                one, f"it is poetry's environment of {level}", _mark(level, "poetry.lock")
            )


def _hatch(
    level: Path, project: Mapping[str, Any], variables: Mapping[str, str]
) -> Iterator[ProjectEnvironment]:
    name = str(_table(project, "project").get("name") or f"{level.name}-unmanaged")
    data = variables.get("HATCH_DATA_DIR") or str(_data(variables) / "hatch")
    folder = Path(data) / "env" / "virtual" / name / _digest(str(level))
    if one := environments.at(folder / name):
        why = f"it is hatch's default environment of {level}"
        yield ProjectEnvironment(one, why, _mark(level, "hatch.toml"))


def _conda(
    level: Path, names: frozenset[str], variables: Mapping[str, str]
) -> Iterator[ProjectEnvironment]:
    for file in ("environment.yml", "environment.yaml"):
        if file not in names:
            continue
        text = _text(level / file)
        prefix = re.search(r"^prefix:\s*(\S.*?)\s*$", text, re.MULTILINE)
        name = re.search(r"^name:\s*['\"]?([^'\"\s#]+)", text, re.MULTILINE)
        places = [Path(prefix[1])] if prefix else []
        places += [root / name[1] for root in conda_folders(variables)] if name else []
        if name:
            places += [place for place in conda_known(variables) if place.name == name[1]]
        for place in dict.fromkeys(places):
            if one := environments.at(place):
                yield ProjectEnvironment(one, f"{level / file} names it", level / file)
                break


def _pyenv(
    level: Path, names: frozenset[str], variables: Mapping[str, str]
) -> Iterator[ProjectEnvironment]:
    if ".python-version" not in names:
        return
    versions = pyenv_versions(variables)
    for asked in _text(level / ".python-version").split():
        installed = [name for name in names_in(versions) if _matches(name, asked)]
        best = max(installed, key=environments.numbers, default="")
        if best and (one := environments.at(versions / best)):
            file = level / ".python-version"
            yield ProjectEnvironment(one, f"{file} asks for {asked}", file)
            return


def _not_created(
    level: Path, names: frozenset[str], project: Mapping[str, Any]
) -> MissingEnvironment | None:
    """Return the environment that the project's tool would create."""
    tools = _table(project, "tool")
    for made, mark, command in (
        ("uv", "uv.lock" in names or "uv" in tools, "uv sync"),
        ("poetry", "poetry.lock" in names or "poetry" in tools, "poetry install"),
        ("pdm", "pdm.lock" in names or "pdm" in tools, "pdm install"),
        ("pixi", "pixi.lock" in names or "pixi.toml" in names or "pixi" in tools, "pixi install"),
    ):
        if mark:
            return MissingEnvironment(
                f"{level} is a {made} project without an environment yet; run {command}."
            )
    return None


# --- directories of tools
# --------------------------------------------------------------------------


def pyenv_versions(variables: Mapping[str, str]) -> Path:
    """Return the directory of pyenv's interpreters, whether it exists or not."""
    root = variables.get("PYENV_ROOT") or str(_home(variables) / ".pyenv")
    return Path(root) / "versions"


def conda_folders(variables: Mapping[str, str]) -> list[Path]:
    """Return conda's directories of named environments, whether they exist or not."""
    home = _home(variables)
    folders = [
        Path(part) for part in variables.get("CONDA_ENVS_PATH", "").split(os.pathsep) if part
    ]
    if executable := variables.get("CONDA_EXE"):
        folders.append(Path(executable).parent.parent / "envs")
    if root := variables.get("MAMBA_ROOT_PREFIX"):
        folders.append(Path(root) / "envs")
    installed = ("miniforge3", "mambaforge", "miniconda3", "anaconda3", "micromamba")
    return [*folders, *(home / name / "envs" for name in installed), home / ".conda" / "envs"]


def conda_known(variables: Mapping[str, str]) -> list[Path]:
    """Return the environments in conda's list, whether they exist or not."""
    text = _text(_home(variables) / ".conda" / "environments.txt")
    return [Path(line.strip()) for line in text.split("\n") if line.strip()]


def _home(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("HOME") or Path.home())


def _cache(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("XDG_CACHE_HOME") or _home(variables) / ".cache")


def _data(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("XDG_DATA_HOME") or _home(variables) / ".local" / "share")


def _digest(text: str) -> str:
    """Return the hash by which poetry and hatch distinguish projects of one name."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:8]


def _matches(installed: str, asked: str) -> bool:
    return installed == asked or installed.startswith(f"{asked}.")


def _mark(level: Path, name: str) -> Path:
    """Return the file that makes a folder a tool's project: the tool's own, or the general one."""
    return level / name if exists(level / name) else level / "pyproject.toml"


def _toml(path: Path, names: frozenset[str]) -> Mapping[str, Any]:
    if path.name not in names:
        return {}
    try:
        return tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(mapping: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = mapping.get(key)
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _text(path: Path) -> str:
    """Return a small text file; empty if it is missing, large or not text."""
    return read_text(path)


def _line(path: Path) -> str:
    return _text(path).strip().split("\n")[0].strip()
