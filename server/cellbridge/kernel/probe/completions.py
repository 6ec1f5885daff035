# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: completions and signatures.

Owns the choice of candidates. It must run on Python 3.9, must not import cellbridge, and never
calls the user's code (safe_eval.py).
"""

import builtins
import keyword
import os
import sys
import time
import types

from .live_names import served_attributes
from .safe_eval import ExpectedValue, Unknown, column_attributes, evaluate, frame_of, signature
from .safe_repr import annotation_text, value_text
from .stored_attributes import MISSING, is_a, mro, own, package, space, trusted
from .subscript_keys import fields, is_series, key_source, labels

LIMIT = 5000
"""Candidates in one answer."""
PATH_LIMIT = 500
SECONDS = 0.2
"""Seconds that one answer may take; the results so far are returned."""
_FUNCTIONS = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.ClassMethodDescriptorType, types.MethodWrapperType,
    staticmethod, classmethod,
)  # fmt: skip


def complete(query, names, hidden):
    """Return candidates for the host's description of the code around the cursor.

    Also return whether there are more than one answer holds, or than could be found in time.
    """
    kind = query["kind"]
    if kind == "attribute":
        return attributes(evaluate(query["receiver"], names))
    if kind == "name":
        found = parameter_names(query["holders"], names) + global_names(
            names, hidden, query["prefix"]
        )
        return found[:LIMIT], len(found) > LIMIT
    return string_candidates(query, names)


def attributes(known):
    """Return the attributes of an object: its data's names in their order, then its class's."""
    found = {}
    until = time.monotonic() + SECONDS
    exists = type(known) is not ExpectedValue
    is_class = exists and is_a(known.value, type)
    if exists:
        found = dict.fromkeys(served_attributes(known.value), "field")
        for name, entry in list(own(known.value).items()):
            found.setdefault(name, kind_of(entry))
    if not exists or not is_a(known.value, types.ModuleType):
        for base in mro(known.value if is_class else known.cls):
            for name, entry in list(space(base).items()):
                found.setdefault(name, kind_of(entry))
            if time.monotonic() > until:
                break
        for name in [] if is_class else data_names(known):
            if name.isidentifier() and not keyword.iskeyword(name):
                found.setdefault(name, "field")
    named = [[name, kind] for name, kind in found.items() if type(name) is str]
    return named[:LIMIT], len(named) > LIMIT or time.monotonic() > until


def data_names(known):
    """Return the columns of a frame, the labels of a series, or the fields of records."""
    if is_frame(known):
        return column_attributes(known)
    if type(known) is not ExpectedValue and is_series(known):
        return labels(known)
    if known.cls.__name__ in ("recarray", "record") and package(known.cls) == "numpy":
        return fields(known)
    return []


def is_frame(known):
    """Return True if an object is itself a frame, and not only derived from one."""
    bases = [cls.__name__ for cls in mro(known.cls)]
    return "DataFrame" in bases and frame_of(known) is not None


def kind_of(entry):
    """Return the kind of a namespace's entry, in the host's terms."""
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


def global_names(names, hidden, prefix):
    """Return the user's names, Python's own, and its keywords."""
    found = {}
    for name, entry in list(names.items()):
        if type(name) is str and (prefix.startswith("_") or name not in hidden):
            found[name] = kind_of(entry)
    for name, entry in list(vars(builtins).items()):
        found.setdefault(name, kind_of(entry))
    for name in keyword.kwlist:
        found.setdefault(name, "keyword")
    return [[name, kind] for name, kind in found.items()]


def parameter_names(holders, names):
    """Return the argument names of the enclosing call, as ``name=``."""
    if not holders or holders[0]["kind"] != "call" or holders[0]["keyword"]:
        return []
    try:
        found = signature(evaluate(holders[0]["expression"], names)).parameters.values()
    except Unknown:
        return []
    kinds = ("POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY")
    return [[f"{one.name}=", "param"] for one in found if one.kind.name in kinds]


# --- strings --------------------------------------------------------------------------------------


def string_candidates(query, names):
    """Return candidates for an open string: keys, columns, paths."""
    prefix = query["prefix"]
    for at, holder in enumerate(query["holders"]):
        keys = key_source(holder, at, query["holders"], names)
        found = keys.names() if keys is not None else []
        if keys is not None and found:
            quote = query["receiver"]
            start = len(prefix) - len(last_word(prefix)) if keys.formula else 0
            typed = prefix[start:]
            fit = [key for key in found if quote not in key and "\\" not in key and "\n" not in key]
            limited = limit_keys(fit, typed)
            return [[key, "key", start] for key in limited], len(limited) < len(fit)
    if query["holders"] and query["holders"][0]["kind"] == "subscript":
        return [], False  # Files are not keys.
    return paths(prefix)


def limit_keys(found, typed):
    """Return the keys that fit into one answer; those that match the typed text come first."""
    if len(found) <= LIMIT:
        return found
    typed = typed.casefold()
    first = [key for key in found if key.casefold().startswith(typed)]
    return (first or found)[:LIMIT]


def last_word(text):
    """Return the name at the end of a text."""
    at = len(text)
    while at and (text[at - 1].isalnum() or text[at - 1] == "_"):
        at -= 1
    return text[at:]


def paths(prefix):
    """Return the files whose path begins with the text of a string."""
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
                    return found, True
    except (OSError, ValueError):
        return [], False
    return found, False


# --- calls ----------------------------------------------------------------------------------------


def describe_call(query, names):
    """Return the signature of a callable as text, with the positions of its parameters."""
    expression = query["expression"]
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
    """Return the sign between two kinds of parameters."""
    if previous == "POSITIONAL_ONLY" and one.kind.name != "POSITIONAL_ONLY":
        return "/, " + ("*, " if one.kind.name == "KEYWORD_ONLY" else "")
    if one.kind.name == "KEYWORD_ONLY" and previous not in ("KEYWORD_ONLY", "VAR_POSITIONAL"):
        return "*, "
    return ""


def parameter_text(one):
    """Return a parameter in source form; its default is shown without running code."""
    text = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(one.kind.name, "") + one.name
    if one.annotation is not one.empty:
        text += f": {annotation_text(one.annotation)}"
    if one.default is not one.empty:
        equals = " = " if one.annotation is not one.empty else "="
        shown = value_text(one.default, 40)
        # A marker object for a missing argument is not a value to show.
        text += equals + ("…" if shown.startswith("<") and shown.endswith(" object>") else shown)
    return text


def documentation(known):
    """Return the documentation of a callable; empty if it has none."""
    obj = MISSING if type(known) is ExpectedValue else known.value
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
