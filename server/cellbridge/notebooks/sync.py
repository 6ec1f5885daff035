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

from cellbridge.core.document.cells import Cells
from cellbridge.core.document.header import header_of
from cellbridge.core.document.languages import Language, language_of
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert
from cellbridge.core.percent import script as percent
from cellbridge.core.percent.convert import ExecutedCell
from cellbridge.core.percent.notebook_values import mapping
from cellbridge.core.percent.source_style import SourceStyle, digest
from cellbridge.notebooks import (
    atomic_files,
    companions,
    file_conversion,
    ipynb,
    pairs,
    script_files,
)
from cellbridge.notebooks.atomic_files import FileVersion
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.jupytext_formats import PERCENT
from cellbridge.notebooks.pairs import Pair

_OURS, _SYNCED = "cellbridge", "synced"


class Side(StrEnum):
    """One of a pair; also the user's word for the one that is right."""

    SCRIPT = "script"
    NOTEBOOK = "notebook"


class ConflictError(FileError):
    """Both have changed since they last agreed; neither was touched."""


@dataclass(frozen=True, slots=True)
class SessionOutputs:
    """The outputs that an editor's session has for a script that was saved."""

    digest: str
    """Of the text that its cells are from; if the file holds another text, they do not fit."""
    executed: Mapping[int, ExecutedCell]
    """The results of runs, by a cell's index among the script's."""


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """The result of a sync."""

    pair: Pair
    written: Side | None
    """The one that was brought up to date; None if they agreed."""
    created: bool = False
    """The one that was written was not there before."""
    note: str = ""
    """The places in the notebook that were mended, in a sentence; empty without any."""

    @property
    def script(self) -> Path:
        """The script of the pair."""
        return self.pair.script

    @property
    def notebook(self) -> Path:
        """The notebook of the pair."""
        return self.pair.notebook


def pair_of(path: Path) -> Pair:
    """Return the pair that a script or a notebook belongs to, by its own text, or its name.

    Raises:
        FileError: the name is neither a script's nor a notebook's, the pair is not cellbridge's to
            keep, or it could be several.
    """
    metadata: Mapping[str, Any] = {}
    if path.is_file():
        if file_conversion.format_of(path.name) == file_conversion.NOTEBOOK:
            document = ipynb.read(atomic_files.read(path), str(path))
            metadata = mapping(document.notebook.get("metadata"))
        else:
            text = script_files.decode(atomic_files.read(path), str(path))
            metadata = percent.read(file_conversion.cells_of(path, text.content)).prologue.metadata
    return pairs.pair_of(path, metadata)


def is_automatic(pair: Pair) -> bool:
    """Return whether a pair is kept in step without a request, such as on save.

    It is if the script or the notebook names the pair; if both exist and jupytext's settings name
    it, or they have agreed before.
    """
    if pair.source is pairs.PairSource.FILE:
        return True
    if not pair.notebook.is_file() or not pair.script.is_file():
        return False
    if pair.source is pairs.PairSource.SETTINGS:
        return True
    document = ipynb.read(atomic_files.read(pair.notebook), str(pair.notebook))
    return bool(_base(document.notebook))


def sync(
    path: Path,
    take: Side | None = None,
    session: SessionOutputs | None = None,
    *,
    notebook_only: bool = False,
    picked: str = "",
) -> SyncOutcome:
    """Bring a script and its notebook into step; ``take`` names the one that is right.

    The outputs of a ``session`` go into the notebook. ``picked`` is the kernel that the user has
    chosen for the script. With ``notebook_only`` the script is left as it is.

    Raises:
        ConflictError: both have changed, and ``take`` names neither; or the script
            is behind and may not be written.
        FileError: one of them cannot be read or written; neither is harmed.
    """
    pair = pair_of(path)
    script, notebook = pair.script, pair.notebook
    if not script.exists() and not notebook.exists():
        raise FileError(f"Neither {script} nor {notebook} exists; check the path.")
    if not notebook.exists() or take is Side.SCRIPT:
        return _to_notebook(_Files.read(pair), session, picked)
    if not script.exists():
        return _to_script(pair)
    there = _Files.read(pair)
    if take is Side.NOTEBOOK:
        return _to_script(pair)
    behind = there.behind()
    if behind is Side.NOTEBOOK:
        return _to_notebook(there, session, picked)
    if behind is Side.SCRIPT and not notebook_only:
        return _to_script(pair)
    raise ConflictError(
        f"{notebook} has changed since it last agreed with {script.name}, which has not; "
        "nothing was written."
        if behind is Side.SCRIPT
        else f"{script} and {notebook} have both changed and are left as they are."
    )


@dataclass(frozen=True, slots=True)
class _Files:
    """A script and its notebook, as they were read."""

    pair: Pair
    text: script_files.ScriptText
    cells: Cells
    document: ipynb.Document | None
    """None for a notebook that is not there."""
    seen: FileVersion

    @classmethod
    def read(cls, pair: Pair) -> _Files:
        script, notebook = pair.script, pair.notebook
        seen = FileVersion.of(notebook)
        text = script_files.decode(atomic_files.read(script), str(script))
        there = notebook.exists()
        document = ipynb.read(atomic_files.read(notebook), str(notebook)) if there else None
        if other := header_of(Text.of(text.content).lines, language_of(script.name)).other_format:
            raise FileError(
                f"{script} is in jupytext's {other} format, and only percent scripts are kept in "
                "sync; convert it with cellbridge convert, or sync it with jupytext."
            )
        cells = file_conversion.cells_of(script, text.content)
        return cls(pair, text, cells, document, seen)

    def behind(self) -> Side | None:
        """Return which of the two is to be written; None if both have changed."""
        document, language = self.document, self.cells.language
        if document is None or self.matches(document.notebook):
            return Side.NOTEBOOK
        base = _base(document.notebook)
        script_same = base.get("script") == digest(self.text.content)
        notebook_same = base.get("cells") == _cells_digest(document.notebook, language)
        if script_same == notebook_same:
            return None
        return Side.NOTEBOOK if notebook_same else Side.SCRIPT

    def matches(self, notebook: Mapping[str, Any]) -> bool:
        """Return whether a notebook has the same cells as the script."""
        return convert.to_script(notebook, self.cells.language, self.cells) == self.text.content


def _to_notebook(there: _Files, session: SessionOutputs | None, picked: str = "") -> SyncOutcome:
    """Bring the notebook up to date, have it know that the two agree, and write it once."""
    pair = there.pair
    document = there.document or companions.read_sidecar(pair.script)
    companion = document.notebook if document is not None else None
    same = there.document is not None and there.matches(there.document.notebook)
    fits = session is not None and session.digest == digest(there.text.content)
    executed: Mapping[int, ExecutedCell] = session.executed if session is not None and fits else {}
    if same and not executed and there.document is not None:
        made = there.document.notebook
    else:
        kernel = None
        if companion is None or (executed and "kernelspec" not in companion["metadata"]):
            kernel = file_conversion.kernel_of(there.cells, pair.script.absolute().parent, picked)
        made = convert.notebook(there.cells, executed, kernel, companion)
        file_conversion.remember_byte_order_mark(made, wanted=there.text.has_mark)
    wanted = {
        "cells": _cells_digest(made, there.cells.language),
        "script": digest(there.text.content),
    }
    if _base(made) != wanted:
        metadata = dict(made["metadata"])
        metadata[_OURS] = dict(sorted({**mapping(metadata.get(_OURS)), _SYNCED: wanted}.items()))
        made = {**made, "metadata": metadata}
    layout = document.layout if document is not None else None
    data, like = ipynb.write(made, layout), [pair.script]
    atomic_files.write(pair.notebook, data, there.seen, like=like, inside=pair.root)
    note = document.note if document is not None else ""
    return SyncOutcome(pair, None if same else Side.NOTEBOOK, there.document is None, note)


def _to_script(pair: Pair) -> SyncOutcome:
    script, notebook = pair.script, pair.notebook
    # Only percent scripts stay in sync.
    formats = (file_conversion.NOTEBOOK, f"{file_conversion.format_of(script.name)}:{PERCENT}")
    seen, created = FileVersion.of(script), not script.exists()
    made = file_conversion.convert_data(atomic_files.read(notebook), notebook, script, formats)
    # What text cannot hold stays in the notebook.
    atomic_files.write(script, made.data, seen, like=[notebook], inside=pair.root)
    _to_notebook(_Files.read(pair), None)
    return SyncOutcome(pair, Side.SCRIPT, created, made.note)


def _base(notebook: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(mapping(notebook.get("metadata")).get(_OURS)).get(_SYNCED))


def _cells_digest(notebook: Mapping[str, Any], language: Language) -> str:
    """Return a digest of the notebook's cells as a script, in the usual style."""
    return digest(percent.write(notebook, language, SourceStyle()).text)
