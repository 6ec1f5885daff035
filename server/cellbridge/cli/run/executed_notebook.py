"""The executed notebook as a file: a notebook, or a report in HTML.

Owns the location of the file, and the writing of all of it or nothing. The core owns its content.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cellbridge.cli.errors import FAILED, CommandError
from cellbridge.cli.run.notebook_source import Notebook, clear_stale_outputs, write_back
from cellbridge.core.percent.convert import ExecutedCell, JsonObject, KernelLabel, notebook
from cellbridge.notebooks import atomic_files, html_report, ipynb
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.notebook_validation import check_whole
from cellbridge.workspace.script_file import Script

_REPORT = ".html"
_SUFFIXES = frozenset({".ipynb", _REPORT})


def target(to: Path, script: Path) -> Path:
    """Return the path of a script's notebook, where ``to`` is its name or its directory.

    Raises:
        CommandError: the notebook cannot be written there.
    """
    inside = to.is_dir() and to.suffix.lower() not in _SUFFIXES
    made = to / f"{script.stem}.ipynb" if inside else to
    check_target(made)
    return made


def target_in(directory: Path, script: Path) -> Path:
    """Return the path of a script's notebook in a directory, which is created if necessary.

    Raises:
        CommandError: the directory cannot be created, or the notebook cannot be written to it.
    """
    if directory.suffix.lower() in _SUFFIXES:
        raise CommandError(f"--to must be a directory for several files, not {directory.name}.")
    try:
        directory.mkdir(exist_ok=True)
    except OSError as error:
        raise CommandError(
            f"The directory {directory} cannot be created: {error.strerror or error}."
        ) from None
    made = directory / f"{script.stem}.ipynb"
    check_target(made)
    return made


def check_target(target: Path) -> None:
    """Check, before anything runs, that a notebook or a report can be written to ``target``.

    Raises:
        CommandError: it cannot be written; the sentence has the reason.
    """
    directory = target.absolute().parent
    if target.suffix.lower() not in _SUFFIXES:
        raise CommandError(
            "--to writes a notebook, or a report: its name must end in .ipynb or .html, "
            f"not {target.name}."
        )
    if target.suffix.lower() == _REPORT and not html_report.FOLDER.is_dir():
        raise CommandError(html_report.MISSING)
    if target.is_dir():
        raise CommandError(f"--to must be the name of a file, and {target} is a directory.")
    if not directory.is_dir():
        raise CommandError(f"The directory {directory} does not exist; create it first.")
    if not os.access(directory, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise CommandError(f"{target} is not writable; choose another --to.")


def own(script: Script) -> Path | None:
    """Return the default path for outputs: a notebook's own file, or None for a text.

    Raises:
        CommandError: the file cannot be written.
    """
    if not isinstance(script, Notebook) or not script.holds_outputs:
        return None
    made = Path(script.given)
    check_target(made)
    return made


def made(
    script: Script, executed: Mapping[int, ExecutedCell], label: KernelLabel, *, chosen: bool
) -> JsonObject:
    """Return the executed notebook. Cells that did not run have no outputs.

    A notebook keeps its own kernel metadata, unless the kernel was ``chosen`` for this run.
    """
    if not isinstance(script, Notebook):
        return notebook(script.cells, executed, label)
    kept = script.names_kernel and not chosen
    result = notebook(script.cells, executed, None if kept else label, script.document.notebook)
    clear_stale_outputs(
        result, frozenset(script.numbers[index] for index in executed if index >= 0)
    )
    return result


def write(target: Path, notebook: dict[str, Any], script: Script) -> None:
    """Write ``notebook`` to ``target``, and replace an existing file in one step.

    Raises:
        CommandError: the file cannot be written; an existing file is not changed.
    """
    try:
        check_whole(notebook, str(target))
        if target.suffix.lower() == _REPORT:
            data = html_report.report(notebook, script.path.name)
            atomic_files.write(target, data, like=[script.path])
        elif not isinstance(script, Notebook):
            atomic_files.write(target, ipynb.write(notebook), like=[script.path])
        elif target.absolute() == script.path:
            write_back(script, notebook)
        else:
            data = ipynb.write(notebook, script.document.layout)
            atomic_files.write(target, data, like=[script.path])
    except FileError as error:
        raise CommandError(str(error), FAILED) from error
