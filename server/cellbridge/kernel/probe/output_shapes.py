# pyright: basic
# Basic: everything here is reached through IPython's untyped objects.
"""Runs inside ipykernel: the shape of each displayed table, and the id of each displayed figure.

Owns their key in the metadata of outputs, and its content. The text and the HTML of a table are
shortened, so its shape cannot be read from them. With its id, a figure can be drawn again later
(figures.py). It must run on Python 3.9, must not import cellbridge, and never calls the user's
code.
"""

import functools
import time
from typing import Any

from .figures import is_figure
from .library_types import library, manager
from .stored_attributes import own, package

KEY = "cellbridge"


def install(shell, figures):
    """Add shape and id to the metadata of every output that this shell formats from now on."""
    formatter = shell.display_formatter
    original = formatter.format

    @functools.wraps(original)
    def format_with_shape(obj, *given, **named):
        start = time.monotonic()
        formatted = original(obj, *given, **named)
        try:
            data, metadata = formatted
            found = None
            if is_figure(obj) and any(mime.startswith("image/") for mime in data):
                number = figures.add(obj, time.monotonic() - start)
                found = {"figure": number} if number is not None else None
            elif data:
                found = shape(obj)
            if found is not None:
                return data, {**metadata, KEY: found}
        except Exception:  # Boundary: the output is shown without its shape
            return formatted
        return formatted

    formatter.format = format_with_shape


def shape(obj: Any):
    """Return the type and the lengths of a table; None for other objects."""
    if package(type(obj)) == "pandas" and type(obj).__name__ == "Styler":
        obj = own(obj).get("data")
    top = library(obj)
    if top == "pandas":
        axes = manager(obj).axes
        return describe(obj, [len(axis) for axis in reversed(axes)])
    if top == "polars":
        return describe(obj, obj.shape)
    if top == "pyarrow" and hasattr(type(obj), "num_columns"):
        return describe(obj, [obj.num_rows, obj.num_columns])
    return None


def describe(obj, lengths):
    """Return the metadata of an object with these lengths."""
    return {"type": type(obj).__name__, "shape": [int(one) for one in lengths]}
