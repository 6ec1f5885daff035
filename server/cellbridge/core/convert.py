"""A script's cells and their outputs as a Jupyter notebook.

Owns the shape of notebook files (nbformat 4.5) as plain JSON values. It must not read or write
files, nor know where outputs come from.

The dialect is jupytext's: the marker's title and depth are kept as the cell's metadata ``title``
and ``cell_depth``, the YAML header as the notebook's metadata.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from cellbridge.core.cells import Cell, CellKind, Cells
from cellbridge.core.header import header_lines, header_of
from cellbridge.core.outputs import Display, Failure, Output, Stream

NBFORMAT = (4, 5)
"""The version of the notebook format that is written."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What a code cell's run left."""

    outputs: Sequence[Output]
    """Whole: streams with their full text."""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class KernelLabel:
    """What a notebook says about the kernel it was made with."""

    name: str
    display_name: str
    language: str


@dataclass(frozen=True, slots=True)
class _Draft:
    """A cell on its way into the notebook."""

    kind: CellKind
    source: str
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])


def notebook(
    cells: Cells, executed: Mapping[int, Executed], kernel: KernelLabel | None
) -> dict[str, Any]:
    """Return the notebook of ``cells``; ``executed`` holds runs by the cell's index.

    Cell ids come from the cells' texts, so that the same script gives the same ids.
    """
    made: list[dict[str, Any]] = []
    seen: Counter[str] = Counter()
    for index, cell in enumerate(cells):
        draft = _draft(cells, index, cell)
        if draft is None and index not in executed:
            continue
        draft = draft or _Draft(CellKind.CODE, "")
        seen[cell.slice] += 1
        identity = _identity(cell.slice, seen[cell.slice])
        made.append(_cell(draft, identity, executed.get(index)))
    return {
        "cells": made,
        "metadata": _metadata(cells, kernel),
        "nbformat": NBFORMAT[0],
        "nbformat_minor": NBFORMAT[1],
    }


def _draft(cells: Cells, index: int, cell: Cell) -> _Draft | None:
    """Return what a cell becomes; None for a beginning of the file that holds nothing."""
    source = cell.source
    if index == 0 and not cell.has_marker:
        # The header becomes the notebook's metadata; a notebook that shows it twice would lie.
        skipped = header_lines(cell.lines, cells.language)
        source = "\n".join(source.split("\n")[skipped:]).lstrip("\n")
        if not source.strip():
            return None
    metadata = {key: _json(value) for key, value in cell.metadata.items()}
    if cell.title:
        metadata["title"] = cell.title
    if cell.depth:
        metadata["cell_depth"] = cell.depth
    return _Draft(cell.kind, source.rstrip("\n"), metadata)


def _cell(draft: _Draft, identity: str, executed: Executed | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": draft.kind.value,
        "id": identity,
        "metadata": draft.metadata,
        "source": draft.source,
    }
    if draft.kind is CellKind.CODE:
        made["execution_count"] = executed.count if executed else None
        made["outputs"] = [_output(output) for output in executed.outputs] if executed else []
    return made


def _output(output: Output) -> dict[str, Any]:
    match output:
        case Stream():
            return {"output_type": "stream", "name": output.name, "text": output.text}
        case Display(count=None):
            return {
                "output_type": "display_data",
                "data": dict(output.data),
                "metadata": dict(output.metadata),
            }
        case Display():
            return {
                "output_type": "execute_result",
                "data": dict(output.data),
                "metadata": dict(output.metadata),
                "execution_count": output.count,
            }
        case Failure():
            return {
                "output_type": "error",
                "ename": output.ename,
                "evalue": output.evalue,
                "traceback": list(output.traceback),
            }


def _metadata(cells: Cells, kernel: KernelLabel | None) -> dict[str, Any]:
    jupyter = _json(header_of(cells).values.get("jupyter"))
    metadata: dict[str, Any] = {**jupyter} if isinstance(jupyter, dict) else {}
    if kernel is not None:
        metadata["kernelspec"] = {
            "name": kernel.name,
            "display_name": kernel.display_name,
            "language": kernel.language,
        }
        metadata["language_info"] = {"name": kernel.language} | (
            _PYTHON if kernel.language == "python" else {}
        )
    return metadata


_PYTHON = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}


def _identity(text: str, occurrence: int) -> str:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return digest if occurrence == 1 else f"{digest}-{occurrence}"


def _json(value: object) -> Any:
    """Return ``value`` with nothing in it that JSON cannot hold; a marker may hold any literal."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            # NaN and the infinities are no JSON.
            return value if value - value == 0 else str(value)
        case Mapping():
            entries = cast("Mapping[object, object]", value)
            return {str(key): _json(item) for key, item in entries.items()}
        case list() | tuple():
            return [_json(item) for item in cast("Sequence[object]", value)]
        case _:
            return str(value)
