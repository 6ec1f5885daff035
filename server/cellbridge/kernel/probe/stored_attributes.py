# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: stored attributes, read without running user code.

Owns the access past every hook of the user: real types, real namespaces, declared results. It must
run on Python 3.9 and must not import cellbridge.

Invariant: nothing here calls the user's code. `isinstance`, `getattr` and `dir` all may do so, so
they are used only on our own and on trusted objects.
"""

import _thread
import ast
import builtins
import collections
import gc
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
_IN_C = (types.GetSetDescriptorType, types.MemberDescriptorType)
"""Descriptors that run only the C code of their class."""
_LOCAL = _thread._local  # noqa: SLF001 - `threading.local` may have been replaced
_ATTEMPTS = 5
_PIECE = 100_000
_TYPE = cast("Any", vars(type))
_MRO = _TYPE["__mro__"]
_MODULE = _TYPE["__module__"]
_SPACE = _TYPE["__dict__"]
_MODULE_SPACE = cast("Any", vars(types.ModuleType))["__dict__"]


def is_a(obj, kind):
    """Return True if an object's real type is of a class; `isinstance` would run its code."""
    return issubclass(type(obj), kind)


def mro(cls):
    """Return a class and its bases."""
    return _MRO.__get__(cls)


def space(cls):
    """Return a class's own attributes."""
    return _SPACE.__get__(cls)


def own(obj):
    """Return an object's own stored attributes; empty if it has none."""
    if is_a(obj, types.ModuleType):
        return _MODULE_SPACE.__get__(obj)
    if is_a(obj, type):
        return space(obj)
    if is_a(obj, _LOCAL):
        return thread_names(obj)
    for cls in mro(type(obj)):
        getter = space(cls).get("__dict__")
        if type(getter) in _IN_C:
            return plain_dict(getter.__get__(obj))
    return {}


def plain_dict(found):
    """Return an object's namespace; of a dict's subclass only the names, in a copy."""
    if type(found) is dict or not is_a(found, dict):
        return found if type(found) is dict else {}
    items = part(lambda: dict.items(found), 0, _PIECE)
    return {name: value for name, value in items if type(name) is str}


def thread_names(obj):
    """Return a `threading.local`'s names in the oldest running thread that uses it.

    That is the thread that created it, mostly the main one. The object's own getters would create
    names for the thread that asks, by the user's code.
    """
    for found in gc.get_referents(obj):
        # It refers to its arguments by name, and to a namespace for each thread.
        if type(found) is dict and found and not any(type(key) is str for key in list(found)):
            return next((one for one in list(found.values()) if type(one) is dict), {})
    return {}


def part(make, start, count):
    """Return ``count`` items, from ``start`` on, of the iterable that ``make`` returns.

    If a dict or a set changes meanwhile, the iteration starts again. Only the items are copied, and
    items are skipped in pieces, so that no single call holds the interpreter for long.
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


def module_of(cls):
    """Return the name of the module that a class was defined in; empty if it is not known."""
    module = _MODULE.__get__(cls)
    return module if type(module) is str else ""


def package(cls):
    """Return the top-level package of a class or a function."""
    module = _MODULE.__get__(cls) if is_a(cls, type) else own(cls).get("__module__")
    if module is None:
        module = cls.__module__ if is_a(cls, types.FunctionType) else "builtins"
    return module.partition(".")[0] if type(module) is str else ""


def trusted(cls):
    """Return True if a class belongs to a package whose getters only read."""
    return package(cls) in TRUSTED


def find(cls, name) -> Any:
    """Return the attribute that a class stores, and the class that stores it; or `MISSING`."""
    for base in mro(cls):
        entry = space(base).get(name, MISSING)
        if entry is not MISSING:
            return entry, base
    return MISSING, None


def inspect_unwrapped(function):
    """Follow ``functools.wraps`` to the function with the annotations."""
    for _ in range(10):
        wrapped = own(function).get("__wrapped__") if is_a(function, types.FunctionType) else None
        if wrapped is None:
            break
        function = wrapped
    return function


def annotations(function):
    """Return a function's annotations without evaluating deferred ones."""
    if sys.version_info >= (3, 14):
        import annotationlib  # noqa: PLC0415 - it is new in 3.14

        return annotationlib.get_annotations(function, format=annotationlib.Format.STRING)
    return function.__annotations__


def resolve_annotation(said, function, cls):
    """Return the first class that an annotation names; None if it names none that is loaded."""
    if is_a(said, type) and type(said) is not types.GenericAlias:
        return None if said is type(None) else said
    if type(said) is not str:
        said = repr(said) if getattr(type(said), "__module__", "") in ("typing", "types") else ""
    try:
        node = ast.parse(said, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return resolve_node(node, function, cls)


def resolve_node(node, function, cls):
    """Return the class that an annotation's syntax names."""
    if isinstance(node, ast.Constant):
        return resolve_annotation(node.value, function, cls) if type(node.value) is str else None
    if isinstance(node, ast.BinOp):
        left = resolve_node(node.left, function, cls)
        return left if left is not None else resolve_node(node.right, function, cls)
    if isinstance(node, ast.Subscript):
        name = getattr(node.value, "id", getattr(node.value, "attr", ""))
        if name in ("Optional", "Union", "Annotated", "Final", "ClassVar"):
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            found = [resolve_node(part, function, cls) for part in inner]
            return next((one for one in found if one is not None), None)
        return resolve_node(node.value, function, cls)
    name = getattr(node, "id", getattr(node, "attr", ""))
    if name in ("Self", "NDFrameT", "FrameOrSeries") and cls is not None:
        return cls
    return find_class(name, function)


def find_class(name, function):
    """Return the class of a name in a function's module, or under its TYPE_CHECKING imports."""
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
