"""A search for Python environments that no project names, in their usual places.

Owns the list of such places. Invariant: it runs only when the user requests more choices, starts no
interpreter, and is bounded: by `MOST` environments, and two levels below a folder. It must not know
its caller, nor its thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cellbridge.kernel.find import environments, projects
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.trust import file_trust
from cellbridge.kernel.trust.untrusted_paths import is_file, is_folder, names

MOST = 500
"""Environments after which the search ends."""
_DEEP = 2
"""Levels below an open folder that are searched for environments."""
_MOST_FOLDERS = 5_000
"""Folders that are searched below the open ones."""
_SKIPPED = frozenset({"node_modules", "__pycache__", ".git", "site-packages"})


def search(folders: Iterable[Path], variables: Mapping[str, str]) -> Iterator[Environment]:
    """Yield environments, each once, as they are found."""
    seen: set[str] = set()
    for place in _places(folders, variables):
        environment = environments.of(place) if is_file(place) else environments.at(place)
        if environment is None or environment.key in seen:
            continue
        seen.add(environment.key)
        yield environment
        if len(seen) >= MOST:
            return


def _places(folders: Iterable[Path], variables: Mapping[str, str]) -> Iterator[Path]:
    home = Path(variables.get("HOME") or Path.home())
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    cache = Path(variables.get("XDG_CACHE_HOME") or home / ".cache")
    for folder in folders:
        # A name in a list does not show who created the environment.
        yield from (place for place in _below(folder) if file_trust.refusal(place) is None)
    yield from projects.conda_known(variables)
    for parent in (
        Path(variables.get("WORKON_HOME") or home / ".virtualenvs"),
        home / ".venvs",
        *projects.conda_folders(variables),
        projects.pyenv_versions(variables),
        data / "virtualenvs",
        data / "uv" / "python",
        cache / "pypoetry" / "virtualenvs",
    ):
        yield from (parent / name for name in sorted(names(parent)))
    for folder in projects.conda_folders(variables):
        yield folder.parent
    yield from _on_path(variables)


def _on_path(variables: Mapping[str, str]) -> Iterator[Path]:
    for part in dict.fromkeys(variables.get("PATH", os.defpath).split(os.pathsep)):
        # pyenv's shims start other interpreters, which are found in their own folders.
        if part and not part.endswith("shims"):
            python = Path(part) / "python3"
            if is_file(python):
                yield python


def _below(folder: Path) -> Iterator[Path]:
    """Yield the environments at most `_DEEP` levels below a folder."""
    level = [folder]
    looked = 0
    for _ in range(_DEEP + 1):
        following: list[Path] = []
        for directory in level:
            for name in sorted(names(directory)):
                place = directory / name
                looked += 1
                if looked > _MOST_FOLDERS:
                    return
                if name in _SKIPPED or not is_folder(place):
                    continue
                if is_file(place / "pyvenv.cfg") or is_folder(place / "conda-meta"):
                    yield place
                elif name == ".pixi":
                    yield from (place / "envs" / one for one in names(place / "envs"))
                elif not name.startswith("."):
                    following.append(place)
        level = following
