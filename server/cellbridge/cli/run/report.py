"""The report for programs (``--report FILE``): the result of each cell.

Owns the format of the report. It must not know sessions.

Times are in seconds. The ``state`` of a file is ``ok``, ``failed`` or ``interrupted``. That of a
cell is the state of its run, ``skipped`` if an earlier invocation ran it (``--resume``), or
``not run``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cellbridge import __version__
from cellbridge.cli.errors import FAILED, INTERRUPTED, OK, CommandError
from cellbridge.notebooks import atomic_files
from cellbridge.notebooks.errors import FileError

NOT_RUN, SKIPPED = "not run", "skipped"
_VERSION = 1
_STATES = {OK: "ok", INTERRUPTED: "interrupted"}


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """The result of one cell."""

    title: str
    line: int
    """The line in the file, or in the cell of a notebook, from 1."""
    state: str = NOT_RUN
    seconds: float | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one file."""

    file: str
    code: int
    seconds: float = 0.0
    cells: Sequence[CellOutcome] = field(default_factory=list[CellOutcome])
    problem: str = ""
    """The reason why the script ended early, in one sentence."""
    notice: str = ""
    """A sentence about a script that succeeded: it ended early by its own exit."""
    notebook: str | None = None
    """The path of the executed notebook."""

    @property
    def ran(self) -> int:
        """The number of cells that ran in this invocation."""
        return sum(cell.state not in {NOT_RUN, SKIPPED} for cell in self.cells)

    def as_json(self) -> dict[str, Any]:
        """Return the part of the report for this file."""
        return {
            "file": self.file,
            "state": _STATES.get(self.code, "failed"),
            "problem": self.problem,
            "seconds": round(self.seconds, 3),
            "notebook": self.notebook,
            "cells": [
                {
                    "title": cell.title,
                    "line": cell.line,
                    "state": cell.state,
                    "seconds": None if cell.seconds is None else round(cell.seconds, 3),
                    "execution_count": cell.count,
                }
                for cell in self.cells
            ],
        }


def write(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the report of all files.

    Raises:
        CommandError: the report cannot be written.
    """
    report = {
        "version": _VERSION,
        "cellbridge": __version__,
        "files": [outcome.as_json() for outcome in outcomes],
    }
    data = (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode()
    try:
        atomic_files.write(path, data, like=[Path(outcome.file) for outcome in outcomes])
    except FileError as error:
        raise CommandError(str(error), FAILED) from error
