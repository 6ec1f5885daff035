# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: the answers to "what may stand here" and "what is this called with".

Owns which candidates there are. It must run on Python 3.9, must not import cellbridge, and calls
nothing that a user wrote (looking.py).
"""

import builtins
import keyword
import os
import sys
import time
import types

from .looking import (
    Promised,
    Unknown,
    attribute,
    columns,
    evaluate,
    frame_of,
    signature,
)  # fmt: skip
from .showing import annotation_text, value_text
from .stored import MISSING, is_a, mro, own, space, trusted

LIMIT = 5000
"""Candidates in one answer."""
PATH_LIMIT = 500
SECONDS = 0.2
"""What one answer may take; what is found by then is told."""
_INDEXERS = (".loc", ".at")
_FUNCTIONS = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.ClassMethodDescriptorType, types.MethodWrapperType,
    staticmethod, classmethod,
)  # fmt: skip


def complete(asked, names, hidden):
    """Return candidates for what the host has read of the code around the cursor."""
    kind = asked["kind"]
    if kind == "attribute":
        return attributes(evaluate(asked["receiver"], names))
    if kind == "name":
        return parameters(asked["holders"], names) + globals_of(names, hidden, asked["prefix"])
    return in_string(asked, names)


def attributes(known):
    """Return the attributes that are stored for an object; columns of frames among them."""
    found = {}
    until = time.monotonic() + SECONDS
    if type(known) is not Promised:
        for name, entry in list(own(known.value).items()):
            found[name] = kind_of(entry)
    if type(known) is Promised or not is_a(known.value, types.ModuleType):
        is_class = type(known) is not Promised and is_a(known.value, type)
        for base in mro(known.value if is_class else known.cls):
            for name, entry in list(space(base).items()):
                found.setdefault(name, kind_of(entry))
            if time.monotonic() > until:
                break
        if not is_class and is_frame(known):
            for name in columns(known):
                if name.isidentifier() and not keyword.iskeyword(name):
                    found.setdefault(name, "instance")
    return [[name, kind] for name, kind in list(found.items())[:LIMIT] if type(name) is str]


def is_frame(known):
    """Tell whether something is itself a frame, not only made of one."""
    bases = [cls.__name__ for cls in mro(known.cls)]
    return "DataFrame" in bases and frame_of(known) is not None


def kind_of(entry):
    """Return what an entry of a namespace is, in the host's words."""
    kind = type(entry)
    if kind in _FUNCTIONS:
        return "function"
    if issubclass(kind, type):
        return "class"
    if issubclass(kind, types.ModuleType):
        return "module"
    if kind is property or kind is types.GetSetDescriptorType:
        return "property"
    return "instance"


def globals_of(names, hidden, prefix):
    """Return the user's names, Python's own, and its keywords."""
    found = {}
    for name, entry in list(names.items()):
        if type(name) is str and (prefix.startswith("_") or name not in hidden):
            found[name] = kind_of(entry)
    for name, entry in list(vars(builtins).items()):
        found.setdefault(name, kind_of(entry))
    for name in keyword.kwlist:
        found.setdefault(name, "keyword")
    return [[name, kind] for name, kind in list(found.items())[:LIMIT]]


def parameters(holders, names):
    """Return the names of the arguments of the call around, as ``name=``."""
    if not holders or holders[0]["kind"] != "call" or holders[0]["keyword"]:
        return []
    try:
        found = signature(evaluate(holders[0]["expression"], names)).parameters.values()
    except Unknown:
        return []
    kinds = ("POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY")
    return [[f"{one.name}=", "param"] for one in found if one.kind.name in kinds]


# --- strings --------------------------------------------------------------------------------------


def in_string(asked, names):
    """Return what the open string may become: a key, a column, a path."""
    prefix = asked["prefix"]
    for at, holder in enumerate(asked["holders"]):
        found, words = keys_of(holder, at, asked["holders"], names)
        if found:
            quote = asked["receiver"]
            start = len(prefix) - len(last_word(prefix)) if words else 0
            fit = [key for key in found if quote not in key and "\\" not in key and "\n" not in key]
            return [[key, "key", start] for key in fit[:LIMIT]]
    return paths(prefix)


def keys_of(holder, at, holders, names):
    """Return the keys that a bracket around a string asks for, and whether it holds a formula."""
    expression = holder["expression"]
    if holder["kind"] == "subscript":
        return subscript_keys(expression, holder["position"], names), False
    if holder["kind"] != "call":
        return [], False
    receiver, dot, method = expression.rpartition(".")
    if not dot:
        return [], False
    try:
        known = evaluate(receiver, names)
    except Unknown:
        return [], False
    if method == "col" and is_a(known.source, types.ModuleType) and at + 1 < len(holders):
        return [], False  # A polars expression: the frame is the one whose method is around it.
    return columns(known), method in ("query", "eval") and at == 0


def subscript_keys(expression, position, names):
    """Return the keys that can stand in ``expression["…"]``, as item number ``position``."""
    for indexer in _INDEXERS:
        if expression.endswith(indexer):
            known = evaluated(expression[: -len(indexer)], names)
            if known is None:
                return []
            return columns(known) if position else labels(known)
    known = evaluated(expression, names)
    if known is None:
        return []
    if type(known) is not Promised:
        if is_a(known.value, dict):
            return [key for key in list(dict.keys(known.value)) if type(key) is str]
        if type(known.value).__name__ in ("ndarray", "void"):
            return fields(known)
    return columns(known)


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
    return [label for label in list(index[:PATH_LIMIT]) if type(label) is str]


def last_word(text):
    """Return the name that a text ends in."""
    at = len(text)
    while at and (text[at - 1].isalnum() or text[at - 1] == "_"):
        at -= 1
    return text[at:]


def paths(prefix):
    """Return the files that the text of a string may become the name of."""
    folder, slash, _ = prefix.rpartition("/")
    place = os.path.expanduser(folder + slash) or "."  # noqa: PTH111 - text in, text out
    found = []
    until = time.monotonic() + SECONDS
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                end = "/" if entry.is_dir() else ""
                found.append([entry.name + end, "path", len(folder + slash)])
                if len(found) >= PATH_LIMIT or time.monotonic() > until:
                    break
    except (OSError, ValueError):
        return []
    return found


# --- calls ----------------------------------------------------------------------------------------


def describe_call(asked, names):
    """Return the signature of what is called, as text and the parts of it that are parameters."""
    expression = asked["expression"]
    known = evaluate(expression, names)
    found = signature(known)
    label = expression.rpartition(".")[2] + "("
    parts = []
    previous = None
    for one in found.parameters.values():
        mark = separator(previous, one)
        label += (", " if parts else "") + mark
        text = parameter_text(one)
        parts.append([len(label), len(label) + len(text), one.name, one.kind.name])
        label += text
        previous = one.kind.name
    label += ", /)" if previous == "POSITIONAL_ONLY" else ")"
    if type(found.return_annotation) is str or found.return_annotation is not found.empty:
        label += f" -> {annotation_text(found.return_annotation)}"
    return {"label": label, "parameters": parts, "documentation": documentation(known)}


def separator(previous, one):
    """Return the sign that stands between two kinds of parameters."""
    if previous == "POSITIONAL_ONLY" and one.kind.name != "POSITIONAL_ONLY":
        return "/, " + ("*, " if one.kind.name == "KEYWORD_ONLY" else "")
    if one.kind.name == "KEYWORD_ONLY" and previous not in ("KEYWORD_ONLY", "VAR_POSITIONAL"):
        return "*, "
    return ""


def parameter_text(one):
    """Return a parameter as it is written, its default shown without running anything."""
    text = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(one.kind.name, "") + one.name
    if one.annotation is not one.empty:
        text += f": {annotation_text(one.annotation)}"
    if one.default is not one.empty:
        equals = " = " if one.annotation is not one.empty else "="
        text += equals + value_text(one.default, 40)
    return text


def documentation(known):
    """Return the documentation of what stands for something callable; empty if it has none."""
    obj = MISSING if type(known) is Promised else known.value
    if type(obj) is types.MethodType:
        obj = obj.__func__
    if type(obj) in _FUNCTIONS:
        found = obj.__doc__
    elif is_a(obj, type):
        found = space(obj).get("__doc__")
    else:
        found = own(obj).get("__doc__")
        if found is None and trusted(type(obj)):
            found = obj.__doc__
    return sys.modules["inspect"].cleandoc(found)[:6000] if type(found) is str else ""
