"""What is to be run: the runs of a script's cells, and the kernel they need.

Owns the way from a script to requests. It must not start anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellbridge.cli.choice import choice_of
from cellbridge.cli.errors import FAILED, CommandError
from cellbridge.cli.script import Script
from cellbridge.core.cells import CellKind
from cellbridge.core.convert import KernelLabel
from cellbridge.core.header import header_lines
from cellbridge.core.runs import Origin, RunRequest

RAISES_EXCEPTION = "raises-exception"
"""Jupyter's tag of a cell that is expected to fail."""
_PYTHON = KernelLabel("python3", "Python 3 (ipykernel)", "python")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person has asked for."""

    file: Path
    to: Path | None
    kernel: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A script ready to be run."""

    script: Script
    requests: tuple[RunRequest, ...]
    indexes: tuple[int, ...]
    """The cell of each request."""
    titles: tuple[str, ...]
    """What a person calls the cell of each request."""
    kernel: str | None
    """The kernelspec that is asked for; None for the language's own."""
    label: KernelLabel

    @property
    def language(self) -> str:
        """The script's language."""
        return self.script.cells.language.name


def plan_of(wish: Wish, script: Script) -> Plan:
    """Return the plan to run all code cells of ``script``.

    Raises:
        CommandError: there is no such kernel.
    """
    kernel, label = _kernel(wish.kernel, script)
    indexes = [index for index in range(len(script.cells)) if _holds_code(script, index)]
    return Plan(
        script=script,
        requests=tuple(_request(script, index) for index in indexes),
        indexes=tuple(indexes),
        titles=tuple(_title(script, index) for index in indexes),
        kernel=kernel,
        label=label,
    )


def _kernel(named: str | None, script: Script) -> tuple[str | None, KernelLabel]:
    """Return the kernel to run in, and what a notebook says of it."""
    language = script.cells.language.name
    if named is not None:
        path = str(Path(named).expanduser().absolute()) if "/" in named else named
        return path, _label(path, language)
    choice = choice_of(script)
    if choice.environment is not None:
        return choice.id, _PYTHON  # In a notebook, "the Python at hand".
    return choice.id, _label(choice.id, language)


def _holds_code(script: Script, index: int) -> bool:
    cell = script.cells[index]
    if cell.kind is not CellKind.CODE:
        return False
    skipped = 0
    if index == 0 and not cell.has_marker:
        skipped = header_lines(cell.lines, script.cells.language)
    return any(line.strip() for line in cell.source.split("\n")[skipped:])


def _request(script: Script, index: int) -> RunRequest:
    cell = script.cells[index]
    return RunRequest(
        cell_id=str(index),
        source=cell.source,
        cell_source=cell.source,
        origin=Origin(str(script.path), script.cells.first_line(index) + cell.body_offset),
        continue_on_error=RAISES_EXCEPTION in cell.tags,
    )


def _title(script: Script, index: int) -> str:
    """Return the cell's title, or else its first line that says something."""
    cell = script.cells[index]
    if cell.title:
        return cell.title
    lines = [line.strip() for line in cell.source.split("\n") if line.strip()]
    comment = script.cells.language.comment
    return next((line for line in lines if not line.startswith(comment)), lines[0])


def _label(kernel: str | None, language: str) -> KernelLabel:
    if kernel is None and language == "python":
        return _PYTHON
    # Looking through kernelspecs takes a sixth of a second, which most scripts can do without.
    from cellbridge.kernel.errors import KernelError, UnknownKernel  # noqa: PLC0415
    from cellbridge.kernel.specs import find  # noqa: PLC0415

    try:
        spec = find(kernel, language)
    except UnknownKernel as error:
        raise CommandError(str(error)) from None
    except KernelError as error:
        raise CommandError(str(error), FAILED) from None
    return KernelLabel(spec.name, spec.display_name, spec.language)
