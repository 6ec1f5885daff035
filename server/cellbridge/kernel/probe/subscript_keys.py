# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: the keys for a string in brackets, and facts about one key.

Owns the choice of the object that the brackets around a string index: a dict, an array with fields,
a frame's columns or its labels. It must run on Python 3.9, must not import cellbridge, and never
calls the user's code.
"""

import types

from .deadlines import Deadline
from .live_names import mapping_entry, stores, string_keys
from .polars_lazy import schema
from .safe_eval import (
    ExpectedValue,
    KnownValue,
    Unknown,
    attribute,
    columns,
    dataset_item,
    evaluate,
    frame_of,
    starts_with,
)
from .safe_repr import value_text
from .stored_attributes import MISSING, is_a, mro, package
from .tables.backends import backend
from .tables.object_columns import ObjectColumn
from .tables.values import absent, shorten, text_of

LABEL_LIMIT = 500
"""Labels of rows that are listed."""
SUMMED_ROWS = 200_000
"""Rows up to which a column is summarised for a hover on its name."""
SUMMED_OBJECTS = 5_000
"""The same for a column of Python objects, which are read one at a time."""
VALUES = 8
_SECONDS = 0.15
_INDEXERS = (".loc", ".at")
_FORMULAS = ("query", "eval")
_WITH_FIELDS = ("ndarray", "void", "recarray", "record")


class KeySource:
    """The source of keys for a string in brackets: ``kind`` is columns, labels, keys or fields."""

    def __init__(self, kind, known, expression, *, formula=False, level=0):
        self.kind = kind
        self.known = known
        self.expression = expression
        self.formula = formula
        self.level = level

    def names(self):
        """Return the keys that are strings."""
        if self.kind == "keys":
            return string_keys(self.known.value) or []
        if self.kind == "fields":
            return fields(self.known)
        if self.kind == "labels":
            return labels(self.known)
        return columns(self.known, self.level)


def key_source(holder, at, holders, names):
    """Return the key source of a bracket; None if it is unknown."""
    expression = holder["expression"]
    if holder["kind"] == "subscript":
        return subscript_key_source(expression, holder["position"], names)
    if holder["kind"] != "call":
        return None
    receiver, dot, method = expression.rpartition(".")
    known = try_evaluate(receiver, names) if dot else None
    if known is None:
        return None
    if method == "col" and is_a(known.source, types.ModuleType) and at + 1 < len(holders):
        return None  # A polars expression: the frame is the one whose method is around it.
    return KeySource("columns", known, receiver, formula=method in _FORMULAS and at == 0)


def subscript_key_source(expression, position, names):
    """Return the key source of ``expression["…"]``, for item number ``position``."""
    for indexer in _INDEXERS:
        if expression.endswith(indexer):
            frame = expression[: -len(indexer)]
            known = try_evaluate(frame, names)
            return known and KeySource("columns" if position else "labels", known, frame)
    known = try_evaluate(expression, names)
    if known is None:
        return None
    kind = "columns"
    if type(known) is not ExpectedValue and frame_of(known) is None:
        if known.cls.__name__ in _WITH_FIELDS and package(known.cls) == "numpy":
            kind = "fields"
        elif is_series(known):
            kind = "labels"
        elif stores(known.value) is not None:
            kind = "keys"
    # ``df["outer", "…"]``, but polars takes several columns there.
    is_label = kind == "columns" and columns(known, 1)
    return KeySource(kind, known, expression, level=position if is_label else 0)


def is_series(known):
    """Return True if an object is a pandas Series, whose labels are its keys."""
    return any(cls.__name__ == "Series" and package(cls) == "pandas" for cls in mro(known.cls))


def try_evaluate(expression, names):
    """Return the value of an expression; None if it is unknown."""
    try:
        return evaluate(expression, names)
    except Unknown:
        return None


def fields(known):
    """Return the names of a structured array's fields."""
    try:
        found = attribute(attribute(known, "dtype"), "names").value
    except Unknown:
        return []
    return [name for name in found or () if type(name) is str]


def labels(known):
    """Return the first labels of a pandas index, if they are strings."""
    try:
        index = attribute(known, "index").value
    except Unknown:
        return []
    return [label for label in list(index[:LABEL_LIMIT]) if type(label) is str]


# --- one key --------------------------------------------------------------------------------------


def find_key(query, names):
    """Return the source of a key, and the key; raises `Unknown`."""
    for at, holder in enumerate(query["holders"]):
        found = key_source(holder, at, query["holders"], names)
        if found is None or found.kind == "labels":
            continue
        key = query["word"] if found.formula else query["key"]
        if key in found.names():
            return found, key
    raise Unknown


def key_value(found, key):
    """Return the value under a key of a mapping or an array with fields; raises `Unknown`."""
    obj = found.known.value
    if found.kind == "fields":
        return KnownValue(type(obj).__getitem__(obj, key))  # numpy's own class.
    value = mapping_entry(obj, key)
    return KnownValue(value) if value is not MISSING else dataset_item(obj, key)


def column_facts(found, key):
    """Return the facts about a frame's column, as plain data."""
    frame = frame_of(found.known)
    facts = {"kind": "column", "name": key, "of": found.expression}
    types_ = dict(schema(frame) or ())
    if types_:
        return {
            **facts,
            "dtype": types_[key],
            "note": "by the query's schema; nothing was collected",
        }
    table = backend(frame)
    at = column_position(frame, found, key)
    facts["dtype"] = table.dtype(at)
    if type(found.known) is ExpectedValue:
        return {**facts, "note": "as it is in the frame that this is made of"}
    column = table.column(at)
    shown = column.values(range(min(VALUES, table.rows)))
    texts = [format_value(one, facts["dtype"]) for one in shown]
    more = ["…"] if table.rows > len(shown) else []
    facts.update(rows=table.rows, value="[" + ", ".join(texts + more) + "]")
    if table.rows <= (SUMMED_OBJECTS if type(column) is ObjectColumn else SUMMED_ROWS):
        summary = column.summary(Deadline(_SECONDS))
        facts.update({name: summary[name] for name in ("nulls", "distinct") if name in summary})
        facts.update(
            {name: shorten(summary[name]) for name in ("min", "mean", "max") if name in summary}
        )
        facts["top"] = [text_of(one["value"]) for one in summary.get("top", ())[:3]]
    return facts


def format_value(value, dtype):
    """Return the text of one of a column's first values."""
    if absent(value):
        return "missing"
    # Times are texts already.
    quoted = type(value) is str and "time" not in dtype and "date" not in dtype
    return value_text(value, 40) if quoted else shorten(text_of(value))


def column_position(frame, found, key):
    """Return the position of the first column of that name; raises `Unknown`."""
    if found.level:
        raise Unknown
    wanted = (*found.known.outer, key)
    for at, name in enumerate(list(frame.columns)):
        if starts_with(name if type(name) is tuple else (name,), wanted):
            return at
    raise Unknown
