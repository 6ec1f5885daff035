# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: the answer to "what is this", and the door for all questions.

Owns the facts told of an object. It must run on Python 3.9, must not import cellbridge, and calls
nothing that a user wrote (safe_eval.py).
"""

import builtins
import sys
import types
from typing import Any

from .completions import complete, describe_call, documentation
from .images import picture
from .library_types import library
from .polars_lazy import schema
from .safe_eval import Known, Promised, Unknown, evaluate
from .safe_repr import TEXT_LIMIT, class_name, value_text
from .sizes import measures
from .stored_attributes import inspect_unwrapped, is_a, own, space, trusted
from .subscript_keys import column_facts, key_asked
from .tables.backends import backend
from .tables.values import short, text_of

_SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset, range)
ROWS = 5
BESIDE = 200
"""Characters of a value that is a picture."""
SHOWN_COLUMNS = 12
_CALLED = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.ClassMethodDescriptorType, types.MethodWrapperType,
)  # fmt: skip


def answer(shell, asked):
    """Answer one question of the host; ``known`` is False where looking alone does not tell."""
    names, op = shell.user_ns, asked["op"]
    if op == "names":
        missing = [one for one in asked["names"] if one not in names and not is_builtin(one)]
        return {"status": "ok", "missing": missing, "version": list(sys.version_info[:2])}
    try:
        if op == "complete":
            items, cut = complete(asked, names, shell.user_ns_hidden)
            return {"status": "ok", "known": True, "items": items, "cut": cut}
        if op == "signature":
            return {"status": "ok", "known": True, "call": describe_call(asked, names)}
        if op in _DESCRIBED:
            return {"status": "ok", "known": True, "object": _DESCRIBED[op](asked, names)}
    except Unknown:
        return {"status": "ok", "known": False}
    return {"status": "ok", "python": sys.executable or ""}


def is_builtin(name):
    """Tell whether a name is known in every module, by Python or by who has put it there."""
    return name in vars(builtins)


def described_key(asked, names):
    """Return the facts about what a key in brackets stands for, as plain data."""
    found, key = key_asked(asked, names)
    if found.kind == "columns":
        return column_facts(found, key)
    expression = f"{found.expression}[{key!r}]"
    stored = dict.__getitem__ if found.kind == "keys" else type(found.known.value).__getitem__
    value = Known(stored(found.known.value, key))
    return facts_of(value, {"expression": expression}, names)


def described(asked, names):
    """Return the facts about what an expression stands for, as plain data."""
    return facts_of(evaluate(asked["expression"], names), asked, names)


_DESCRIBED = {"inspect": described, "key": described_key}


def facts_of(known, asked, names):
    """Return the facts about something, which is what an expression stands for."""
    if type(known) is Promised:
        return {"kind": "promised", "type": class_name(known.cls)}
    obj = known.value
    facts: dict[str, Any] = {"type": class_name(type(obj))}
    numpy_function = type(obj).__name__ in ("_ArrayFunctionDispatcher", "ufunc")
    if type(obj) in _CALLED or is_a(obj, type) or (numpy_function and trusted(type(obj))):
        facts["kind"] = "class" if is_a(obj, type) else "function"
        facts["doc"] = documentation(known)
        facts.update(called_with(asked, names))
        facts.update(place(obj))
    elif is_a(obj, types.ModuleType):
        facts.update(kind="module", doc=documentation(known), value=value_text(obj))
        file = own(obj).get("__file__")
        facts["file"] = file if type(file) is str else ""
    else:
        facts["kind"] = "value"
        facts["table"] = head(obj) or lazy_head(obj)
        facts["picture"] = picture(obj)
        limit = BESIDE if facts["picture"] else TEXT_LIMIT
        facts["value"] = "" if facts["table"] else value_text(obj, limit)
        facts.update(sizes(obj))
    return facts


def called_with(asked, names):
    """Return the signature, if it can be told."""
    try:
        return {"signature": describe_call(asked, names)["label"]}
    except Unknown:
        return {}


def place(obj):
    """Return the file and the line from 0 in which a function or class of Python's was written."""
    function = obj.__func__ if type(obj) is types.MethodType else obj
    if is_a(function, type):
        methods = [one for one in space(function).values() if type(one) is types.FunctionType]
        module = sys.modules.get(str(space(function).get("__module__")))
        line = space(function).get("__firstlineno__")
        file = methods[0].__code__.co_filename if methods else getattr(module, "__file__", None)
        if type(file) is str:
            return {"file": file, "line": line - 1 if type(line) is int else None}
        return {}
    function = inspect_unwrapped(function)
    if type(function) is types.FunctionType:
        code = function.__code__
        return {"file": code.co_filename, "line": code.co_firstlineno - 1}
    return {}


def head(obj):
    """Return the first rows and columns of a frame or a series as plain data; else None."""
    if library(obj) not in ("pandas", "polars"):
        return None
    table = backend(obj)
    rows, columns = range(min(ROWS, table.rows)), range(min(SHOWN_COLUMNS, len(table.names)))
    values = [[short(text_of(one)) for one in table.column(at).values(rows)] for at in columns]
    heads, types_ = [str(table.names[at]) for at in columns], [table.dtype(at) for at in columns]
    found = [[column[at] for column in values] for at in rows]
    if library(obj) == "pandas":
        heads, types_ = ["", *heads], ["", *types_]
        found = [[name, *row] for name, row in zip(table.labels(rows), found)]  # noqa: B905 - 3.9
    shape = measures(obj)["shape"]
    return {"heads": heads, "types": types_, "rows": found, "shape": shape}


def lazy_head(obj):
    """Return the columns of a query of polars's as a table without rows; else None."""
    found = schema(obj)
    if not found:
        return None
    names, types_ = zip(*found[:SHOWN_COLUMNS])  # noqa: B905 - Python 3.9 knows no other way
    return {
        "heads": names, "types": types_, "rows": [], "shape": [None, len(found)],
        "note": "the query's schema; nothing was collected",
    }  # fmt: skip


def sizes(obj):
    """Return length, shape, dtype and size of a value, those that it has."""
    found = measures(obj)
    if "size" in found and ("shape" in found or is_a(obj, _SIZED)):
        found["bytes"] = found["size"]
    if "shape" in found:
        found.pop("length", None)
    found.pop("size", None)
    return found
