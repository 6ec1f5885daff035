"""Scripts as Jupyter notebooks (nbformat 4.5, as plain JSON values), and notebooks as scripts.

Owns: the way between the two, and what a notebook keeps that its script cannot hold. It must not
read or write files, nor know where outputs come from.

Invariant: `to_script` of what `to_notebook` made of a script is the script, to the byte.

Invariant: `to_notebook` of what `to_script` made of a notebook is the notebook, given the notebook
as ``companion``: whatever the script cannot hold (outputs, ids, attachments, some metadata) comes
from there. Without it, types and sources and most metadata come back.

The dialect is jupytext's. A script's own style, where it differs from jupytext's, is
remembered in the notebook's metadata under ``cellbridge.script``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.document.languages import Language, language_named, language_of
from cellbridge.core.output.output_reducer import WIDGET_VIEW
from cellbridge.core.output.outputs import Display, Failure, Output, Stream
from cellbridge.core.percent import script
from cellbridge.core.percent.kernel_metadata import KernelLabel, of_run
from cellbridge.core.percent.notebook_builder import build_notebook
from cellbridge.core.percent.notebook_values import JsonObject, mapping

__all__ = [
    "ExecutedCell",
    "JsonObject",
    "KernelLabel",
    "language_in",
    "notebook",
    "output_as_json",
    "to_notebook",
    "to_script",
]


@dataclass(frozen=True, slots=True)
class ExecutedCell:
    """The result of a code cell's run."""

    outputs: Sequence[Output]
    """Whole: streams with their full text."""
    count: int | None = None


def to_notebook(
    cells: Cells, companion: Mapping[str, Any] | None = None, kernel: KernelLabel | None = None
) -> JsonObject:
    """Return the notebook of a script; a new one is for ``kernel`` unless the script names another.

    ``companion`` is the notebook that was paired with the script, or kept next to it: its contents
    that text cannot hold are taken over. Ids of new cells come from the cells' texts, so that the
    same script gives the same ids.
    """
    return build_notebook(script.read(cells), companion, kernel)


def to_script(
    notebook: Mapping[str, Any], language: Language | None = None, existing: Cells | None = None
) -> str:
    """Return a notebook (nbformat 4, as JSON values) as a script.

    ``existing`` is the script as it is now: cells that did not change keep their spelling.
    """
    language = language or language_in(notebook)
    reading = script.read(existing) if existing is not None else None
    return script.write(notebook, language, existing=reading).text


def language_in(notebook: Mapping[str, Any]) -> Language:
    """Return the language of a notebook's code by its metadata; Python by default."""
    metadata = mapping(notebook.get("metadata"))
    jupytext = mapping(metadata.get("jupytext"))
    for name in (
        mapping(metadata.get("kernelspec")).get("language"),
        mapping(metadata.get("language_info")).get("name"),
        jupytext.get("main_language"),
    ):
        if isinstance(name, str) and (found := language_named(name)):
            return found
    extension = mapping(metadata.get("language_info")).get("file_extension")
    return language_of(f"x{extension}" if isinstance(extension, str) else "x.py")


def notebook(
    cells: Cells,
    executed: Mapping[int, ExecutedCell],
    kernel: KernelLabel | None,
    companion: Mapping[str, Any] | None = None,
) -> JsonObject:
    """Return the notebook of ``cells`` with outputs; ``executed`` holds runs by a cell's index."""
    made = to_notebook(cells, companion, kernel)
    reading = script.read(cells)
    first = int(reading.front is not None)
    for number, index in enumerate(reading.indexes, first):
        run, cell = executed.get(index), made["cells"][number]
        if run is not None and cell["cell_type"] == CellKind.CODE:
            # A new object: a file's cells are known by identity, and not changed in place.
            outputs = [output_as_json(output) for output in run.outputs]
            made["cells"][number] = cell | {"execution_count": run.count, "outputs": outputs}
    named = mapping(made["metadata"].get("kernelspec")).get("name")
    if kernel is not None and named != kernel.name:
        made["metadata"] = made["metadata"] | of_run(kernel)
    return made


def _stored_data(display: Display) -> JsonObject:
    """Return a bundle without the reference to a widget's state, which no notebook file holds.

    JupyterLab would show an error in its place instead of the text.
    """
    return {mime: part for mime, part in display.data.items() if mime != WIDGET_VIEW}


def output_as_json(output: Output) -> JsonObject:
    """Return an output as notebooks hold it."""
    match output:
        case Stream():
            return {"name": output.name, "output_type": "stream", "text": output.text}
        case Display(count=None):
            return {
                "data": _stored_data(output),
                "metadata": dict(output.metadata),
                "output_type": "display_data",
            }
        case Display():
            return {
                "data": _stored_data(output),
                "execution_count": output.count,
                "metadata": dict(output.metadata),
                "output_type": "execute_result",
            }
        case Failure():
            return {
                "ename": output.ename,
                "evalue": output.evalue,
                "output_type": "error",
                "traceback": list(output.traceback),
            }
