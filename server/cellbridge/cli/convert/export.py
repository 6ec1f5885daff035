"""``cellbridge convert`` to HTML and other pages, with the stored outputs.

Owns the source of the outputs and the location of the files. `notebooks` owns the export itself.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from cellbridge.cli.errors import OK, USAGE_ERROR
from cellbridge.cli.outputs.open_script import with_script
from cellbridge.core.output.escapes import label
from cellbridge.core.percent import convert
from cellbridge.core.percent.convert import ExecutedCell
from cellbridge.notebooks import atomic_files, companions, file_conversion, ipynb, nbconvert_export
from cellbridge.notebooks.errors import FileError
from cellbridge.workspace.notebook import Notebook


def execute(source: Path, target: Path | None, kind: str) -> int:
    """Export one file, by default into its own folder; return the exit code."""
    try:
        if file_conversion.format_of(source.name) == file_conversion.NOTEBOOK:
            document = ipynb.read(atomic_files.read(source), str(source))
            if document.note:
                print(label(document.note), file=sys.stderr)
            _export(document.notebook, source, target, kind)
            return OK
    except FileError as error:
        print(label(str(error)), file=sys.stderr)
        return USAGE_ERROR

    async def work(notebook: Notebook) -> int:
        try:
            made = await _notebook_with_outputs(notebook, source)
            await asyncio.to_thread(_export, made, source, target, kind)
        except FileError as error:
            print(label(str(error)), file=sys.stderr)
            return USAGE_ERROR
        return OK

    return with_script(source, work)


async def _notebook_with_outputs(notebook: Notebook, source: Path) -> dict[str, Any]:
    """Return a script as a notebook, with the outputs of its companion and of its session."""
    executed: dict[int, ExecutedCell] = {}
    for view in notebook.views():
        if view.shown is not None and view.shown.state.final:
            outputs = await notebook.fetch_outputs(view.shown.id)
            executed[view.index] = ExecutedCell(outputs, view.shown.count)
    companion = await asyncio.to_thread(companions.companion, source, None)
    held = companion.notebook if companion is not None else None
    return convert.notebook(notebook.cells, executed, None, held)


def _export(notebook: dict[str, Any], source: Path, target: Path | None, kind: str) -> None:
    page = nbconvert_export.export(notebook, target.stem if target else source.stem, kind)
    to = target or source.with_name(source.stem + page.suffix)
    if to.resolve() == source.resolve():
        to = source.with_name(f"{source.stem}-exported{page.suffix}")
    for name, content in page.files.items():
        atomic_files.write(to.parent / name, content, like=[source], inside=to.parent)
    atomic_files.write(to, page.data, like=[source])
    print(label(f"{source} → {to}"), file=sys.stderr)
