"""The modules that a script can import, from the directories of its environment.

Owns the lists of modules and their age. Nothing is imported and no interpreter is started. It must
not know how import statements are written.

Each directory is listed once, and again when it has changed: its time of change is compared at each
query, so nothing runs between queries. All reading is in threads, at most one at a time, as the
disk may be slow. A caller that gives up leaves the reading to the next one.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellbridge.kernel.find.import_paths import ImportPaths

ENTRY_LIMIT = 20_000
"""Names in one directory that are read; of a larger one the rest is left out."""
FOLDER_LIMIT = 1_000
"""Directories whose lists are stored; beyond it the one read first is forgotten."""
_PROBED = 100
"""Names in a directory without ``__init__.py`` that are examined for modules."""
_SUFFIXES = (".py", ".so", ".pyd")
_INIT = "__init__"


class ImportableModules:
    """The modules of all environments, listed when they are first needed."""

    def __init__(self) -> None:
        self._lists: dict[Path, tuple[int, tuple[str, ...]]] = {}
        self._paths: dict[str, ImportPaths] = {}
        self._reading: asyncio.Future[Sequence[str]] | None = None
        self._due: list[asyncio.TimerHandle] = []
        self._closed = False

    async def find(self, python: str | None, folder: Path | None, package: str) -> Sequence[str]:
        """Return the modules in ``package``, the top-level ones if it is empty.

        ``python`` is the interpreter of the environment, None for our own, and ``folder`` that of
        the script.
        """
        while (reading := self.begin(python, folder, package)) is None:
            await asyncio.wait([self._reading] if self._reading else [])
        return await asyncio.shield(reading)

    def begin(
        self, python: str | None, folder: Path | None, package: str = ""
    ) -> asyncio.Future[Sequence[str]] | None:
        """Begin to read in the background; returns at once, with None if another is read."""
        if self._reading is not None and not self._reading.done():
            return None
        loop = asyncio.get_running_loop()
        self._reading = loop.run_in_executor(None, self.read, python, folder, package)
        return self._reading

    def begin_later(self, seconds: float, python: str | None, folder: Path | None) -> None:
        """Begin to read the top-level modules after a time, unless `close` is called before."""
        loop = asyncio.get_running_loop()
        self._due = [one for one in self._due if one.when() > loop.time()]
        self._due.append(loop.call_later(seconds, self._begin_due, python, folder))

    def _begin_due(self, python: str | None, folder: Path | None) -> None:
        if not self._closed:  # It was due when the loop ended, and is no longer in the list.
            self.begin(python, folder)

    def close(self) -> None:
        """Begin nothing more: the loop is about to end, and its threads with it."""
        self._closed = True
        for one in self._due:
            one.cancel()

    def read(self, python: str | None, folder: Path | None, package: str) -> Sequence[str]:
        """Do the same at once; it waits for the disk."""
        paths = self._import_paths(python)
        roots = (*(() if folder is None else (folder,)), *paths.folders)
        if not package:
            elsewhere = (name for name, _ in paths.packages if name.isidentifier())
            found = dict.fromkeys((*sys.builtin_module_names, *elsewhere))
            directories: Iterable[Path] = roots
        else:
            found = dict[str, None]()
            directories = _package_folders(roots, dict(paths.packages), package.split("."))
        for directory in directories:
            found.update(dict.fromkeys(self._list(directory)))
        return tuple(found)

    def _import_paths(self, python: str | None) -> ImportPaths:
        # The first completion does not wait for these imports, which this thread makes.
        from cellbridge.kernel.find import environments  # noqa: PLC0415
        from cellbridge.kernel.find.import_paths import import_paths  # noqa: PLC0415

        known = self._paths.get(python or "")
        if known is None or not known.current:
            environment = environments.of(python) if python else environments.own()
            known = import_paths(environment or environments.own())
            self._paths[python or ""] = known
        return known

    def _list(self, directory: Path) -> tuple[str, ...]:
        from cellbridge.kernel.find.import_paths import changed  # noqa: PLC0415 (as above)

        stamp = changed(directory)
        known = self._lists.pop(directory, None)
        if known is None or known[0] != stamp:
            known = stamp, tuple(_modules(directory))
        self._lists[directory] = known
        while len(self._lists) > FOLDER_LIMIT:
            del self._lists[next(iter(self._lists))]
        return known[1]


def _package_folders(
    roots: Iterable[Path], elsewhere: Mapping[str, Path], names: Sequence[str]
) -> list[Path]:
    """Return the directories of a package: one, or all parts of a namespace package."""
    folders = list(roots)
    for at, name in enumerate(names):
        inside = [folder / name for folder in folders]
        if not at and name in elsewhere:
            inside.insert(0, elsewhere[name])
        whole = [folder for folder in inside if _has_init(folder)]
        folders = whole[:1] or [folder for folder in inside if os.path.isdir(folder)]  # noqa: PTH112
    return folders


def _has_init(folder: Path) -> bool:
    return os.path.isfile(folder / f"{_INIT}.py")  # noqa: PTH113 - it never raises


def _modules(directory: Path) -> Iterable[str]:
    """Yield the modules and packages in a directory, each once."""
    found: dict[str, None] = {}
    for entry in _entries(directory, ENTRY_LIMIT):
        name = _module_name(entry)
        if name and name not in found and (entry.is_file() or _is_package(Path(entry.path))):
            found[name] = None
    return found


def _entries(directory: Path, limit: int) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return [entry for entry, _ in zip(entries, range(limit), strict=False)]
    except (OSError, ValueError):
        return []


def _module_name(entry: os.DirEntry[str]) -> str:
    """Return the name by which an entry could be imported; empty if by none."""
    name, _, rest = entry.name.partition(".")
    fits = f".{rest}".endswith(_SUFFIXES) if rest else not name.startswith("__")
    # ``name.py`` has one suffix; ``name.abi3.so`` may have more.
    if not fits or (rest.endswith("py") and rest != "py") or name in {_INIT, "__main__"}:
        return ""
    # Setuptools installs finders for editable packages under such names.
    return name if name.isidentifier() and not name.startswith("__editable__") else ""


def _is_package(folder: Path) -> bool:
    """Return True if a directory is a package, or holds modules as a namespace package does."""
    if not os.path.isdir(folder):  # noqa: PTH112 - it never raises
        return False
    if _has_init(folder):
        return True
    for entry in _entries(folder, _PROBED):
        if entry.name.endswith(_SUFFIXES):
            return True
        if entry.name.isidentifier() and _has_init(Path(entry.path)):
            return True
    return False
