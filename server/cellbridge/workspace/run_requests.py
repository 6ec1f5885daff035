"""The run requests to the session, built from a document's cells.

Owns which text of a cell goes to the kernel, and its position in the document. It must not know how
runs are queued.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cellbridge.core.document.blocks import code_to_run
from cellbridge.core.document.cell_names import name_of
from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.document.text import Range
from cellbridge.core.runs.agents import Scratch
from cellbridge.core.runs.runs import Origin, Part, RunRequest
from cellbridge.workspace.cell_views import dedent

RAISES_EXCEPTION = "raises-exception"
"""Jupyter's tag of a cell that is expected to fail."""

SCRATCH_NAME = "scratch"
"""The name in tracebacks of code that is not in the script."""


class Document(Protocol):
    """The attributes of a document that a request needs."""

    name: str
    version: int

    @property
    def cells(self) -> Cells:
        """Its cells."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        ...


def cell_requests(document: Document, indexes: Sequence[int]) -> list[RunRequest]:
    """Return the requests to run the code cells among ``indexes``, in the order of these.

    The cells of a block that runs as a whole with an earlier request have none.
    """
    requests: list[RunRequest] = []
    covered: set[int] = set()
    for index in indexes:
        cell = document.cells[index]
        if cell.kind is CellKind.CODE and cell.source.strip() and index not in covered:
            source, last = code_to_run(document.cells, index)
            covered.update(range(index, last + 1))
            requests.append(_request(document, index, source, _body_line(document, index)))
    return requests


def selection_requests(document: Document, area: Range) -> list[RunRequest]:
    """Return the requests to run the whole lines that ``area`` touches, one for each code cell.

    A cell whose code is selected completely is run as a cell; of any other, the selected lines run
    without their common indentation. Cells without selected code are left out.
    """
    first, last = area.start.line, area.end.line
    if area.end.column == 0 and last > first:
        last -= 1
    cells = document.cells
    requests: list[RunRequest] = []
    ran_to = -1
    for index in range(cells.at(first), cells.at(last) + 1):
        if cells[index].kind is not CellKind.CODE or index <= ran_to:
            continue
        body = _body_line(document, index)
        lines = cells[index].source.split("\n")
        code = [number for number, line in enumerate(lines) if line.strip()]
        selected = [number for number in code if first <= body + number <= last]
        if selected and selected == code:
            source, ran_to = code_to_run(cells, index)
            requests.append(_request(document, index, source, body))
        elif selected:
            part = Part(selected[0], selected[-1])
            source = dedent(lines[part.first : part.last + 1])
            requests.append(_request(document, index, source, body + part.first, part))
    return requests


def scratch_request(code: str, scratch: Scratch) -> RunRequest:
    """Return the request to run code that is not in the script."""
    origin = Origin(SCRATCH_NAME, 0)
    return RunRequest(cell_id="", source=code, cell_source=code, origin=origin, scratch=scratch)


def _request(
    document: Document, index: int, source: str, line: int, part: Part | None = None
) -> RunRequest:
    cell = document.cells[index]
    return RunRequest(
        cell_id=document.ids[index],
        source=source,
        cell_source=cell.source,
        origin=Origin(document.name, line),
        title=name_of(cell),
        version=document.version,
        part=part,
        continue_on_error=RAISES_EXCEPTION in cell.tags,
    )


def _body_line(document: Document, index: int) -> int:
    return document.cells.first_line(index) + document.cells[index].body_offset
