# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: the children of objects, and the paths to them.

Owns the steps from an object to its items, its stored attributes and its columns, and the
expressions for them. It must run on Python 3.9, must not import cellbridge, and never calls the
user's code.

A step is a string: ``.name`` is an attribute, ``#3`` is the item or column at a position, ``=…`` is
the item of a dict under a key in Python's notation. Other modules treat steps as opaque.
"""

import ast
import collections
import keyword
import types
from typing import Any

from .library_types import column, column_names, has_columns, label, length, library, values
from .live_names import (
    ATTRIBUTE_LIMIT,
    data_attributes,
    holds_field,
    mapping_entry,
    served_attributes,
)
from .mappings import is_mapping, mapping_entries, plain_key
from .safe_repr import value_text
from .stored_attributes import MISSING, is_a, mro, own, package, part, space

KEY_LIMIT = 200
"""Characters of a key after which a step gives its position only."""
_SEQUENCES: Any = (list, tuple, collections.deque)
_SETS = (set, frozenset)
_CLOSED = (
    str, bytes, bytearray, int, float, complex, bool, type(None), range, slice, types.FunctionType,
    types.BuiltinFunctionType, types.MethodType, types.CodeType,
)  # fmt: skip
"""Classes that are shown whole, or whose parts are of no interest to the user."""
_OWN_PACKAGES = ("pandas", "polars", "pyarrow", "xarray", "numpy", "datetime", "decimal", "pathlib")
"""Packages whose objects' internals are not shown."""


class MissingStep(Exception):  # noqa: N818 - not a fault: the object no longer exists
    """A step that no longer exists."""


class Child:
    """A child of an object, with the step that leads to it."""

    __slots__ = ("expression", "key", "name", "value")

    def __init__(self, key, name, value, expression):
        self.key = key
        self.name = name
        self.value = value
        self.expression = expression


def walk(path, names):
    """Return the object at a path, and an expression for it.

    Raises `MissingStep`.
    """
    obj = names.get(path[0], MISSING)
    if obj is MISSING:
        raise MissingStep
    expression = path[0] if path[0].isidentifier() else ""
    for key in path[1:]:
        child = step(obj, key, expression)
        obj, expression = child.value, child.expression
    return obj, expression


def step(obj, key, expression):
    """Return the child of ``obj`` under a key; raises `MissingStep`."""
    kind = family(obj)
    if kind is None:
        raise MissingStep
    if key.startswith("#"):
        at = int(key[1:])
        found = kind.items(obj, at, 1, expression)
    elif key.startswith("="):
        found = [mapping_child(obj, key, expression)]
    else:
        found = [one for one in attributes(obj, expression) if one.key == key]
    if not found:
        raise MissingStep
    return found[0]


def mapping_child(obj, key, expression):
    """Return the child of a mapping under a key of a built-in type; raises `MissingStep`."""
    try:
        literal = ast.literal_eval(key[1:])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise MissingStep from None
    value = mapping_entry(obj, literal)
    if value is MISSING:
        raise MissingStep
    return Child(key, value_text(literal, 80), value, item_expression(expression, literal))


def item_expression(expression, key):
    """Return the expression of an item; empty if it is unknown or too long to type."""
    written = repr(key) if plain_key(key) else ""
    return f"{expression}[{written}]" if expression and written and len(written) < KEY_LIMIT else ""


# --- kinds of objects -----------------------------------------------------------------------------


Family = collections.namedtuple("Family", "count items")  # noqa: PYI024 - types do not matter here
"""Access to the children of a kind of object: their number, and some of them."""


def _sequence_count(obj):
    return next(base for base in _SEQUENCES if is_a(obj, base)).__len__(obj)


def _sequence_items(obj, start, count, expression):
    base = next(base for base in _SEQUENCES if is_a(obj, base))
    if base is collections.deque:
        found = part(lambda: base.__iter__(obj), start, count)
    else:
        found = base.__getitem__(obj, slice(start, start + count))
    return numbered_children(found, start, expression, field_names(obj))


def numbered_children(found, start, expression, names=()):
    """Return the children for indexed items, from ``start`` on."""
    return [
        Child(
            f"#{at}",
            names[at] if at < len(names) else f"[{at}]",
            one,
            f"{expression}[{at}]" if expression else "",
        )
        for at, one in enumerate(found, start)
    ]


def field_names(obj):
    """Return the names of a named tuple's fields; nothing for other objects."""
    found = next((space(cls)["_fields"] for cls in mro(type(obj)) if "_fields" in space(cls)), ())
    named = is_a(obj, tuple) and type(found) is tuple and all(type(one) is str for one in found)
    return found if named else ()


def _mapping_count(obj):
    return dict.__len__(obj if is_a(obj, dict) else mapping_entries(obj))


def _mapping_items(obj, start, count, expression):
    known = obj if is_a(obj, dict) else mapping_entries(obj)
    return [
        Child(
            f"={key!r}" if plain_key(key) and len(repr(key)) < KEY_LIMIT else f"#{at}",
            value_text(key, 80),
            value,
            item_expression(expression, key),
        )
        for at, (key, value) in enumerate(part(lambda: dict.items(known), start, count), start)
    ]


def _set_count(obj):
    return next(base for base in _SETS if is_a(obj, base)).__len__(obj)


def _set_items(obj, start, count, _):
    base = next(base for base in _SETS if is_a(obj, base))
    return numbered_children(part(lambda: base.__iter__(obj), start, count), start, "")


def _array_count(obj):
    return obj.shape[0]


def _array_items(obj, start, count, expression):
    found = [obj[at] for at in range(start, min(start + count, obj.shape[0]))]
    return numbered_children(found, start, expression)


def _frame_count(obj):
    return len(column_names(obj))


def _frame_items(obj, start, count, expression):
    names = column_names(obj)
    counts = collections.Counter(name for name in names if plain_key(name))
    form = _COLUMNS_BY_PLACE.get(library(obj), "") if expression else ""
    found = []
    for at, name in enumerate(names[start : start + count], start):
        alone = plain_key(name) and counts[name] == 1
        written = item_expression(expression, name) if alone else form.format(expression, at)
        found.append(Child(f"#{at}", label(name), column(obj, at, name), written))
    return found


_COLUMNS_BY_PLACE = {"pandas": "{}.iloc[:, {}]", "pyarrow": "{}.column({})"}
"""Expressions of columns whose name others have too, or which cannot be written."""


def _line_items(obj, start, count, expression):
    by_place = expression and library(obj) == "pandas"
    found = values(obj, start, count)
    return numbered_children(found, start, f"{expression}.iloc" if by_place else expression)


def _attribute_count(obj):
    return len(attributes(obj, ""))


def _attribute_items(obj, start, count, expression):
    return attributes(obj, expression)[start : start + count]


def family(obj):
    """Return the access to an object's children; None if it has none."""
    for kinds, found in ((_SEQUENCES, SEQUENCE), (dict, MAPPING), (_SETS, SET)):
        if is_a(obj, kinds):
            return found
    top = library(obj)
    if top == "numpy":
        return ARRAY if obj.ndim else None
    if top:
        return FRAME if has_columns(obj) else LINE
    if is_mapping(obj):
        return MAPPING
    closed = is_a(obj, _CLOSED) or package(type(obj)) in _OWN_PACKAGES
    return None if closed else ATTRIBUTES


SEQUENCE = Family(_sequence_count, _sequence_items)
"""Lists, tuples, deques and their subclasses."""
MAPPING = Family(_mapping_count, _mapping_items)
"""Dicts, their subclasses, and the standard library's other mappings."""
SET = Family(_set_count, _set_items)
"""Sets, in their internal order."""
ARRAY = Family(_array_count, _array_items)
"""numpy's arrays, along their first dimension."""
FRAME = Family(_frame_count, _frame_items)
"""Frames, arrow's tables and xarray's sets: their columns."""
LINE = Family(length, _line_items)
"""Series of pandas and polars, arrays of arrow and xarray: their values."""
ATTRIBUTES = Family(_attribute_count, _attribute_items)
"""All other objects: their stored attributes."""


# --- attributes -----------------------------------------------------------------------------------


def attributes(obj, expression):
    """Return the attributes of an object that hold its data, or those of a class or a module."""
    found = {
        key: value
        for key, value in data_attributes(obj).items()
        if type(key) is str and not (key.startswith("__") and key.endswith("__"))
    }
    return [
        Child(f".{key}", key, value, attribute_expression(expression, key))
        for key, value in found.items()
    ]


def attribute_expression(expression, key):
    """Return the expression of an attribute; empty without one."""
    written = expression and key.isidentifier() and not keyword.iskeyword(key)
    return f"{expression}.{key}" if written else ""


def has_children(obj):
    """Return True if an object has children."""
    kind = family(obj)
    if kind is None:
        return False
    if kind is ATTRIBUTES:
        return bool(len(own(obj))) or has_slots(type(obj)) or bool(served_attributes(obj))
    return kind.count(obj) > 0


def has_slots(cls):
    """Return True if a class or one of its bases keeps attributes in slots or in C."""
    return any(
        holds_field(entry) and not key.startswith("__")
        for base in mro(cls)
        for key, entry in part(space(base).items, 0, ATTRIBUTE_LIMIT)
    )
