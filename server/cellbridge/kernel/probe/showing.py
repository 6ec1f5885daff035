# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: an object as text and as plain data, without its own ``__repr__``.

Owns what is shown of a value and how much. It must run on Python 3.9, must not import cellbridge,
and calls nothing that a user wrote: of an object of a class of the user's its stored attributes are
shown.
"""

import itertools
import sys
import types
from typing import Any

from .stored import is_a, mro, own, package

TEXT_LIMIT = 1500
ITEMS = 20
DEPTH = 4
ROWS = 5
SHOWN_COLUMNS = 12
_PLAIN = (int, float, complex, bool, type(None), type(...), range, slice, type(NotImplemented))
_PANDAS_SCALARS = ("Timestamp", "Timedelta", "NaTType", "NAType", "Period")
_OPEN = {list: "[]", tuple: "()", set: "{}", frozenset: ("frozenset({", "})")}


def value_text(obj, limit=TEXT_LIMIT, depth=DEPTH):
    """Return a value as it would be written, bounded in length, items and depth."""
    text = _text(obj, limit, depth)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(obj, limit, depth):  # noqa: PLR0911 - one return for each kind of value
    kind = type(obj)
    if kind in (str, bytes, bytearray):
        cut = obj[:limit]
        return repr(cut) + ("…" if len(obj) > limit else "")
    if kind is int and obj.bit_length() > 4 * limit:
        return f"<int of {obj.bit_length()} bits>"
    if kind in _PLAIN:
        return repr(obj)
    if depth == 0 and (kind in _OPEN or kind is dict):
        return "…"
    if kind is dict:
        shown = [
            f"{_text(key, limit, 1)}: {_text(value, limit, depth - 1)}"
            for key, value in itertools.islice(list(dict.items(obj)), ITEMS)
        ]
        return "{" + ", ".join(shown + more(obj)) + "}"
    if kind in _OPEN:
        first, last = _OPEN[kind]
        items = itertools.islice(obj if kind in (list, tuple) else list(obj), ITEMS)
        shown = [_text(one, limit, depth - 1) for one in items]
        comma = "," if kind is tuple and len(obj) == 1 else ""
        return first + ", ".join(shown + more(obj)) + comma + last
    if issubclass(kind, type):
        return class_name(obj)
    if issubclass(kind, types.ModuleType):
        return f"<module {own(obj).get('__name__', '?')}>"
    if kind in (types.FunctionType, types.BuiltinFunctionType, types.MethodType):
        return f"<function {obj.__name__}>"
    return trusted_text(obj, limit) or object_text(obj, limit, depth)


def more(items):
    """Return the sign that stands for what is left out."""
    return ["…"] if len(items) > ITEMS else []


def trusted_text(obj, limit):
    """Return the text of a value whose own class can be trusted with it; empty if none can."""
    kind = type(obj)
    top = package(kind)
    if top in ("datetime", "decimal", "fractions", "pathlib"):
        return repr(obj)[:limit]
    if top == "numpy":
        scalar = issubclass(kind, sys.modules["numpy"].generic)
        array = kind.__name__ == "ndarray" and not obj.dtype.hasobject
        return repr(obj)[:limit] if scalar or array else ""
    if top == "pandas" and kind.__name__ in _PANDAS_SCALARS:
        return repr(obj)
    return ""


def object_text(obj, limit, depth):
    """Return an object by its class and what it stores."""
    name = class_name(type(obj))
    stored = [(key, one) for key, one in list(own(obj).items()) if type(key) is str]
    if not stored or depth < 2 or package(type(obj)) in ("pandas", "polars"):
        return f"<{name} object>"
    shown = [
        f"{key}={_text(one, min(limit, 80), depth - 2)}"
        for key, one in itertools.islice(stored, ITEMS)
        if not key.startswith("__")
    ]
    return f"{name}({', '.join(shown)}{', …' if len(stored) > ITEMS else ''})"


def class_name(cls):
    """Return a class's name, with its module where that tells something."""
    module = type.__dict__["__module__"].__get__(cls)
    name = type.__dict__["__qualname__"].__get__(cls)
    plain = type(module) is not str or module in ("builtins", "__main__")
    return name if plain else f"{module}.{name}"


def annotation_text(said):
    """Return an annotation as it is written."""
    if type(said) is str:
        return said
    if is_a(said, type) and type(said) is not types.GenericAlias:
        return type.__dict__["__qualname__"].__get__(said)
    if type(said).__module__ in ("typing", "types", "builtins"):
        return repr(said).replace("typing.", "")
    return "…"


# --- frames ---------------------------------------------------------------------------------------


def table(obj):
    """Return the head of a frame or a series as plain data; None for anything else."""
    for cls in mro(type(obj)):
        top = package(cls)
        if top == "pandas" and cls.__name__ in ("DataFrame", "Series"):
            return pandas_table(obj, cls.__name__ == "Series")
        if top == "polars" and cls.__name__ in ("DataFrame", "Series"):
            frame = obj.to_frame() if cls.__name__ == "Series" else obj
            return polars_table(frame)
    return None


def pandas_table(obj, series):
    """Return the first rows of a pandas object."""
    pandas = sys.modules["pandas"]
    frame_class = pandas.DataFrame
    if series:
        heads = [cell(obj.name)]
        parts = [obj.iloc[:ROWS]]
        types_ = [str(obj.dtype)]
    else:
        heads = [cell(name) for name in list(frame_class.columns.__get__(obj)[:SHOWN_COLUMNS])]
        count = len(heads)
        parts = [obj.iloc[:ROWS, at] for at in range(count)]
        types_ = [str(part.dtype) for part in parts]
    cells = [[cell(one) for one in part.array[:ROWS]] for part in parts]
    rows = [
        [cell(label), *(part[at] for part in cells)]
        for at, label in enumerate(list(obj.index[:ROWS]))
    ]
    whole = obj.shape
    return {"heads": ["", *heads], "types": ["", *types_], "rows": rows, "shape": list(whole)}


def polars_table(frame):
    """Return the first rows of a polars frame."""
    head = frame.head(ROWS)
    names = list(frame.columns[:SHOWN_COLUMNS])
    return {
        "heads": names,
        "types": [str(kind) for kind in list(frame.dtypes)[:SHOWN_COLUMNS]],
        "rows": [[cell(one) for one in row[:SHOWN_COLUMNS]] for row in head.rows()],
        "shape": list(frame.shape),
    }


def cell(value: Any):
    """Return a frame's value as a person reads it, on one line."""
    kind = type(value)
    text = value if kind is str else value_text(value, 60)
    if type(value).__name__ in _PANDAS_SCALARS or package(type(value)) == "datetime":
        text = str(value)
    if package(type(value)) == "numpy" and hasattr(value, "item"):
        text = value_text(value.item(), 60)
    return text.replace("\n", " ")[:60]
