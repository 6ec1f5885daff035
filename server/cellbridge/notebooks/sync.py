"""A script and its notebook kept in step, by what they hold and not by when they were written.

Owns: finding out which of the two has changed since they last agreed, and bringing the other up
to date. It must not guess: where both have changed, both stay as they are.

When they agree, the notebook's metadata ``cellbridge.synced`` hold a digest of the script and one
of the notebook's cells as a script. So the pair can be copied, cloned and moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cellbridge.core import convert
from cellbridge.core.cells import Cells
from cellbridge.core.languages import Language, extensions
from cellbridge.core.percent import script as percent
from cellbridge.core.percent.spelling import Spelling, digest
from cellbridge.core.percent.values import mapping
from cellbridge.notebooks import conversion, files, ipynb, scripts
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.files import Seen

_OURS, _SYNCED = "cellbridge", "synced"


class Side(StrEnum):
    """One of a pair; also a person's word for which one is right."""

    SCRIPT = "script"
    NOTEBOOK = "notebook"


class ConflictError(FileError):
    """Both have changed since they last agreed; neither was touched."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What was done."""

    script: Path
    notebook: Path
    written: Side | None
    """Which one was brought up to date; None if they agreed."""


def pair_of(path: Path) -> tuple[Path, Path]:
    """Return the script and the notebook of the pair that ``path`` belongs to.

    Raises:
        FileError: the name is neither a script's nor a notebook's.
    """
    if conversion.format_of(path.name) != conversion.NOTEBOOK:
        return path, path.with_suffix(".ipynb")
    found = [
        other
        for other in sorted(path.parent.glob(f"{_escaped(path.stem)}.*"))
        if other.suffix[1:] in extensions()
    ]
    if len(found) > 1:
        names = ", ".join(other.name for other in found)
        raise FileError(f"{path} could belong to any of {names}; name the script instead.")
    return found[0] if found else path.with_suffix(".py"), path


def _escaped(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def sync(path: Path, take: Side | None = None) -> Synced:
    """Bring a script and its notebook into step; ``take`` says which one is right.

    Raises:
        ConflictError: both have changed, and nobody said which one is right.
        FileError: one of them cannot be read or written; neither is harmed.
    """
    script, notebook = pair_of(path)
    if not script.exists() and not notebook.exists():
        raise FileError(f"Neither {script} nor {notebook} exists; check the path.")
    if not notebook.exists() or take is Side.SCRIPT:
        return _to_notebook(script, notebook)
    if not script.exists() or take is Side.NOTEBOOK:
        return _to_script(script, notebook)
    seen = Seen.of(notebook)
    text = scripts.decode(files.read(script), str(script))
    document = ipynb.read(files.read(notebook), str(notebook))
    cells = conversion.cells_of(script, text.content)
    language = cells.language
    if convert.to_script(document.notebook, language, cells) == text.content:
        _record(notebook, document, cells, seen)
        return Synced(script, notebook, None)
    base = _base(document.notebook)
    script_same = base.get("script") == digest(text.content)
    notebook_same = base.get("cells") == _cells_digest(document.notebook, language)
    if script_same and not notebook_same:
        return _to_script(script, notebook)
    if notebook_same and not script_same:
        return _to_notebook(script, notebook)
    raise ConflictError(
        f"{script} and {notebook} have both changed and are left as they are; say which one is "
        "right with --take script or --take notebook."
    )


def _to_notebook(script: Path, notebook: Path) -> Synced:
    conversion.convert_file(script, notebook)
    _agreed(script, notebook)
    return Synced(script, notebook, Side.NOTEBOOK)


def _to_script(script: Path, notebook: Path) -> Synced:
    conversion.convert_file(notebook, script)
    _agreed(script, notebook)
    return Synced(script, notebook, Side.SCRIPT)


def _agreed(script: Path, notebook: Path) -> None:
    """Have the notebook know that the two agree now."""
    seen = Seen.of(notebook)
    text = scripts.decode(files.read(script), str(script))
    document = ipynb.read(files.read(notebook), str(notebook))
    _record(notebook, document, conversion.cells_of(script, text.content), seen)


def _record(path: Path, document: ipynb.Document, cells: Cells, seen: Seen) -> None:
    content = "".join(cell.slice for cell in cells)
    wanted = {
        "cells": _cells_digest(document.notebook, cells.language),
        "script": digest(content),
    }
    if _base(document.notebook) == wanted:
        return
    metadata = dict(document.notebook["metadata"])
    metadata[_OURS] = dict(sorted({**mapping(metadata.get(_OURS)), _SYNCED: wanted}.items()))
    made = {**document.notebook, "metadata": metadata}
    files.write(path, ipynb.write(made, document.layout), seen)


def _base(notebook: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(mapping(notebook.get("metadata")).get(_OURS)).get(_SYNCED))


def _cells_digest(notebook: Mapping[str, Any], language: Language) -> str:
    """Return a digest of what a script would say of the notebook, spelt as usual."""
    return digest(percent.write(notebook, language, Spelling()).text)
