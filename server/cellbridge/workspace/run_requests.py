"""The run requests to the session, built from a document's cells.

Owns which text of a cell goes to the kernel, and its position in the document. It must not know how
runs are queued.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cellbridge.core.document.blocks import code_to_run
from cellbridge.core.document.cells import CellKind, Cells
from cellbridge.core.document.text import Range
from cellbridge.core.runs.runs import Origin, RunRequest

RAISES_EXCEPTION = "raises-exception"
"""Jupyter's tag of a cell that is expected to fail."""


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
    """Return the requests to run the code cells among ``indexes``, in order.

    The cells of a block that runs as a whole with an earlier cell have none.
    """
    requests: list[RunRequest] = []
    ran_to = -1
    for index in indexes:
        cell = document.cells[index]
        if cell.kind is CellKind.CODE and cell.source.strip() and index > ran_to:
            source, ran_to = code_to_run(document.cells, index)
            requests.append(_request(document, index, source, _body_line(document, index)))
    return requests


def selection_request(document: Document, area: Range) -> RunRequest | None:
    """Return the request to run the whole lines that ``area`` touches in the cell it begins in.

    They run without their common indentation. None if they contain no code.
    """
    first, last = area.start.line, area.end.line
    if area.end.column == 0 and last > first:
        last -= 1
    index = document.cells.at(first)
    body = _body_line(document, index)
    first, last = max(first, body), min(last, document.cells.last_line(index))
    lines = document.cells[index].source.split("\n")[first - body : last - body + 1]
    source = _dedent(lines)
    return _request(document, index, source, first) if source.strip() else None


def _request(document: Document, index: int, source: str, line: int) -> RunRequest:
    cell = document.cells[index]
    return RunRequest(
        cell_id=document.ids[index],
        source=source,
        cell_source=cell.source,
        origin=Origin(document.name, line),
        version=document.version,
        continue_on_error=RAISES_EXCEPTION in cell.tags,
    )


def _body_line(document: Document, index: int) -> int:
    return document.cells.first_line(index) + document.cells[index].body_offset


def _dedent(lines: Sequence[str]) -> str:
    """Return the lines without their common indentation."""
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return "\n".join(line[margin:] for line in lines)
