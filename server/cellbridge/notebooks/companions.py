"""The files next to a script and a notebook that hold what text cannot: the pair, or the sidecar.

Owns their names and their reading. It must not convert anything.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.notebooks import atomic_files, ipynb, script_files
from cellbridge.notebooks.errors import FileError


def sidecar_path(script: Path) -> Path:
    """Return where what a script cannot hold is kept, if it is not in a paired notebook."""
    return script.parent / f".{script.name}.kept.ipynb"


def companion(source: Path | None, target: Path | None) -> ipynb.Document | None:
    """Return the notebook that holds the rest of the script: the first that exists."""
    candidates = [target] if target is not None else []
    if source is not None:
        candidates += [sidecar_path(source), source.with_suffix(".ipynb")]
    for path in candidates:
        if path.is_file():
            return ipynb.read(atomic_files.read(path), str(path))
    return None


def read_sidecar(script: Path) -> ipynb.Document | None:
    """Return the sidecar of a script, if it has one."""
    path = sidecar_path(script)
    return ipynb.read(atomic_files.read(path), str(path)) if path.is_file() else None


def is_pair(notebook: Path | None, script: Path) -> bool:
    """Return whether the two are a pair by their names."""
    if notebook is None:
        return False
    return notebook.resolve() == script.with_suffix(".ipynb").resolve()


def existing_script(path: Path) -> script_files.ScriptText | None:
    """Return the script at ``path``; None without a file, or if it is not text."""
    if not path.is_file():
        return None
    try:
        return script_files.decode(atomic_files.read(path), str(path))
    except FileError:
        return None
