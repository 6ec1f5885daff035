# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: facts about objects, and answers to queries about code.

Owns the facts that are returned about an object. It must run on Python 3.9, must not import
cellbridge, and never calls the user's code (safe_eval.py).
"""

import builtins
import sys
import types
from typing import Any

from .completions import complete, describe_call, documentation
from .executed_sources import SOURCES
from .images import image_of
from .library_types import library
from .polars_lazy import schema
from .safe_eval import ExpectedValue, Unknown, evaluate
from .safe_repr import TEXT_LIMIT, class_name, value_text
from .sizes import measure
from .stored_attributes import inspect_unwrapped, is_a, own, space, trusted
from .subscript_keys import column_facts, find_key, key_value
from .tables.backends import backend
from .tables.values import shorten, text_of

_SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset, range)
ROWS = 5
IMAGE_TEXT_LIMIT = 200
"""Characters of a value that is shown as an image."""
SHOWN_COLUMNS = 12
_CALLED = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.ClassMethodDescriptorType, types.MethodWrapperType,
)  # fmt: skip


def answer(shell, query, selection):
    """Answer one query of the host; ``known`` is False if reading alone gives no result.

    The query is about code of the session, or about code of the selected frame.
    """
    op = query["op"]
    names = selection.names() if query.get("frame") else shell.user_ns
    if op == "names":
        missing = [one for one in query["names"] if one not in names and not is_builtin(one)]
        return {"status": "ok", "missing": missing, "version": list(sys.version_info[:2])}
    try:
        if op == "complete":
            items, cut = complete(query, names, hidden_names(names, shell))
            return {"status": "ok", "known": True, "items": items, "cut": cut}
        if op == "signature":
            return {"status": "ok", "known": True, "call": describe_call(query, names)}
        if op in _DESCRIBERS:
            return {"status": "ok", "known": True, "object": _DESCRIBERS[op](query, names)}
    except Unknown:
        return {"status": "ok", "known": False}
    return {"status": "ok", "python": sys.executable or ""}


def hidden_names(names, shell):
    """Return the names that are the kernel's own, and not those of a selected frame."""
    own = () if names is shell.user_ns else names.own
    return [name for name in shell.user_ns_hidden if name not in own]


def is_builtin(name):
    """Return True if a name is available in every module, in Python or by an addition to it."""
    return name in vars(builtins)


def describe_key(query, names):
    """Return the facts about the value under a key in brackets, as plain data."""
    found, key = find_key(query, names)
    if found.kind == "columns":
        return column_facts(found, key)
    expression = f"{found.expression}[{key!r}]"
    return facts_of(key_value(found, key), {"expression": expression}, names)


def describe_expression(query, names):
    """Return the facts about an expression's value, as plain data."""
    return facts_of(evaluate(query["expression"], names), query, names)


_DESCRIBERS = {"inspect": describe_expression, "key": describe_key}


def facts_of(known, query, names):
    """Return the facts about a value of an expression."""
    if type(known) is ExpectedValue:
        return {"kind": "promised", "type": class_name(known.cls)}
    obj = known.value
    facts: dict[str, Any] = {"type": class_name(type(obj))}
    numpy_function = type(obj).__name__ in ("_ArrayFunctionDispatcher", "ufunc")
    if type(obj) in _CALLED or is_a(obj, type) or (numpy_function and trusted(type(obj))):
        facts["kind"] = "class" if is_a(obj, type) else "function"
        facts["doc"] = documentation(known)
        facts.update(signature_facts(query, names))
        facts.update(definition_place(obj))
    elif is_a(obj, types.ModuleType):
        facts.update(kind="module", doc=documentation(known), value=value_text(obj))
        file = own(obj).get("__file__")
        facts["file"] = file if type(file) is str else ""
    else:
        facts["kind"] = "value"
        facts["table"] = table_head(obj) or lazy_head(obj)
        facts["picture"] = image_of(obj)
        limit = IMAGE_TEXT_LIMIT if facts["picture"] else TEXT_LIMIT
        facts["value"] = "" if facts["table"] else value_text(obj, limit)
        facts.update(sizes(obj))
    return facts


def signature_facts(query, names):
    """Return the signature, if it is known."""
    try:
        return {"signature": describe_call(query, names)["label"]}
    except Unknown:
        return {}


def definition_place(obj):
    """Return the file and the line, from 0, where a Python function or class is defined."""
    function = obj.__func__ if type(obj) is types.MethodType else obj
    if is_a(function, type):
        methods = [one for one in space(function).values() if type(one) is types.FunctionType]
        module = sys.modules.get(str(space(function).get("__module__")))
        line = space(function).get("__firstlineno__")
        file = methods[0].__code__.co_filename if methods else getattr(module, "__file__", None)
        if type(file) is str and type(line) is int:
            return file_facts(file, line - 1, class_name(function))
        return {"file": SOURCES.script(file), "line": None} if type(file) is str else {}
    function = inspect_unwrapped(function)
    if type(function) is types.FunctionType:
        code = function.__code__
        return file_facts(code.co_filename, code.co_firstlineno - 1, code.co_name)
    return {}


def file_facts(path, line, name):
    """Return a place in a file, and for the code of a cell how it is found in a later text."""
    frame = SOURCES.place(path, line)
    return {"file": frame["path"], "line": line, "frame": {**frame, "name": name}}


def table_head(obj):
    """Return the first rows and columns of a frame or a series as plain data; else None."""
    if library(obj) not in ("pandas", "polars"):
        return None
    table = backend(obj)
    rows, columns = range(min(ROWS, table.rows)), range(min(SHOWN_COLUMNS, len(table.names)))
    values = [[shorten(text_of(one)) for one in table.column(at).values(rows)] for at in columns]
    heads, types_ = [str(table.names[at]) for at in columns], [table.dtype(at) for at in columns]
    found = [[column[at] for column in values] for at in rows]
    if library(obj) == "pandas":
        heads, types_ = ["", *heads], ["", *types_]
        found = [[name, *row] for name, row in zip(table.labels(rows), found)]  # noqa: B905 - 3.9
    shape = measure(obj)["shape"]
    return {"heads": heads, "types": types_, "rows": found, "shape": shape}


def lazy_head(obj):
    """Return the columns of a lazy polars query as a table without rows; else None."""
    found = schema(obj)
    if not found:
        return None
    names, types_ = zip(*found[:SHOWN_COLUMNS])  # noqa: B905 - Python 3.9 has no strict zip
    return {
        "heads": names, "types": types_, "rows": [], "shape": [None, len(found)],
        "note": "a lazy query, by its schema; collect() returns its rows",
    }  # fmt: skip


def sizes(obj):
    """Return those of length, shape, dtype and size that a value has."""
    found = measure(obj)
    if "size" in found and ("shape" in found or is_a(obj, _SIZED)):
        found["bytes"] = found["size"]
    if "shape" in found:
        found.pop("length", None)
    found.pop("size", None)
    return found
