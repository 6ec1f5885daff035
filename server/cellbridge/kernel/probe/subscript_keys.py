# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: the keys that a string in brackets may be, and what such a key stands for.

Owns which object the brackets around a string ask: a dict, an array with fields, a frame's columns
or its labels. It must run on Python 3.9, must not import cellbridge, and calls nothing that a user
wrote.
"""

import types

from .deadlines import Pace
from .polars_lazy import schema
from .safe_eval import Promised, Unknown, attribute, columns, evaluate, frame_of
from .safe_repr import value_text
from .stored_attributes import is_a, package
from .tables.backends import backend
from .tables.object_columns import Objects
from .tables.values import absent, short, text_of

LABEL_LIMIT = 500
"""Labels of rows that are told."""
SUMMED_ROWS = 200_000
"""Rows up to which a column is summed up for who looks at its name."""
SUMMED_OBJECTS = 5_000
"""The same for a column of Python's objects, which are looked at one by one."""
VALUES = 8
_SECONDS = 0.15
_INDEXERS = (".loc", ".at")
_FORMULAS = ("query", "eval")


class Asked:
    """What the brackets around a string ask: ``kind`` is columns, labels, keys or fields."""

    def __init__(self, kind, known, expression, *, formula=False):
        self.kind = kind
        self.known = known
        self.expression = expression
        self.formula = formula

    def names(self):
        """Return the keys, those that are strings."""
        if self.kind == "keys":
            return [key for key in list(dict.keys(self.known.value)) if type(key) is str]
        if self.kind == "fields":
            return fields(self.known)
        return labels(self.known) if self.kind == "labels" else columns(self.known)


def asked_by(holder, at, holders, names):
    """Return what a bracket asks; None if nothing that is known."""
    expression = holder["expression"]
    if holder["kind"] == "subscript":
        return asked_by_subscript(expression, holder["position"], names)
    if holder["kind"] != "call":
        return None
    receiver, dot, method = expression.rpartition(".")
    known = evaluated(receiver, names) if dot else None
    if known is None:
        return None
    if method == "col" and is_a(known.source, types.ModuleType) and at + 1 < len(holders):
        return None  # A polars expression: the frame is the one whose method is around it.
    return Asked("columns", known, receiver, formula=method in _FORMULAS and at == 0)


def asked_by_subscript(expression, position, names):
    """Return what ``expression["…"]`` asks, for item number ``position``."""
    for indexer in _INDEXERS:
        if expression.endswith(indexer):
            frame = expression[: -len(indexer)]
            known = evaluated(frame, names)
            return known and Asked("columns" if position else "labels", known, frame)
    known = evaluated(expression, names)
    if known is None:
        return None
    kind = "columns"
    if type(known) is not Promised:
        if is_a(known.value, dict):
            kind = "keys"
        elif known.cls.__name__ in ("ndarray", "void") and package(known.cls) == "numpy":
            kind = "fields"
    return Asked(kind, known, expression)


def evaluated(expression, names):
    """Return what an expression stands for; None if that cannot be told."""
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


def key_asked(asked, names):
    """Return whose key a string is, with the key; raises `Unknown`."""
    for at, holder in enumerate(asked["holders"]):
        found = asked_by(holder, at, asked["holders"], names)
        if found is None or found.kind == "labels":
            continue
        key = asked["word"] if found.formula else asked["key"]
        if key in found.names():
            return found, key
    raise Unknown


def column_facts(found, key):
    """Return what there is to say of a frame's column, as plain data."""
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
    at = place_of(frame, key)
    facts["dtype"] = table.dtype(at)
    if type(found.known) is Promised:
        return {**facts, "note": "as it is in the frame that this is made of"}
    column = table.column(at)
    shown = column.values(range(min(VALUES, table.rows)))
    texts = [written(one, facts["dtype"]) for one in shown]
    more = ["…"] if table.rows > len(shown) else []
    facts.update(rows=table.rows, value="[" + ", ".join(texts + more) + "]")
    if table.rows <= (SUMMED_OBJECTS if type(column) is Objects else SUMMED_ROWS):
        told = column.summary(Pace(_SECONDS))
        facts.update({name: told[name] for name in ("nulls", "distinct") if name in told})
        facts.update({name: short(told[name]) for name in ("min", "mean", "max") if name in told})
        facts["top"] = [text_of(one["value"]) for one in told.get("top", ())[:3]]
    return facts


def written(value, dtype):
    """Return one of a column's first values."""
    if absent(value):
        return "missing"
    # Times are told as texts already.
    quoted = type(value) is str and "time" not in dtype and "date" not in dtype
    return value_text(value, 40) if quoted else short(text_of(value))


def place_of(frame, key):
    """Return the place of the first column of a name; raises `Unknown`."""
    for at, name in enumerate(list(frame.columns)):
        first = name[0] if type(name) is tuple and name else name
        if type(first) is str and first == key:
            return at
    raise Unknown
