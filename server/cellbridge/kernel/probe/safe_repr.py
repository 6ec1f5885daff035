# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: text for objects, without their own ``__repr__``.

Owns the form and the length of shown values. It must run on Python 3.9, must not import cellbridge,
and never calls the user's code: for an object of the user's class, its stored attributes are shown.
"""

import collections
import enum
import re
import sys
import types

from .mappings import is_mapping, mapping_entries
from .stored_attributes import find, is_a, own, package, part

TEXT_LIMIT = 1500
ITEMS = 20
EDGE = 12
"""Items of each dimension of an array."""
DEPTH = 4
_PLAIN = (int, float, complex, bool, type(None), type(...), range, type(NotImplemented))
_PANDAS_SCALARS = ("Timestamp", "Timedelta", "NaTType", "NAType", "Period", "Interval")
_PRINTED = {
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "uuid": ("UUID",),
    "pathlib": ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"),
    "ipaddress": ("IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network"),
    "pandas": _PANDAS_SCALARS,
}
"""Classes whose own text only reads the object."""
_ZONES = ("datetime", "zoneinfo", "dateutil", "pytz")
_OPEN = {list: "[]", tuple: "()", set: "{}", frozenset: ("frozenset({", "})")}
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
_OPAQUE = ("pandas", "polars", "xarray", "pyarrow", "matplotlib", "PIL")
"""Packages whose objects store nothing of interest to the user."""


def value_text(obj, limit=TEXT_LIMIT, depth=DEPTH):
    """Return a value in source form, bounded in length, items and depth.

    Invariant: the work is bounded by the length, for any nesting.
    """
    text = _text(obj, limit, depth)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(obj, limit, depth):  # noqa: PLR0911 - one return for each kind of value
    kind = type(obj)
    if kind in (str, bytes, bytearray):
        cut = obj[: max(limit, 1)]
        return repr(cut) + ("…" if len(obj) > len(cut) else "")
    if kind is int and obj.bit_length() > 4 * TEXT_LIMIT:
        return f"<int of {obj.bit_length()} bits>"
    if kind in _PLAIN:
        return repr(obj)
    if depth <= 0 and (kind in _OPEN or kind is dict):
        return "…"
    if kind is dict:
        return "{" + entries_text(obj, limit, depth) + "}"
    if kind in _OPEN:
        first, last = _OPEN[kind]
        comma = "," if kind is tuple and len(obj) == 1 else ""
        return (
            first + items_text(part(lambda: obj, 0, ITEMS), len(obj), limit, depth) + comma + last
        )
    if issubclass(kind, type):
        return class_name(obj)
    if issubclass(kind, types.ModuleType):
        return f"<module {own(obj).get('__name__', '?')}>"
    if kind in _FUNCTIONS:
        return f"<function {obj.__name__}>"
    return trusted_text(obj, limit) or derived_text(obj, limit, depth)


def items_text(items, total, limit, depth):
    """Return the text of as many items as there is room for."""
    return join_items(items, total, limit, lambda one, room: _text(one, room, depth - 1))


def entries_text(obj, limit, depth):
    """Return the entries of a dict, as many as there is room for."""

    def entry(pair, room):
        return f"{_text(pair[0], room, 1)}: {_text(pair[1], room, depth - 1)}"

    return join_items(part(lambda: dict.items(obj), 0, ITEMS), dict.__len__(obj), limit, entry)


def join_items(items, total, limit, show):
    """Return the texts of items with commas, and an ellipsis for those that are left out."""
    shown = []
    room = limit
    for one in items:
        if room <= 0:
            break
        shown.append(show(one, room))
        room -= len(shown[-1]) + 2
    return ", ".join(shown + (["…"] if total > len(shown) else []))


def trusted_text(obj, limit):
    """Return the text of a value of a trusted class; empty for other classes."""
    kind = type(obj)
    top = package(kind)
    if top == "datetime":
        return datetime_text(obj)
    if kind.__name__ in _PRINTED.get(top, ()):
        return repr(obj)[:limit]
    if kind is re.Pattern:
        return repr(obj)[:limit] if type(obj.pattern) in (str, bytes) else ""
    if top == "numpy":
        if issubclass(kind, sys.modules["numpy"].generic):
            return scalar_text(obj, limit)
        return array_text(obj, limit) if kind.__name__ == "ndarray" else masked_text(obj)
    return ""


def masked_text(obj):
    """Return the text of numpy's masked value; empty for other objects."""
    return "masked" if type(obj).__name__ == "MaskedConstant" else ""


def printed_text(obj, limit):
    """Return a value as it is printed in a table, and not in source form.

    Only classes that are known to run no other code print themselves.
    """
    kind = type(obj)
    if kind is str:
        return obj[:limit]
    if package(kind) == "datetime" and kind.__name__ in ("date", "time", "datetime", "timedelta"):
        return str(obj)[:limit] if known_zone(obj) else datetime_text(obj)
    if kind.__name__ in _PRINTED.get(package(kind), ()):
        return str(obj)[:limit]
    return value_text(obj, limit)


def known_zone(obj):
    """Return True if a time has no zone, or one whose code is not the user's."""
    zone = getattr(obj, "tzinfo", None)
    return zone is None or package(type(zone)) in _ZONES


def scalar_text(obj, limit):
    """Return a numpy scalar in the shorter form of a Python number or text."""
    if type(obj).__name__ in ("void", "object_"):
        return ""
    plain_one = obj.item() if obj.dtype.kind in "biufcSU" else obj
    return repr(plain_one)[:limit]


def datetime_text(obj):
    """Return a date or a time; a zone class of the user is left out, as its code would run."""
    if known_zone(obj):
        return repr(obj)
    return repr(obj.replace(tzinfo=None))[:-1] + ", tzinfo=…)"


def array_text(array, limit):
    """Return an array's first items and its type."""
    return f"array({array_items(array, limit)}, dtype={array.dtype})"[:limit]


def array_items(array, limit, mask=None):
    """Return the first items of an array; numpy's own text depends on the user's settings."""
    part_of = (slice(EDGE),) * min(array.ndim, 4) + (0,) * max(array.ndim - 4, 0)
    corner = array[part_of]
    if array.dtype.kind in "Mm":
        corner = corner.astype(str)
    if mask is not None:
        corner = corner.astype(object)
        corner[mask[part_of]] = _MASKED
    return nested_text(corner.tolist(), array.shape, limit)


_MASKED = object()


def nested_text(found, shape, limit):
    """Return nested lists as text, with an ellipsis where an array continues."""
    if found is _MASKED:
        return "--"
    if type(found) is not list:
        return _text(found, limit, 2)
    total = shape[0] if shape else len(found)
    return (
        "["
        + join_items(found, total, limit, lambda one, room: nested_text(one, shape[1:], room))
        + "]"
    )


def derived_text(obj, limit, depth):  # noqa: PLR0911 - one return for each kind of value
    """Return the text of an object whose class derives from a built-in class, or is the user's."""
    kind = type(obj)
    name = kind_name(kind)
    if issubclass(kind, enum.Enum):
        return f"{name}.{own(obj).get('_name_', '?')}"
    if issubclass(kind, BaseException):
        args = vars(BaseException)["args"].__get__(obj)
        return f"{name}({items_text(args[:ITEMS], len(args), limit, min(depth, 2))})"
    if depth > 1 and issubclass(kind, dict):
        return f"{name}({{{entries_text(obj, limit, depth)}}})"
    for base in (list, tuple, set, frozenset, collections.deque):
        if depth > 1 and issubclass(kind, base):
            items = part(lambda base=base: base.__iter__(obj), 0, ITEMS)
            fields, _ = find(kind, "_fields")
            if base is tuple and type(fields) is tuple and len(fields) == tuple.__len__(obj):
                pairs = list(zip(fields, items))  # noqa: B905 - Python 3.9 has no strict zip
                return f"{name}({fields_text(pairs, limit, depth)})"
            return f"{name}([{items_text(items, base.__len__(obj), limit, depth)}])"
    for base in (str, int, float, bytes):
        if issubclass(kind, base):
            return f"{name}({_text(plain_value(obj, base, limit), limit, 1)})"
    if depth > 1 and is_mapping(obj):
        return f"{name}({{{entries_text(mapping_entries(obj), limit, depth)}}})"
    return object_text(obj, limit, depth)


def plain_value(obj, base, limit):
    """Return a value of a subclass of a built-in class as a value of the built-in class."""
    if base in (str, bytes):
        return base.__getitem__(obj, slice(0, limit))
    return base.__add__(obj, 0) if base is int else base.__float__(obj)


def fields_text(pairs, limit, depth):
    """Return fields with their values, as many as there is room for."""

    def field(pair, room):
        return f"{pair[0]}={_text(pair[1], min(room, 80), depth - 2)}"

    return join_items(pairs[:ITEMS], len(pairs), limit, field)


def object_text(obj, limit, depth):
    """Return an object as its class and its stored attributes."""
    name = class_name(type(obj))
    stored = [
        (key, one)
        for key, one in part(lambda: dict.items(own(obj)), 0, 2 * ITEMS)
        if type(key) is str and not key.startswith("__")
    ]
    if not stored or depth < 2 or package(type(obj)) in _OPAQUE:
        return f"<{name} object>"
    return f"{name}({fields_text(stored, limit, depth)})"


def kind_name(cls):
    """Return a class's own name, without its module."""
    name = type.__dict__["__qualname__"].__get__(cls)
    return name if type(name) is str else "?"


def class_name(cls):
    """Return a class's name, with its module if that is informative."""
    module = type.__dict__["__module__"].__get__(cls)
    name = type.__dict__["__qualname__"].__get__(cls)
    if type(module) is not str or type(name) is not str or module in ("builtins", "__main__"):
        return name if type(name) is str else "?"
    top = module.partition(".")[0]
    known = sys.modules.get(top)
    if is_a(known, types.ModuleType) and own(known).get(name) is cls:
        return f"{top}.{name}"  # The name under which it is imported.
    return f"{module}.{name}"


def annotation_text(said):
    """Return an annotation in source form."""
    if type(said) is str:
        return said
    if is_a(said, type) and type(said) is not types.GenericAlias:
        return type.__dict__["__qualname__"].__get__(said)
    if type(said).__module__ in ("typing", "types", "builtins"):
        return repr(said).replace("typing.", "")
    return "…"
