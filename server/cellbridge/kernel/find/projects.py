"""Which Python environment a project has, asked of the project itself.

Owns what each tool leaves behind: ``.venv``, uv, poetry, pdm, hatch, pixi, conda and pyenv.
Invariant: files near the script and the places that they name are looked at, and nothing is
started; no directory is searched. It must not know kernels, settings or which answer wins over a
person's wish (kernel_choice.py).
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
class Found:
    """An environment that a project names."""

    environment: Environment
    why: str
    """How it was found, to be read after "because"."""
    entry: Path | None = None
    """The file or folder near the script that names it; None where the user's own settings do."""
    folder: Path | None = None
    """The project of that file, where it does not lie in it directly."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A project that asks for an environment which is not there yet."""

    why: str
    """One sentence: what is asked for, and how to make it."""


def ask(directory: Path, variables: Mapping[str, str]) -> Iterator[Found | Missing | Refusal]:
    """Yield the environments of the projects around ``directory``, the nearest first.

    The home directory is no project, nor is anything above it. What another user could have put
    there is yielded as refused.
    """
    home = Path(variables.get("HOME") or Path.home())
    for level in (directory, *directory.parents)[:LEVELS]:
        if level == home and level != directory:
            return
        names = names_in(level)
        for found in _in(level, names, variables):
            if isinstance(found, Found):
                yield allowed(found)
            elif file_trust.refusal(level) is None:
                yield found


def allowed(found: Found) -> Found | Refusal:
    """Return what was found, unless another user could have put it there."""
    if found.entry is None:
        return found
    return file_trust.refusal(found.entry, found.folder, found.environment.places) or found


def _in(
    level: Path, names: frozenset[str], variables: Mapping[str, str]
) -> Iterator[Found | Missing]:
    """Yield what one directory tells, the most definite first."""
    found: list[Found | Missing] = [
        *_beside(level, names),
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
    if not found and (missing := _promised(level, names, project)):
        yield missing


def _beside(level: Path, names: frozenset[str]) -> Iterator[Found | Missing]:
    for name in _NAMES:
        if name not in names:
            continue
        place = level / name
        if is_file(place):
            place = level / _line(place)
        if why := environments.out_of_reach(place):
            yield Missing(f"{why}; make it yours, or choose another kernel.")
        # A folder called env may be anything.
        marks = ("pyvenv.cfg", "conda-meta")
        if any(exists(place / mark) for mark in marks) and (one := environments.at(place)):
            yield Found(one, f"{name} lies in {level}", level / name)


def _uv(level: Path, names: frozenset[str], variables: Mapping[str, str]) -> Iterator[Found]:
    chosen = variables.get("UV_PROJECT_ENVIRONMENT", "")
    if chosen and "uv.lock" in names and (one := environments.at(level / chosen)):
        why = f"UV_PROJECT_ENVIRONMENT names it for the uv project {level}"
        yield Found(one, why, level / "uv.lock")


def _pdm(level: Path, names: frozenset[str]) -> Iterator[Found]:
    if ".pdm-python" in names and (one := environments.of(_line(level / ".pdm-python"), level)):
        yield Found(one, f"pdm uses it for {level} (.pdm-python)", level / ".pdm-python")


def _pixi(level: Path, names: frozenset[str]) -> Iterator[Found]:
    if ".pixi" in names and (one := environments.at(level / ".pixi" / "envs" / "default")):
        yield Found(one, f"it is the pixi environment of {level}", level / ".pixi")


def _poetry(
    level: Path, project: Mapping[str, Any], variables: Mapping[str, str]
) -> Iterator[Found]:
    tool = _table(_table(project, "tool"), "poetry")
    name = str(_table(project, "project").get("name") or tool.get("name") or level.name)
    safe = re.sub(r'[ $`!*@"\\\r\n\t]', "_", name.lower())[:42]
    stem = f"{safe}-{_digest(os.path.normcase(os.path.realpath(level)))}-py"
    cache = variables.get("POETRY_CACHE_DIR") or str(_cache(variables) / "pypoetry")
    folder = Path(variables.get("POETRY_VIRTUALENVS_PATH") or f"{cache}/virtualenvs")
    for entry in sorted(names_in(folder), reverse=True):
        if entry.startswith(stem) and (one := environments.at(folder / entry)):
            yield Found(one, f"it is poetry's environment of {level}", _mark(level, "poetry.lock"))


def _hatch(
    level: Path, project: Mapping[str, Any], variables: Mapping[str, str]
) -> Iterator[Found]:
    name = str(_table(project, "project").get("name") or f"{level.name}-unmanaged")
    data = variables.get("HATCH_DATA_DIR") or str(_data(variables) / "hatch")
    folder = Path(data) / "env" / "virtual" / name / _digest(str(level))
    if one := environments.at(folder / name):
        why = f"it is hatch's default environment of {level}"
        yield Found(one, why, _mark(level, "hatch.toml"))


def _conda(level: Path, names: frozenset[str], variables: Mapping[str, str]) -> Iterator[Found]:
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
                yield Found(one, f"{level / file} names it", level / file)
                break


def _pyenv(level: Path, names: frozenset[str], variables: Mapping[str, str]) -> Iterator[Found]:
    if ".python-version" not in names:
        return
    versions = pyenv_versions(variables)
    for asked in _text(level / ".python-version").split():
        installed = [name for name in names_in(versions) if _matches(name, asked)]
        best = max(installed, key=environments.numbers, default="")
        if best and (one := environments.at(versions / best)):
            file = level / ".python-version"
            yield Found(one, f"{file} asks for {asked}", file)
            return


def _promised(level: Path, names: frozenset[str], project: Mapping[str, Any]) -> Missing | None:
    """Say which environment the project's tool would make, where there is none."""
    tools = _table(project, "tool")
    for made, mark, command in (
        ("uv", "uv.lock" in names or "uv" in tools, "uv sync"),
        ("poetry", "poetry.lock" in names or "poetry" in tools, "poetry install"),
        ("pdm", "pdm.lock" in names or "pdm" in tools, "pdm install"),
        ("pixi", "pixi.lock" in names or "pixi.toml" in names or "pixi" in tools, "pixi install"),
    ):
        if mark:
            return Missing(
                f"{level} is a {made} project without an environment yet; run {command}."
            )
    return None


# --- where tools keep things ----------------------------------------------------------------------


def pyenv_versions(variables: Mapping[str, str]) -> Path:
    """Return the directory of pyenv's interpreters, there or not."""
    root = variables.get("PYENV_ROOT") or str(_home(variables) / ".pyenv")
    return Path(root) / "versions"


def conda_folders(variables: Mapping[str, str]) -> list[Path]:
    """Return the directories in which conda keeps named environments, there or not."""
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
    """Return the environments that conda has noted, there or not."""
    text = _text(_home(variables) / ".conda" / "environments.txt")
    return [Path(line.strip()) for line in text.split("\n") if line.strip()]


def _home(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("HOME") or Path.home())


def _cache(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("XDG_CACHE_HOME") or _home(variables) / ".cache")


def _data(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("XDG_DATA_HOME") or _home(variables) / ".local" / "share")


def _digest(text: str) -> str:
    """Return what poetry and hatch tell projects of one name apart by."""
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
    """Return a small text file; empty where it is missing, large or no text."""
    return read_text(path)


def _line(path: Path) -> str:
    return _text(path).strip().split("\n")[0].strip()
