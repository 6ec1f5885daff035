"""Formats that are jupytext's: Markdown, R Markdown, Quarto, MyST, light scripts and the like.

Owns the use of jupytext, an optional part of the installation. It must not know percent
scripts, whose reader and writer are cellbridge's own.
"""

from __future__ import annotations

import codecs
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
from cellbridge.core.percent.kernel_metadata import KERNEL_KEYS
from cellbridge.core.percent.notebook_values import mapping, source_of
from cellbridge.core.percent.source_style import SourceStyle
from cellbridge.notebooks.cell_ids import generated_ids
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.pairs import read_formats

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
PERCENT = "percent"
"""The format that is not one of these."""
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
    name = _format_name(data, extension)
    return f"{extension}:{name}" if name in SCRIPT_FORMATS else ""


def _format_name(data: bytes, extension: str) -> str | None:
    if extension not in extensions():
        return None
    head = Text.of(data[:_LONGEST_HEADER].decode("utf-8-sig", "replace"))
    return header_of(head.lines, language_of(f"x.{extension}")).format_name


def form_for(
    notebook: JsonObject, shown: str, existing: bytes | None, wanted: str
) -> tuple[str, str]:
    """Return the form of the text that a notebook is to become, and a note about it.

    The form of the ``existing`` text stays, or else the one that the notebook's metadata name,
    unless ``wanted`` names one itself.
    """
    if is_foreign(wanted) or ":" in wanted:
        return wanted, ""
    there = None if existing is None else _format_name(existing, wanted)
    name = there or _remembered(notebook, wanted)
    if name not in SCRIPT_FORMATS:
        return wanted, ""
    if there is None and not is_installed():
        return wanted, (
            f"{shown} is the notebook of a script in jupytext's {name} format; the script is in "
            f"percent format, because jupytext is not installed: {INSTALL}"
        )
    return f"{wanted}:{name}", ""


def _remembered(notebook: JsonObject, extension: str) -> str:
    """Return the name of a script's format by the metadata of its notebook, as jupytext does."""
    jupytext = mapping(notebook["metadata"].get("jupytext"))
    written = mapping(jupytext.get("text_representation"))
    if written.get("extension") == f".{extension}" and written.get("format_name"):
        return str(written["format_name"])
    named = read_formats(jupytext.get("formats"))
    return next((form.kind for form in named if form.extension == extension), "")


def read(data: bytes, shown: str, form: str, existing: JsonObject | None = None) -> JsonObject:
    """Return the notebook of a text in one of these formats; ``existing`` lends its outputs.

    Raises:
        FileError: jupytext is not installed, or cannot read it.
    """
    library = _library(shown, form)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made: Any = library.reads(_text(data, form), fmt=_theirs(form))
        if existing is not None:
            made = _combine(made, existing)
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


def _combine(made: Any, existing: JsonObject) -> Any:
    """Return a text's notebook with the outputs of the existing notebook, and its metadata.

    jupytext drops metadata that it expects in the text: those of the kernel, and the format.
    """
    form = mapping(made["metadata"].get("jupytext")).get("text_representation")
    combine: Any = import_module("jupytext.combine").combine_inputs_with_outputs
    combined = combine(made, _nodes(existing), fmt=None)
    metadata, held = combined["metadata"], mapping(existing["metadata"])
    metadata.update({key: held[key] for key in KERNEL_KEYS if key in held.keys() - metadata})
    if form:
        metadata["jupytext"] = {**mapping(metadata.get("jupytext")), "text_representation": form}
    return combined


def write(notebook: JsonObject, shown: str, form: str, existing: bytes | None = None) -> bytes:
    """Return a notebook in one of these formats; an ``existing`` text that shows the same stays.

    Raises:
        FileError: jupytext is not installed, or cannot write it.
    """
    library = _library(shown, form)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = _usual(library, _nodes(notebook), form)
            if existing is not None and _reads_as(library, existing, form, text):
                return existing
    except Exception as error:  # Boundary: as above.
        raise FileError(f"{shown} cannot be written as {form}: {_line(error)}.") from error
    if existing is not None and b"\r\n" in existing:
        text = text.replace("\n", "\r\n")
    return text.encode("utf-8-sig" if (existing or b"").startswith(codecs.BOM_UTF8) else "utf-8")


def _usual(library: Any, nodes: Any, form: str) -> str:
    """Return a notebook as jupytext writes it, without metadata that its text does not hold."""
    metadata = nodes["metadata"]
    nodes["metadata"] = SourceStyle.of(metadata).in_script(metadata)
    return library.writes(nodes, fmt=_theirs(form))


def _reads_as(library: Any, existing: bytes, form: str, usual: str) -> bool:
    """Return whether a text shows the notebook that is usually written as ``usual``."""
    try:
        made = library.reads(_text(existing, form), fmt=_theirs(form))
        return _usual(library, made, form) == usual
    except Exception:  # Boundary: as above; the text is replaced.
        return False


def is_installed() -> bool:
    """Return whether jupytext can be used."""
    try:
        import_module("jupytext")
    except ImportError:
        return False
    return True


def _library(shown: str, form: str) -> Any:
    try:
        return import_module("jupytext")
    except ImportError:
        kind = form.partition(":")[2]
        what = f"{shown} is in jupytext's {kind} format, which needs jupytext"
        if kind not in SCRIPT_FORMATS:
            what = "Markdown and jupytext's other formats need jupytext"
        raise FileError(f"{what}; install it: {INSTALL}") from None


def _text(data: bytes, form: str) -> str:
    text = data.decode("utf-8-sig")
    if form.endswith(":bare"):  # jupytext's former name, which it no longer reads
        text = text.replace("format_name: bare", "format_name: nomarker", 1)
    return text


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
