"""The executed notebook as a file.

Owns writing it, whole or not at all. Its contents are core's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cellbridge.cli.errors import FAILED, CommandError
from cellbridge.cli.run.notebook_source import Notebook, cleared, write_back
from cellbridge.cli.script_argument import Script
from cellbridge.core.percent.convert import ExecutedCell, JsonObject, KernelLabel, notebook
from cellbridge.notebooks import atomic_files, ipynb
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.notebook_validation import check_whole


def target(to: Path, script: Path) -> Path:
    """Return where a script's notebook goes, if ``to`` is its name or the directory it lies in.

    Raises:
        CommandError: it cannot be written there.
    """
    inside = to.is_dir() and to.suffix.lower() != ".ipynb"
    made = to / f"{script.stem}.ipynb" if inside else to
    check_target(made)
    return made


def target_in(directory: Path, script: Path) -> Path:
    """Return where a script's notebook goes in a directory, which is made where there is none.

    Raises:
        CommandError: it cannot be made, or not be written to.
    """
    if directory.suffix.lower() == ".ipynb":
        raise CommandError(f"--to names a directory for several files, not {directory.name}.")
    try:
        directory.mkdir(exist_ok=True)
    except OSError as error:
        raise CommandError(
            f"The directory {directory} cannot be made: {error.strerror or error}."
        ) from None
    made = directory / f"{script.stem}.ipynb"
    check_target(made)
    return made


def check_target(target: Path) -> None:
    """Make sure, before anything runs, that a notebook can be written to ``target``.

    Raises:
        CommandError: it cannot; the sentence says why.
    """
    directory = target.absolute().parent
    if target.suffix.lower() != ".ipynb":
        raise CommandError(
            f"--to writes a notebook: its name must end in .ipynb, not {target.name}."
        )
    if target.is_dir():
        raise CommandError(f"--to needs a file's name, and {target} is a directory.")
    if not directory.is_dir():
        raise CommandError(f"The directory {directory} does not exist; make it first.")
    if not os.access(directory, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise CommandError(f"{target} may not be written; choose another place for --to.")


def own(script: Script) -> Path | None:
    """Return where a notebook's outputs go if nothing else is said: to itself; None for a script.

    Raises:
        CommandError: it cannot be written there.
    """
    if not isinstance(script, Notebook):
        return None
    made = Path(script.given)
    check_target(made)
    return made


def made(
    script: Script, executed: Mapping[int, ExecutedCell], label: KernelLabel, *, chosen: bool
) -> JsonObject:
    """Return the executed notebook; a notebook's own keeps what it says of its kernel.

    Unless the kernel was ``chosen`` for this run. Cells that did not run have no outputs.
    """
    if not isinstance(script, Notebook):
        return notebook(script.cells, executed, label)
    kept = script.names_kernel and not chosen
    result = notebook(script.cells, executed, None if kept else label, script.document.notebook)
    cleared(result, frozenset(script.numbers[index] for index in executed if index >= 0))
    return result


def write(target: Path, notebook: dict[str, Any], script: Script) -> None:
    """Write ``notebook`` to ``target``, replacing what is there at one stroke.

    Raises:
        CommandError: it cannot be written; what was there is untouched.
    """
    try:
        check_whole(notebook, str(target))
        if not isinstance(script, Notebook):
            atomic_files.write(target, ipynb.write(notebook), like=[script.path])
        elif target.absolute() == script.path:
            write_back(script, notebook)
        else:
            data = ipynb.write(notebook, script.document.layout)
            atomic_files.write(target, data, like=[script.path])
    except FileError as error:
        raise CommandError(str(error), FAILED) from error
