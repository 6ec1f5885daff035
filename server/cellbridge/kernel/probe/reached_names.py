# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: the names that a cell's code can bind or use.

Owns the walk from the code of a cell through the functions and classes of the namespace. It must
run on Python 3.9, must not import cellbridge, and never calls the user's code.

Each code object lists the names that it uses, so the walk needs no bytecode and no syntax tree. It
follows functions, methods, closures and classes that cells have defined, because these use the same
names. It is bounded by the size of the code, and not by the number of names in the namespace.
"""

import collections
import functools
import types

from .stored_attributes import is_a, module_of, mro, own, space

CODE_LIMIT = 200
"""Code objects that are visited at most."""
NAME_LIMIT = 2000
"""Names that are collected at most."""
_WITHOUT_CODE = frozenset({
    types.ModuleType, types.BuiltinFunctionType, type(None), bool, int, float, complex, str, bytes,
    list, tuple, dict, set, frozenset,
})  # fmt: skip


def reached_names(codes, names):
    """Return the names that code objects can use in a namespace, those of the cell first."""
    found = {}
    waiting, seen = collections.deque(codes), set()
    while waiting and len(seen) < CODE_LIMIT and len(found) < NAME_LIMIT:
        code = waiting.popleft()
        if id(code) in seen:
            continue
        seen.add(id(code))
        waiting.extend(const for const in code.co_consts if type(const) is types.CodeType)
        for name in code.co_names:
            if name not in found:
                found[name] = None
                waiting.extend(code_of(names.get(name), names))
    return found


def code_of(obj, names):
    """Return the code that may run when an object is used, as far as cells have defined it."""
    kind = type(obj)
    if kind in _WITHOUT_CODE:
        return ()
    if kind is types.FunctionType:
        return code_of_function(obj, names)
    if kind is types.MethodType:
        bound = obj.__self__
        owner = bound if is_a(bound, type) else type(bound)
        return (*code_of_function(obj.__func__, names), *code_of_class(owner, names))
    if kind is functools.partial:
        return code_of_function(obj.func, names)
    if is_a(obj, type):
        return code_of_class(obj, names)
    return (*code_of_class(kind, names), *code_of_function(own(obj).get("__wrapped__"), names))


def code_of_function(function, names):
    """Return a function's code, and that of the functions that it wraps."""
    if type(function) is not types.FunctionType:
        return []
    inner = [contents(cell) for cell in function.__closure__ or ()]
    functions = [function, *(one for one in inner if type(one) is types.FunctionType)]
    return [one.__code__ for one in functions if one.__globals__ is names]


def code_of_class(cls, names):
    """Return the code of the methods of a class that a cell has defined, and of its bases."""
    home = names.get("__name__")
    if type(home) is not str:
        return []
    bases = [base for base in mro(cls) if module_of(base) == home]
    return [
        code
        for base in bases
        for entry in list(space(base).values())
        for function in functions_of(entry)
        for code in code_of_function(function, names)
    ]


def functions_of(entry):
    """Return the functions of one attribute that a class stores."""
    kind = type(entry)
    if kind is property:
        return entry.fget, entry.fset, entry.fdel
    if kind in (classmethod, staticmethod):
        return (entry.__func__,)
    return (entry.func,) if kind is functools.cached_property else (entry,)


def contents(cell):
    """Return the contents of a closure's cell; None if it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return None
