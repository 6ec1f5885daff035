"""Validation of notebooks, with a sentence about each error.

Owns: the checks and their words. It must not repair anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from cellbridge.notebooks.errors import FileError

_TYPES = {"code", "markdown", "raw"}


def check(notebook: Mapping[str, Any], shown: str) -> None:
    """Make sure of all that conversion relies on.

    Raises:
        FileError: something is missing or has the wrong type, with the cell.
    """
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise FileError(f"{shown} is not a valid notebook: it has no list of cells.")
    if not isinstance(notebook.get("metadata", {}), dict):
        raise FileError(f"{shown} is not a valid notebook: its metadata is not an object.")
    for number, cell in enumerate(cast("list[Any]", cells), 1):
        if problem := _cell_problem(cell):
            raise FileError(f"{shown} is not a valid notebook: cell {number} {problem}.")


def _cell_problem(value: object) -> str | None:
    if not isinstance(value, dict):
        return "is not an object"
    cell = cast("dict[str, Any]", value)
    if cell.get("cell_type") not in _TYPES:
        return f"has the type {cell.get('cell_type')!r} instead of code, markdown or raw"
    if not _is_text(cell.get("source")):
        return "has no source, or one that is not text"
    if not isinstance(cell.get("metadata"), dict):
        return "has no metadata"
    if cell["cell_type"] == "code" and not isinstance(cell.get("outputs"), list):
        return "has no list of outputs"
    return None


def _is_text(value: object) -> bool:
    if isinstance(value, str):
        return True
    return isinstance(value, list) and all(
        isinstance(line, str) for line in cast("list[object]", value)
    )


def check_whole(notebook: dict[str, Any], shown: str) -> None:
    """Validate the notebook by nbformat's schema.

    Raises:
        FileError: it is not valid, with the place.
    """
    import nbformat.validator as untyped  # noqa: PLC0415  # a sixth of a second

    library: Any = untyped
    validator: Any = library.get_validator(4, 5, relax_add_props=True)
    if validator is None:
        return
    error: Any = next(iter(validator.iter_errors(notebook)), None)
    if error is None:
        return
    message = str(getattr(error, "message", error)).partition("\n")[0]
    message = re.sub(r"^data\.?", "", message)
    message = re.sub(r"cells\[(\d+)\]\.?", lambda found: f"cell {int(found[1]) + 1}: ", message)
    if len(message) > 200:
        message = message[:200] + " …"
    raise FileError(f"{shown} is not a valid notebook: {message}.")
