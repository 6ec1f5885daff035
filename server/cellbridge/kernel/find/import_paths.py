"""The directories from which an environment imports, read from its files.

Owns the reading of ``sys.path`` without an interpreter: the standard library, the packages, and the
directories and packages that editable installations add. Those are in the lines of ``.pth`` and
``.egg-link`` files that are paths, and in the tables of setuptools' finders; no code of either is
executed. It must not know the modules in the directories.
"""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.trust.file_trust import refusal
from cellbridge.kernel.trust.untrusted_paths import is_folder, names, read_text, real

LIMIT = 100
"""Directories of one environment; further ones are left out."""
_ADDING = (".pth", ".egg-link")
_FINDER = re.compile(r"__editable___\w+_finder\.py")
_TABLE = re.compile(r"^MAPPING\b[^=\n]*= *(\{[^}\n]*\})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ImportPaths:
    """The directories from which an environment imports, and the state that they were read in."""

    folders: tuple[Path, ...]
    packages: tuple[tuple[str, Path], ...]
    """Top-level modules that are elsewhere: the name, and the package's directory or the file."""
    watched: tuple[tuple[Path, int], ...]
    """The files and directories that decide, with the times of their last change."""

    @property
    def current(self) -> bool:
        """True if nothing that decides about the directories has changed since."""
        return all(changed(path) == known for path, known in self.watched)


def import_paths(environment: Environment) -> ImportPaths:
    """Read the directories of an environment, in the order of import."""
    variable = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    folders = [Path(part) for part in variable if os.path.isabs(part)]  # noqa: PTH117 - a text
    folders += environment.library
    watched = [environment.prefix / "pyvenv.cfg", *environment.sites]
    added: list[Path] = []
    packages: list[tuple[str, Path]] = []
    for site in environment.sites:
        for name in sorted(names(site)):
            if name.endswith(_ADDING) and not name.startswith("."):
                watched.append(site / name)
                added += _added(site / name)
            elif _FINDER.fullmatch(name):
                watched.append(site / name)
                packages += _mapped(site / name)
    # ``lib64`` is mostly a link to ``lib``.
    known = {real(folder): folder for folder in reversed((*folders, *environment.sites, *added))}
    found = tuple(folder for folder in reversed(known.values()) if is_folder(folder))
    stamps = tuple((path, changed(path)) for path in watched)
    return ImportPaths(found[:LIMIT], tuple(packages[:LIMIT]), stamps)


def changed(path: Path) -> int:
    """Return the time of the last change, in nanoseconds; 0 if the path is out of reach."""
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


def _added(file: Path) -> list[Path]:
    """Return the directories that a file adds; none if another user could have written it."""
    if refusal(file) is not None:
        return []
    lines = [line.strip() for line in read_text(file).split("\n")]
    if file.suffix == ".egg-link":
        lines = lines[:1]
    paths = (line for line in lines if line and not line.startswith(("#", "import ", "import\t")))
    return [file.parent / path for path in paths if "\0" not in path]


def _mapped(finder: Path) -> list[tuple[str, Path]]:
    """Return the packages in the table of a finder; none if another user could have written it."""
    found = _TABLE.search(read_text(finder))
    if found is None or refusal(finder) is not None:
        return []
    try:
        table: object = ast.literal_eval(found[1])
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    pairs = cast("dict[object, object]", table).items() if isinstance(table, dict) else ()
    return [
        (name, Path(place))
        for name, place in pairs
        if isinstance(name, str) and isinstance(place, str) and "\0" not in place
    ]
