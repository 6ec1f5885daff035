"""The plan of an execution: the runs of a script's cells, and their kernel.

Owns the conversion of a script, or of a notebook read as one, to requests. It must not start
anything.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.cli.errors import FAILED, CommandError
from cellbridge.cli.kernel_option import choice_of
from cellbridge.cli.run.notebook_source import Notebook, origin_of
from cellbridge.cli.run.parameters import (
    INJECTED,
    PARAMETERS,
    assignment_code,
    index_of_tag,
    read_parameters,
)
from cellbridge.core.document.blocks import joined_source, statements
from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.header import header_lines
from cellbridge.core.output import escapes
from cellbridge.core.percent.convert import KernelLabel
from cellbridge.core.runs.runs import Origin, Run, RunRequest
from cellbridge.kernel.errors import KernelError, UnknownKernel
from cellbridge.kernel.find.kernel_label import label_of, label_of_name
from cellbridge.workspace.script_file import Script

RAISES_EXCEPTION = "raises-exception"
"""Jupyter's tag for a cell that is expected to fail."""
NOT_IN_SCRIPT = -1
"""The index of a cell that is not in the script."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The arguments of the command."""

    files: Sequence[Path]
    to: Path | None = None
    """The path of the executed notebook, or the directory for several files."""
    kernel: str | None = None
    parameters: Sequence[str] = ()
    """Each in the form ``name=value``."""
    jobs: int = 1
    """The number of files that run at the same time."""
    timeout: float | None = None
    """The time limit of a cell, in seconds."""
    resume: bool = False
    """Continue from the cell that failed last time."""
    report: Path | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A script that is ready to run."""

    script: Script
    requests: tuple[RunRequest, ...]
    indexes: tuple[int, ...]
    """The cell of each request; `NOT_IN_SCRIPT` for the one that sets parameters."""
    titles: tuple[str, ...]
    """The title of each request's cell, for messages."""
    kernel: str | None
    """The requested kernelspec, or None for the default of the language."""
    label: KernelLabel
    injected: str | None = None
    """The code that sets parameters."""

    @property
    def language(self) -> str:
        """The script's language."""
        return self.script.cells.language.name

    def place(self, run: Run, line: int) -> str:
        """Return the position of a line of ``run``, from 0, for messages."""
        script = self.script
        if run.origin.path == str(script.path):
            return f"{script.given}:{line + 1}"
        return f"{script.given}{run.origin.path.removeprefix(str(script.path))}, line {line + 1}"


def plan_of(options: RunOptions, script: Script) -> Plan:
    """Return the plan to run all code cells of ``script``.

    Raises:
        CommandError: the kernel does not exist.
    """
    _print_notes(script)
    kernel, label = _kernel(options.kernel, script)
    indexes = [index for index in range(len(script.cells)) if _holds_code(script, index)]
    lasts: dict[int, int] = {}
    if not isinstance(script, Notebook):
        # Cells that Python's statements run over run together, as in Python itself.
        lasts = {group[0]: group[-1] for group in statements(script.cells, indexes)}
        indexes = list(lasts)
    values = read_parameters(options.parameters)
    injected = assignment_code(values, script.cells.language.name) if values else None
    there = index_of_tag(script, INJECTED) if injected else None
    if injected is not None and there is None:
        defaults = index_of_tag(script, PARAMETERS)
        first = 0 if defaults is None else indexes.index(defaults) + 1 if defaults in indexes else 0
        indexes.insert(first, NOT_IN_SCRIPT)
    replaced = {NOT_IN_SCRIPT: injected, there: injected} if injected is not None else {}
    return Plan(
        script=script,
        requests=tuple(
            _request(script, index, lasts.get(index, index), replaced.get(index))
            for index in indexes
        ),
        indexes=tuple(indexes),
        titles=tuple(_title(script, index) for index in indexes),
        kernel=kernel,
        label=label,
        injected=injected,
    )


def _print_notes(script: Script) -> None:
    """Print the notes about a file to stderr."""
    if isinstance(script, Notebook) and script.document.note:
        print(escapes.label(script.document.note), file=sys.stderr)


def _kernel(named: str | None, script: Script) -> tuple[str | None, KernelLabel]:
    """Return the kernel, and its metadata for a notebook."""
    language = script.cells.language.name
    try:
        if named is not None:
            path = str(Path(named).expanduser().absolute()) if "/" in named else named
            return path, label_of_name(path, language)
        choice = choice_of(script)
        for refused in choice.refused:
            print(refused.sentence, file=sys.stderr)
        return choice.id, label_of(choice, language)
    except UnknownKernel as error:
        raise CommandError(str(error)) from None
    except KernelError as error:
        raise CommandError(str(error), FAILED) from None


def _holds_code(script: Script, index: int) -> bool:
    cell = script.cells[index]
    if cell.kind is not CellKind.CODE or (isinstance(script, Notebook) and script.is_added(index)):
        return False
    skipped = 0
    if index == 0 and not cell.has_marker:
        skipped = header_lines(cell.lines, script.cells.language)
    return any(line.strip() for line in cell.source.split("\n")[skipped:])


def _request(script: Script, index: int, last: int, source: str | None) -> RunRequest:
    """Return the request for the cells from ``index`` to ``last``, or for other code in place."""
    if source is not None:
        line = 0 if index == NOT_IN_SCRIPT else script.cells.first_line(index)
        origin = Origin(*origin_of(script, index, line))
        return RunRequest(cell_id=INJECTED, source=source, cell_source=source, origin=origin)
    cell = script.cells[index]
    is_notebook = isinstance(script, Notebook)
    source = script.source(index) if is_notebook else joined_source(script.cells, index, last)
    line = script.cells.first_line(index) + cell.body_offset
    return RunRequest(
        cell_id=str(index),
        source=source,
        cell_source=source,
        origin=Origin(*origin_of(script, index, line)),
        continue_on_error=RAISES_EXCEPTION in script.tags(index),
    )


def _title(script: Script, index: int) -> str:
    """Return the cell's title, or else its first line of code."""
    if index == NOT_IN_SCRIPT:
        return "Parameters"
    cell = script.cells[index]
    if cell.title:
        return cell.title
    lines = [line.strip() for line in cell.source.split("\n") if line.strip()]
    comment = script.cells.language.comment
    return next((line for line in lines if not line.startswith(comment)), lines[0])
