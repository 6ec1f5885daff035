# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: the answers to "what may stand here" and "what is this called with".

Owns which candidates there are. It must run on Python 3.9, must not import cellbridge, and calls
nothing that a user wrote (safe_eval.py).
"""

import builtins
import keyword
import os
import sys
import time
import types

from .safe_eval import Promised, Unknown, column_attributes, evaluate, frame_of, signature
from .safe_repr import annotation_text, value_text
from .stored_attributes import MISSING, is_a, mro, own, space, trusted
from .subscript_keys import asked_by

LIMIT = 5000
"""Candidates in one answer."""
PATH_LIMIT = 500
SECONDS = 0.2
"""What one answer may take; what is found by then is told."""
_FUNCTIONS = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.ClassMethodDescriptorType, types.MethodWrapperType,
    staticmethod, classmethod,
)  # fmt: skip


def complete(asked, names, hidden):
    """Return candidates for what the host has read of the code around the cursor.

    With them comes whether there are more than could be told, or could be found in time.
    """
    kind = asked["kind"]
    if kind == "attribute":
        return attributes(evaluate(asked["receiver"], names))
    if kind == "name":
        found = parameters(asked["holders"], names) + globals_of(names, hidden, asked["prefix"])
        return found[:LIMIT], len(found) > LIMIT
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
            for name in column_attributes(known):
                if name.isidentifier() and not keyword.iskeyword(name):
                    found.setdefault(name, "instance")
    named = [[name, kind] for name, kind in found.items() if type(name) is str]
    return named[:LIMIT], len(named) > LIMIT or time.monotonic() > until


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
    return [[name, kind] for name, kind in found.items()]


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
        keys = asked_by(holder, at, asked["holders"], names)
        found = keys.names() if keys is not None else []
        if keys is not None and found:
            quote = asked["receiver"]
            start = len(prefix) - len(last_word(prefix)) if keys.formula else 0
            typed = prefix[start:]
            fit = [key for key in found if quote not in key and "\\" not in key and "\n" not in key]
            told = fitting(fit, typed)
            return [[key, "key", start] for key in told], len(told) < len(fit)
    return paths(prefix)


def fitting(found, typed):
    """Return the keys that may be meant, as many as one answer holds; what is typed comes first."""
    if len(found) <= LIMIT:
        return found
    typed = typed.casefold()
    first = [key for key in found if key.casefold().startswith(typed)]
    return (first or found)[:LIMIT]


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
                    return found, True
    except (OSError, ValueError):
        return [], False
    return found, False


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
        shown = value_text(one.default, 40)
        # A mark that nothing was passed is no value to write.
        text += equals + ("…" if shown.startswith("<") and shown.endswith(" object>") else shown)
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
