"""Validation of notebooks, with a sentence about each error.

Owns: the checks and their words. It must not repair anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from cellbridge.core.percent.notebook_values import source_of
from cellbridge.notebooks.errors import FileError

_HALF = re.compile("[\ud800-\udfff]")
_MAYBE_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def check_surrogates(notebook: Mapping[str, Any], text: str, shown: str) -> None:
    """Make sure that a script can hold the notebook's texts; ``text`` is its file.

    Outputs may have half a surrogate pair, because they never become text of a script.

    Raises:
        FileError: a cell or metadata has half a surrogate pair, with the place.
    """
    if not _MAYBE_HALF.search(text):
        return
    for number, cell in enumerate(notebook["cells"], 1):
        source = source_of(cell)
        if found := _HALF.search(source):
            line = source.count("\n", 0, found.start()) + 1
            raise _half(shown, found[0], f"line {line} of the source of cell {number}")
        if half := _half_in(cell["metadata"]):
            raise _half(shown, half, f"the metadata of cell {number}")
    if half := _half_in(notebook["metadata"]):
        raise _half(shown, half, "the metadata of the notebook")


def _half_in(value: object) -> str:
    found = _HALF.search(json.dumps(value, ensure_ascii=False))
    return found[0] if found else ""


def _half(shown: str, half: str, place: str) -> FileError:
    return FileError(
        f"{shown} cannot be read: {place} has half a surrogate pair (\\u{ord(half):04x}), which no "
        "text file can hold; remove it in the program that wrote the notebook."
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
