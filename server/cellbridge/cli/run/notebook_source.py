"""The reader of notebook files and of jupytext's formats, as scripts to run.

Owns the conversion of the file to cells with their exact sources, and of outputs back into a
notebook file. It must not run anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellbridge.cli import script_argument as scripts
from cellbridge.cli.errors import FAILED, CommandError
from cellbridge.cli.run.parameters import INJECTED
from cellbridge.core.document.cells import parse
from cellbridge.core.document.text import Text
from cellbridge.core.percent import script as percent
from cellbridge.core.percent.convert import JsonObject, language_in, to_script
from cellbridge.core.percent.notebook_values import source_of
from cellbridge.notebooks import atomic_files, ipynb, jupytext_formats
from cellbridge.notebooks.atomic_files import FileVersion
from cellbridge.notebooks.cell_lines import code_lines
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.ipynb import Document
from cellbridge.workspace.script_file import Script

SUFFIX = ".ipynb"
ADDED = "%matplotlib inline"
"""The cell that jupytext puts above the cells of a sphinx script."""


@dataclass(frozen=True, slots=True)
class Notebook(Script):
    """A file on disk that was read as a notebook."""

    document: Document
    numbers: Mapping[int, int]
    """The index of the notebook's cell for each cell of the script."""
    seen: FileVersion
    """The state of the file when it was read."""
    lines: Mapping[int, int] | None = None
    """The first line of each cell of the notebook that was found in the file; None for `.ipynb`."""

    @property
    def holds_outputs(self) -> bool:
        """True if the outputs can be written into the file itself."""
        return self.lines is None

    def source(self, index: int) -> str:
        """Return the source of the script's cell ``index`` from the notebook."""
        return source_of(self.document.notebook["cells"][self.numbers[index]])

    def place(self, index: int) -> tuple[str, int]:
        """Return the file name of the cell in tracebacks, and the number of its first line.

        It is the line of the file if that is known, or else of the cell.
        """
        number = self.numbers.get(index)
        if number is None:
            return f"{self.path}, {INJECTED}", 0
        line = (self.lines or {}).get(number)
        return (f"{self.path}, cell {number + 1}", 0) if line is None else (str(self.path), line)

    def is_added(self, index: int) -> bool:
        """Return whether jupytext has added a cell to a sphinx script, to show its figures.

        A kernel shows figures without it, and it fails where matplotlib is not installed.
        """
        number = self.numbers.get(index)
        is_found = self.lines is None or number is None or number in self.lines
        return not is_found and self.source(index) == ADDED

    def tags(self, index: int) -> frozenset[str]:
        """See `Script.tags`. A script's marker can lack them, by the notebook's own settings."""
        if index not in self.numbers:
            return frozenset()
        cell = self.document.notebook["cells"][self.numbers[index]]
        return frozenset(cell["metadata"].get("tags") or ())

    @property
    def names_kernel(self) -> bool:
        """True if the notebook's metadata names its kernel."""
        return bool(self.document.notebook["metadata"].get("kernelspec"))


def read(path: Path) -> Script:
    """Return a script, or a file that is read as a notebook: `.ipynb` or in jupytext's formats.

    Raises:
        CommandError: the file does not exist or cannot be read; the sentence has the reason.
    """
    try:
        if path.suffix.lower() == SUFFIX:
            seen = FileVersion.of(path)
            return _notebook(path, ipynb.read(atomic_files.read(path), str(path)), seen)
        if (form := jupytext_formats.form_of_file(path)) is None:
            return scripts.read(path)
        return _text(path, form)
    except FileError as error:
        raise CommandError(str(error)) from None


def _text(path: Path, form: str) -> Notebook:
    """Return a file in one of jupytext's formats."""
    seen = FileVersion.of(path)
    data = atomic_files.read(path)
    made = ipynb.write(jupytext_formats.read(data, str(path), form))
    document = ipynb.read(made, str(path))
    cells = document.notebook["cells"]
    language = language_in(document.notebook)
    return _notebook(path, document, seen, code_lines(data.decode("utf-8-sig"), cells, language))


def _notebook(
    path: Path, document: Document, seen: FileVersion, lines: Mapping[int, int] | None = None
) -> Notebook:
    language = language_in(document.notebook)
    text = Text.of(to_script(document.notebook, language))
    cells = parse(text, language)
    reading = percent.read(cells)
    first = int(reading.front is not None)
    numbers = {index: number for number, index in enumerate(reading.indexes, first)}
    return Notebook(str(path), path.absolute(), text, cells, document, numbers, seen, lines)


def clear_stale_outputs(made: JsonObject, ran: frozenset[int]) -> None:
    """Remove the outputs of earlier runs from cells that did not run this time."""
    cells: list[JsonObject] = made["cells"]
    for number, cell in enumerate(cells):
        left = cell.get("outputs") or cell.get("execution_count") is not None
        if left and cell["cell_type"] == "code" and number not in ran:
            # A new object, because the cells of a file are compared by identity.
            cells[number] = cell | {"execution_count": None, "outputs": []}


def write_back(notebook: Notebook, made: Mapping[str, Any]) -> None:
    """Write the executed notebook to its own file in one step.

    Raises:
        CommandError: the file cannot be written, or has changed since it was read. Then it is not
            changed, and the outputs are in a file next to it, if possible.
    """
    data = ipynb.write(made, notebook.document.layout)
    try:
        atomic_files.write(notebook.path, data, notebook.seen)
    except FileError as error:
        beside = notebook.path.with_name(f"{notebook.path.stem}.executed{SUFFIX}")
        try:
            atomic_files.write(beside, data, like=[notebook.path], inside=beside.parent)
        except FileError:
            raise CommandError(str(error), FAILED) from None
        raise CommandError(f"{error} The executed notebook is in {beside}.", FAILED) from None


def origin_of(script: Script, index: int, line: int) -> tuple[str, int]:
    """Return the file name of the cell in tracebacks, and the number of its first line."""
    return script.place(index) if isinstance(script, Notebook) else (str(script.path), line)
