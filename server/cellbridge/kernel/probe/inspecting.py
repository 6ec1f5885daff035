# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: the answer to "what is this", and the door for all questions.

Owns the facts told of an object. It must run on Python 3.9, must not import cellbridge, and calls
nothing that a user wrote (looking.py).
"""

import sys
import types

from .answering import complete, describe_call, documentation
from .looking import Promised, Unknown, attribute, evaluate
from .showing import class_name, table, value_text
from .stored import inspect_unwrapped, is_a, mro, own, space, trusted

_SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset, range)
_CALLED = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.ClassMethodDescriptorType, types.MethodWrapperType,
)  # fmt: skip


def answer(shell, asked):
    """Answer one question of the host; ``known`` is False where looking alone does not tell."""
    names = shell.user_ns
    try:
        if asked["op"] == "complete":
            items = complete(asked, names, shell.user_ns_hidden)
            return {"status": "ok", "known": True, "items": items}
        if asked["op"] == "signature":
            return {"status": "ok", "known": True, "call": describe_call(asked, names)}
        if asked["op"] == "inspect":
            return {"status": "ok", "known": True, "object": described(asked, names)}
    except Unknown:
        return {"status": "ok", "known": False}
    return {"status": "ok", "python": sys.executable or ""}


def described(asked, names):
    """Return the facts about what an expression stands for, as plain data."""
    known = evaluate(asked["expression"], names)
    if type(known) is Promised:
        return {"kind": "promised", "type": class_name(known.cls)}
    obj = known.value
    facts = {"type": class_name(type(obj))}
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
        facts["table"] = table(obj)
        facts["value"] = "" if facts["table"] else value_text(obj)
        facts.update(measures(known))
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


def measures(known):
    """Return length, shape, dtype and size of a value, those that it has."""
    obj = known.value
    facts = {}
    if type(obj) in _SIZED:
        facts["length"] = len(obj)
        facts["bytes"] = sys.getsizeof(obj)
    for fact in ("shape", "dtype", "nbytes"):
        try:
            found = attribute(known, fact).value
        except Unknown:
            continue
        if fact == "shape" and type(found) is tuple:
            facts["shape"] = [int(one) for one in found if type(one) is int]
        elif fact == "dtype":
            facts["dtype"] = str(found)
        elif type(found) is int:
            facts["bytes"] = found
    facts.update(frame_size(obj))
    return facts


def frame_size(obj):
    """Return the memory that a frame says it takes, objects behind its references left out."""
    for cls in mro(type(obj)):
        if cls.__name__ in ("DataFrame", "Series"):
            top = str(space(cls).get("__module__")).partition(".")[0]
            if top == "pandas":
                used = obj.memory_usage(deep=False)
                return {"bytes": int(used if cls.__name__ == "Series" else used.sum())}
            if top == "polars":
                return {"bytes": int(obj.estimated_size())}
    return {}
