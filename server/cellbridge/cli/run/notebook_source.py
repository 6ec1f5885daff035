"""A notebook file as a script to run.

Owns the conversion of the file to cells with their exact sources, and of outputs back into the
file. It must not run anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellbridge.cli import script_argument as scripts
from cellbridge.cli.errors import FAILED, CommandError
from cellbridge.cli.run.parameters import INJECTED
from cellbridge.cli.script_argument import Script
from cellbridge.core.document.cells import parse
from cellbridge.core.document.text import Text
from cellbridge.core.percent import script as percent
from cellbridge.core.percent.convert import JsonObject, language_in, to_script
from cellbridge.notebooks import atomic_files, ipynb
from cellbridge.notebooks.atomic_files import FileVersion
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.ipynb import Document

SUFFIX = ".ipynb"


@dataclass(frozen=True, slots=True)
class Notebook(Script):
    """A notebook on disk, read as a script."""

    document: Document
    numbers: Mapping[int, int]
    """The index of the notebook's cell for each cell of the script."""
    seen: FileVersion
    """The state of the file when it was read."""

    def source(self, index: int) -> str:
        """Return the source of the script's cell ``index`` from the notebook."""
        held = self.document.notebook["cells"][self.numbers[index]]["source"]
        return held if isinstance(held, str) else "".join(held)

    def name(self, index: int) -> str:
        """Return the name of the cell in tracebacks, in place of a file."""
        return f"{self.path}, cell {self.numbers[index] + 1}"

    @property
    def names_kernel(self) -> bool:
        """True if the notebook's metadata names its kernel."""
        return bool(self.document.notebook["metadata"].get("kernelspec"))


def read(path: Path) -> Script:
    """Return a script, or a notebook read as one.

    Raises:
        CommandError: the file does not exist or cannot be read; the sentence has the reason.
    """
    return _notebook(path) if path.suffix.lower() == SUFFIX else scripts.read(path)


def _notebook(path: Path) -> Notebook:
    seen = FileVersion.of(path)
    try:
        document = ipynb.read(atomic_files.read(path), str(path))
    except FileError as error:
        raise CommandError(str(error)) from None
    language = language_in(document.notebook)
    text = Text.of(to_script(document.notebook, language))
    cells = parse(text, language)
    reading = percent.read(cells)
    first = int(reading.front is not None)
    numbers = {index: number for number, index in enumerate(reading.indexes, first)}
    return Notebook(str(path), path.absolute(), text, cells, document, numbers, seen)


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
    if not isinstance(script, Notebook):
        return str(script.path), line
    if index not in script.numbers:
        return f"{script.path}, {INJECTED}", 0
    return script.name(index), 0
