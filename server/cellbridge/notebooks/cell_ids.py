"""The ids of a notebook's cells: valid, and each of its own.

Owns: the choice of an id for a cell that has none, or one that is not valid. It must not know
scripts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from cellbridge.core.percent.notebook_values import IdGenerator, JsonObject, source_of
from cellbridge.notebooks.output_repair import insert

_VALID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_LONGEST = 64


def is_valid(identity: object) -> bool:
    """Return whether the format allows an id."""
    return isinstance(identity, str) and _VALID.fullmatch(identity) is not None


def repair_ids(cells: Sequence[JsonObject], mend: Callable[[int], None]) -> list[JsonObject]:
    """Return the cells, each with a valid id of its own; cells that have one are the same objects.

    A missing id is made of the cell's text, so that the same notebook gives the same ids. Every
    other id that is replaced is reported by the number of its cell.
    """
    taken = {cell["id"] for cell in cells if is_valid(cell.get("id"))}
    generator = IdGenerator(taken)
    seen: set[str] = set()
    made: list[JsonObject] = []
    for number, cell in enumerate(cells, 1):
        identity = cell.get("id")
        if not is_valid(identity) or identity in seen:
            if "id" in cell:
                mend(number)
            identity = _cleaned(identity)
            if identity is None or identity in taken:
                identity = generator.new(source_of(cell))
            taken.add(identity)
        seen.add(str(identity))
        made.append(cell if cell.get("id") == identity else _with_id(cell, str(identity)))
    return made


def _with_id(cell: JsonObject, identity: str) -> JsonObject:
    return {**cell, "id": identity} if "id" in cell else insert(cell, "id", identity)


def _cleaned(identity: object) -> str | None:
    """Return the valid part of an id; None if nothing is left."""
    if isinstance(identity, bool) or not isinstance(identity, (str, int)):
        return None
    return re.sub(r"[^a-zA-Z0-9_-]+", "-", str(identity)).strip("-")[:_LONGEST] or None


def generated_ids(cells: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the ids that a reader makes for cells of a file without ids."""
    generator = IdGenerator()
    return [generator.new(source_of(cell)) for cell in cells]
