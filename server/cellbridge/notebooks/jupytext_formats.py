"""Formats that are jupytext's: Markdown, R Markdown, Quarto, MyST, light scripts and the like.

Owns the use of jupytext, an optional part of the installation. It must not know percent
scripts, whose reader and writer are cellbridge's own.
"""

from __future__ import annotations

import copy
import json
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

from cellbridge.core.document.header import SCRIPT_FORMATS, header_of
from cellbridge.core.document.languages import extensions, language_of
from cellbridge.core.document.text import Text
from cellbridge.core.percent.convert import JsonObject
from cellbridge.core.percent.notebook_values import source_of
from cellbridge.notebooks.cell_ids import generated_ids
from cellbridge.notebooks.errors import FileError

NAMES = {
    "md": "md",
    "Rmd": "Rmd",
    "qmd": "qmd",
    "myst": "md:myst",
    "markdown": "md",
    "rmarkdown": "Rmd",
    "quarto": "qmd",
}
"""Short names of formats, and jupytext's names for them."""
_LONGEST_HEADER = 20_000  # bytes
INSTALL = "pip install 'cellbridge[formats]'"


def is_foreign(format_name: str) -> bool:
    """Return whether a format, such as ``md``, ``md:myst`` or ``py:light``, is one of these."""
    extension, _, kind = format_name.partition(":")
    return extension in NAMES or (extension in extensions() and kind in SCRIPT_FORMATS)


def form_of_file(path: Path) -> str | None:
    """Return the form of a file by its name and its header; None for percent, or without a file."""
    extension = path.suffix[1:]
    if is_foreign(extension):
        return extension
    if extension not in extensions() or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return form_of(file.read(_LONGEST_HEADER), extension) or None
    except OSError:
        return None


def form_of(data: bytes, extension: str) -> str:
    """Return the form of a script by its header, such as ``py:light``; empty for percent."""
    head = Text.of(data[:_LONGEST_HEADER].decode("utf-8-sig", "replace"))
    name = header_of(head.lines, language_of(f"x.{extension}")).other_format
    return f"{extension}:{name}" if name else ""


def read(data: bytes, shown: str, form: str, existing: JsonObject | None = None) -> JsonObject:
    """Return the notebook of a text in one of these formats; ``existing`` lends its outputs.

    Raises:
        FileError: jupytext is not installed, or cannot read it.
    """
    library = _library(shown, form)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = data.decode("utf-8-sig")
            if form.endswith(":bare"):  # jupytext's former name, which it no longer reads
                text = text.replace("format_name: bare", "format_name: nomarker", 1)
            made: Any = library.reads(text, fmt=_theirs(form))
        if existing is not None:
            combine: Any = import_module("jupytext.combine").combine_inputs_with_outputs
            made = combine(made, _nodes(existing), fmt=None)
    except UnicodeDecodeError as error:
        raise FileError(f"{shown} is not UTF-8: byte {error.start}; save it as UTF-8.") from None
    except Exception as error:  # Boundary: each format of jupytext has exceptions of its own.
        raise FileError(f"{shown} cannot be read as {form}: {_line(error)}.") from error
    cells = json.loads(json.dumps(made["cells"]))
    if existing is None:
        # jupytext's ids are random. With these, the same text gives the same notebook.
        for cell, identity in zip(cells, generated_ids(cells), strict=True):
            cell["id"] = identity
    metadata = json.loads(json.dumps(made["metadata"]))
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(notebook: JsonObject, shown: str, form: str) -> bytes:
    """Return a notebook in one of these formats.

    Raises:
        FileError: jupytext is not installed, or cannot write it.
    """
    library = _library(shown, form)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text: str = library.writes(_nodes(notebook), fmt=_theirs(form))
    except Exception as error:  # Boundary: as above.
        raise FileError(f"{shown} cannot be written as {form}: {_line(error)}.") from error
    return text.encode()


def _library(shown: str, form: str) -> Any:
    try:
        return import_module("jupytext")
    except ImportError:
        kind = form.partition(":")[2]
        what = f"{shown} is in jupytext's {kind} format, which needs jupytext"
        if kind not in SCRIPT_FORMATS:
            what = "Markdown and jupytext's other formats need jupytext"
        raise FileError(f"{what}; install it: {INSTALL}") from None


def _theirs(form: str) -> str:
    """Return jupytext's present name of a format."""
    return NAMES.get(form, form.replace(":bare", ":nomarker"))


def _nodes(notebook: JsonObject) -> Any:
    """Return a copy as libraries take it: texts are texts, not lists of lines."""
    made = copy.deepcopy(notebook)
    for cell in made["cells"]:
        cell["source"] = source_of(cell)
    library: Any = import_module("nbformat")
    return library.from_dict(made)


def _line(error: Exception) -> str:
    """Return the first line of an error with the place that YAML's errors have."""
    text = str(error).strip().partition("\n")[0].rstrip(".")
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or text
    return (
        text if mark is None else f"its header is not valid YAML on line {mark.line + 1}: {problem}"
    )
