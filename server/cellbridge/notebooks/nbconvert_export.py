"""Notebooks as pages to read: HTML, PDF, Markdown and others, by nbconvert.

Owns the use of nbconvert, an optional part of the installation. It must not know where
outputs come from.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import PurePath
from typing import Any, cast

from cellbridge.core.percent.convert import JsonObject, language_in
from cellbridge.core.percent.notebook_values import source_of
from cellbridge.notebooks.errors import FileError

KINDS = {
    "html": ".html",
    "pdf": ".pdf",
    "webpdf": ".pdf",
    "latex": ".tex",
    "markdown": ".md",
    "rst": ".rst",
    "slides": ".slides.html",
    "script": ".py",
}
"""The kinds of pages, by nbconvert's names, and the endings of their files."""
SUFFIXES = {".html": "html", ".pdf": "pdf", ".tex": "latex", ".rst": "rst"}
"""The kinds of pages by the ending of a file's name."""
INSTALL = "pip install 'cellbridge[export]'"


@dataclass(frozen=True, slots=True)
class Page:
    """The result of an export."""

    data: bytes
    suffix: str
    """The recommended ending of the file's name, with the dot."""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Images and the like, by their path relative to the page."""


def export(notebook: JsonObject, name: str, kind: str) -> Page:
    """Return a notebook as a page; ``name`` is its title, and begins the names of its files.

    Raises:
        FileError: nbconvert, or a program that it needs, is not installed, or fails.
    """
    try:
        exporters: Any = import_module("nbconvert.exporters")
        faults: Any = import_module("nbconvert.utils.exceptions")
    except ImportError:
        raise FileError(f"Exports need nbconvert; install it: {INSTALL}") from None
    made: Any = copy.deepcopy(notebook)
    for cell in made["cells"]:
        cell["source"] = source_of(cell)
        for output in cell.get("outputs", ()):
            _join(output)
    if not made["metadata"].get("language_info"):
        language = language_in(notebook)
        known = {"name": language.name, "file_extension": f".{language.extension}"}
        if language.syntax.python:
            known["nbconvert_exporter"] = "python"
        made["metadata"] = made["metadata"] | {"language_info": known}
    resources = {"metadata": {"name": name}, "output_files_dir": f"{name}_files"}
    library: Any = import_module("nbformat")
    # By default the working directory's templates come first, even those of another user.
    settings: Any = {"TemplateExporter": {"extra_template_basedirs": []}}
    config: Any = import_module("traitlets.config").Config(settings)
    try:
        maker = exporters.get_exporter(kind)(config=config)
        body, said = maker.from_notebook_node(library.from_dict(made), resources=resources)
    except (OSError, RuntimeError, faults.ConversionException) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise FileError(f"{name} could not be exported as {kind}: {reason}.") from error
    # An output may have half a surrogate pair, which no file can hold.
    data = body.encode("utf-8", "replace") if isinstance(body, str) else body
    suffix = said.get("output_extension") or KINDS[kind]
    files = {str(PurePath(path)): content for path, content in said.get("outputs", {}).items()}
    return Page(data, suffix, files)


def _join(output: dict[str, Any]) -> None:
    """Make one text of each list of lines, as exporters want them."""
    if isinstance(output.get("text"), list):
        output["text"] = "".join(output["text"])
    for mime, content in output.get("data", {}).items():
        if isinstance(content, list) and "json" not in mime:
            output["data"][mime] = "".join(map(str, cast("list[object]", content)))
