# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: what objects and classes store, read without running anyone's code.

Owns the ways round every hook of the user's: real types, real namespaces, declared results. It must
run on Python 3.9 and must not import cellbridge.

Invariant: nothing here calls what a user wrote. `isinstance`, `getattr` and `dir` all may, so they
are used on our own and on trusted objects only.
"""

import ast
import builtins
import collections
import itertools
import sys
import types
from typing import Any, cast

TRUSTED = (
    "builtins", "numpy", "pandas", "polars", "pyarrow", "datetime", "decimal", "fractions",
    "pathlib",
)  # fmt: skip
"""Packages whose own getters may be run."""
MISSING = object()
_ATTEMPTS = 5
_PIECE = 100_000
_TYPE = cast("Any", vars(type))
_MRO = _TYPE["__mro__"]
_MODULE = _TYPE["__module__"]
_SPACE = _TYPE["__dict__"]
_MODULE_SPACE = cast("Any", vars(types.ModuleType))["__dict__"]


def is_a(obj, kind):
    """Tell whether an object is of a class, by its real type; `isinstance` would ask the object."""
    return issubclass(type(obj), kind)


def mro(cls):
    """Return a class and its bases."""
    return _MRO.__get__(cls)


def space(cls):
    """Return a class's own attributes."""
    return _SPACE.__get__(cls)


def own(obj):
    """Return an object's own attributes as they are stored; empty where it has none."""
    if is_a(obj, types.ModuleType):
        return _MODULE_SPACE.__get__(obj)
    if is_a(obj, type):
        return space(obj)
    for cls in mro(type(obj)):
        getter = space(cls).get("__dict__")
        if getter is not None:
            if type(getter) is types.GetSetDescriptorType:
                found = getter.__get__(obj)
                return found if type(found) is dict else {}
            return {}
    return {}


def part(make, start, count):
    """Return ``count`` items from ``start`` on of what ``make`` begins to iterate over.

    A dict or a set that changes meanwhile is begun again. Nothing is copied but the items, and what
    is passed over is passed over in pieces, so that no single call holds the interpreter for long.
    """
    for _ in range(_ATTEMPTS):
        items = iter(make())
        try:
            for at in range(0, start, _PIECE):
                collections.deque(itertools.islice(items, min(_PIECE, start - at)), maxlen=0)
            return list(itertools.islice(items, count))
        except RuntimeError:  # It has changed size.
            continue
    return []


def package(cls):
    """Return the top-level package of a class or a function."""
    module = _MODULE.__get__(cls) if is_a(cls, type) else own(cls).get("__module__")
    if module is None:
        module = cls.__module__ if is_a(cls, types.FunctionType) else "builtins"
    return module.partition(".")[0] if type(module) is str else ""


def trusted(cls):
    """Tell whether a class is of a package whose getters only look."""
    return package(cls) in TRUSTED


def find(cls, name) -> Any:
    """Return what a class stores under a name, and the class that does; `MISSING` if none."""
    for base in mro(cls):
        entry = space(base).get(name, MISSING)
        if entry is not MISSING:
            return entry, base
    return MISSING, None


def inspect_unwrapped(function):
    """Follow ``functools.wraps`` to the function that bears the annotations."""
    for _ in range(10):
        wrapped = own(function).get("__wrapped__") if is_a(function, types.FunctionType) else None
        if wrapped is None:
            break
        function = wrapped
    return function


def annotations(function):
    """Return a function's annotations without evaluating what is not evaluated yet."""
    if sys.version_info >= (3, 14):
        import annotationlib  # noqa: PLC0415 - it is not there before

        return annotationlib.get_annotations(function, format=annotationlib.Format.STRING)
    return function.__annotations__


def resolved(said, function, cls):
    """Return the first class that an annotation names; None if it names none that is loaded."""
    if is_a(said, type) and type(said) is not types.GenericAlias:
        return None if said is type(None) else said
    if type(said) is not str:
        said = repr(said) if getattr(type(said), "__module__", "") in ("typing", "types") else ""
    try:
        node = ast.parse(said, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return named(node, function, cls)


def named(node, function, cls):
    """Return the class that an annotation's syntax names."""
    if isinstance(node, ast.Constant):
        return resolved(node.value, function, cls) if type(node.value) is str else None
    if isinstance(node, ast.BinOp):
        left = named(node.left, function, cls)
        return left if left is not None else named(node.right, function, cls)
    if isinstance(node, ast.Subscript):
        name = getattr(node.value, "id", getattr(node.value, "attr", ""))
        if name in ("Optional", "Union", "Annotated", "Final", "ClassVar"):
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            found = [named(part, function, cls) for part in inner]
            return next((one for one in found if one is not None), None)
        return named(node.value, function, cls)
    name = getattr(node, "id", getattr(node, "attr", ""))
    if name in ("Self", "NDFrameT", "FrameOrSeries") and cls is not None:
        return cls
    return loaded(name, function)


def loaded(name, function):
    """Return the class of a name as a function's module sees it, or would under TYPE_CHECKING."""
    for names in (function.__globals__, vars(builtins)):
        found = names.get(name)
        if is_a(found, type):
            return found
    top = str(function.__module__).partition(".")[0]
    if top not in TRUSTED:
        return None
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] == top and is_a(module, types.ModuleType):
            found: Any = own(module).get(name)
            if is_a(found, type) and found.__name__ == name:
                return found
    return None
