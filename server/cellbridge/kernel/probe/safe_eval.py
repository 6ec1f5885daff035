# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
# Size: one recursion over the kinds of attributes and of syntax, which has no seam.
"""Runs inside ipykernel: evaluation of expressions without running user code.

Owns the safe evaluation. It must run on Python 3.9 and must not import cellbridge.

Invariant: nothing here calls the user's code: no function, property, `__getattr__`, `__dir__`,
`__repr__` or `__eq__`. Attributes are read where they are stored. The properties of the packages in
`TRUSTED` are used if `READ_ONLY_PROPERTIES` names them: those only read.

An expression stands either for a live object (`KnownValue`), or for one that does not exist yet
but whose class is known (`ExpectedValue`): the result of a call, from its return annotation.
"""

import ast
import builtins
import enum
import functools
import inspect
import sys
import types
from typing import Any

from .live_names import field_value, holds_field, mapping_entry, served_attribute
from .mappings import dataset_variables
from .polars_lazy import is_lazy, schema
from .stored_attributes import (  # fmt: skip
    MISSING,
    TRUSTED,
    annotations,
    find,
    find_class,
    inspect_unwrapped,
    is_a,
    mro,
    own,
    package,
    resolve_annotation,
    space,
    trusted,
)

READ_ONLY_PROPERTIES = {
    "columns", "index", "loc", "iloc", "at", "iat", "dtype", "dtypes", "shape", "size", "ndim",
    "name", "nbytes", "schema", "width", "height", "itemsize", "real", "imag",
}  # fmt: skip
"""Properties of trusted packages that only read and are cheap."""
COLUMN_LIMIT = 1000
_BOUND_IN_C = (
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
)


class Unknown(Exception):  # noqa: N818 - not a fault: reading alone gives no result
    """An expression that cannot be evaluated without running code."""


class KnownValue:
    """An object that exists."""

    outer = ()
    """The labels by which it was chosen from a frame whose columns have several levels."""

    def __init__(self, value):
        self.value: Any = value
        self.cls = type(value)
        self.source = value


class ExpectedValue:
    """An object that a call or a property would create; ``source`` is the object it comes from."""

    def __init__(self, cls, source=None, outer=()):
        self.value: Any = MISSING
        self.cls = cls
        self.source = source
        self.outer = outer


def attribute(known, name):  # noqa: PLR0911 - one return for each kind there is
    """Return the value of an attribute."""
    if type(known) is ExpectedValue:
        return class_attribute(known, name)
    obj = known.value
    if is_a(obj, types.ModuleType):
        found = own(obj).get(name, MISSING)
        if found is MISSING:
            found = sys.modules.get(f"{own(obj).get('__name__')}.{name}", MISSING)
        if found is MISSING:
            raise Unknown
        return KnownValue(found)
    if is_a(obj, type):
        member = served_attribute(obj, name)
        if member is not MISSING:
            return KnownValue(member)
        entry, _ = find(obj, name)
        if entry is MISSING:
            entry, _ = find(type(obj), name)
            return bound(entry, obj, type(obj), name)
        return unbound(entry, obj)
    entry, base = find(type(obj), name)
    if entry is MISSING or not hasattr(type(entry), "__set__"):
        stored = own(obj).get(name, MISSING)
        if stored is not MISSING:
            return KnownValue(stored)
    if entry is MISSING:
        return dynamic_attribute(known, name)
    return bound(entry, obj, base, name)


def dynamic_attribute(known, name):
    """Return the value of an attribute that no class stores: a column, or one of `__getattr__`."""
    if name in column_attributes(known):
        return frame_item(known, ast.Constant(name))
    served = served_attribute(known.value, name)
    if served is not MISSING:
        return KnownValue(served)
    return dataset_item(known.value, name)


def dataset_item(obj, name):
    """Return the variable of an xarray Dataset; raises `Unknown` for other objects and names."""
    if name in (dataset_variables(obj) or ()):
        return ExpectedValue(own(sys.modules["xarray"])["DataArray"])
    raise Unknown


def unbound(entry, cls):
    """Return the value of a class attribute that is read from the class."""
    if type(entry) is staticmethod:
        return KnownValue(entry.__func__)
    if type(entry) is classmethod:
        return KnownValue(types.MethodType(entry.__func__, cls))
    if type(entry) is types.ClassMethodDescriptorType:
        return KnownValue(entry.__get__(None, cls))
    return KnownValue(entry)


def bound(entry, obj, base, name):  # noqa: PLR0911 - one return for each kind there is
    """Return the value of a class attribute that is read from an instance."""
    kind = type(entry)
    if entry is MISSING:
        raise Unknown
    if kind is types.FunctionType:
        return KnownValue(types.MethodType(entry, obj))
    if kind in (staticmethod, classmethod):
        return unbound(entry, type(obj))
    if kind in _BOUND_IN_C:
        return KnownValue(entry.__get__(obj, type(obj)))
    field = field_in_c(entry, obj, base, name)
    if field is not MISSING:
        return KnownValue(field)
    accessor = accessor_of(entry, obj)
    if accessor is not None:
        return accessor
    if name in READ_ONLY_PROPERTIES and trusted(base) and (kind is property or trusted(kind)):
        return KnownValue(entry.__get__(obj, type(obj)))
    if kind is property:
        return declared_result(entry.fget, obj, type(obj))
    if kind is functools.cached_property:
        return declared_result(entry.func, obj, type(obj))
    if hasattr(kind, "__get__"):
        raise Unknown
    return KnownValue(entry)


def field_in_c(entry, obj, base, name):
    """Return the value of a field that C code keeps, or of an enumeration's member."""
    if base is enum.Enum and name in ("name", "value"):
        return own(obj)[f"_{name}_"]
    if type(entry) is types.GetSetDescriptorType and trusted(base):
        try:
            return entry.__get__(obj, type(obj))
        except AttributeError:
            raise Unknown from None
    found = field_value(obj, entry, name, base)
    if found is MISSING and holds_field(entry):
        raise Unknown
    return found


def accessor_of(entry, source):
    """Return the accessor object of ``frame.str``, ``.dt`` or ``.plot``; None for others."""
    if entry is MISSING or package(type(entry)) not in TRUSTED:
        return None
    accessor = own(entry).get("_accessor")
    return ExpectedValue(accessor, source) if is_a(accessor, type) else None


def class_attribute(expected, name):  # noqa: PLR0911 - one return for each kind there is
    """Return the value of an attribute of an object of which only the class is known."""
    entry, _ = find(expected.cls, name)
    kind: Any = type(entry)
    if entry is MISSING:
        if name in column_attributes(expected):
            return ExpectedValue(column_class(expected), expected.source)
        raise Unknown
    if kind is types.FunctionType:
        return BoundMethod(entry, expected)
    if kind in (staticmethod, classmethod):
        return unbound(entry, expected.cls)
    accessor = accessor_of(entry, expected.source)
    if accessor is not None:
        return accessor
    if kind is property:
        return declared_result(entry.fget, expected.source, expected.cls)
    if kind is functools.cached_property:
        return declared_result(entry.func, expected.source, expected.cls)
    if hasattr(kind, "__get__") and kind not in _BOUND_IN_C:
        raise Unknown
    return KnownValue(entry)


class BoundMethod(KnownValue):
    """A method of an object that does not exist yet."""

    def __init__(self, function, expected):
        super().__init__(function)
        self.owner = expected.cls
        self.source = expected.source


def call_result(known):  # noqa: PLR0911 - one return for each kind there is
    """Return the result of a call, if its class is declared."""
    if type(known) is ExpectedValue:
        entry, _ = find(known.cls, "__call__")
        if type(entry) is types.FunctionType:
            return declared_result(entry, known.source, known.cls)
        raise Unknown
    function = known.value
    if type(known) is BoundMethod:
        return declared_result(function, known.source, known.owner)
    if is_a(function, type):
        entry, _ = find(type(function), "__call__")
        if function is type or entry is not type.__call__:
            raise Unknown  # Its metaclass decides the result of a call.
        return ExpectedValue(function)
    if type(function) is types.MethodType:
        owner = function.__self__
        cls = owner if is_a(owner, type) else type(owner)
        return declared_result(function.__func__, None if owner is cls else owner, cls)
    if type(function) is types.FunctionType:
        return declared_result(function, None, None)
    if type(function) is types.BuiltinMethodType and type(function.__self__) is str:
        if function.__name__ in _STRING_TO_STRING:
            return ExpectedValue(str)
        raise Unknown
    entry, _ = find(type(function), "__call__")
    if type(entry) is types.FunctionType:
        return declared_result(entry, function, type(function))
    raise Unknown


_STRING_TO_STRING = {
    "capitalize", "casefold", "center", "expandtabs", "format", "join", "ljust", "lower", "lstrip",
    "removeprefix", "removesuffix", "replace", "rjust", "rstrip", "strip", "swapcase", "title",
    "upper", "zfill",
}  # fmt: skip


def declared_result(function, source, cls):
    """Return the expected value according to a function's return annotation."""
    function = inspect_unwrapped(function)
    if type(function) is not types.FunctionType:
        raise Unknown
    found = resolve_annotation(annotations(function).get("return"), function, cls)
    if found is None:
        raise Unknown
    return ExpectedValue(found, source)


# --- frames ---------------------------------------------------------------------------------------


def frame_of(known):
    """Return the data frame that an object is or comes from; None without one."""
    source = known.source
    if is_selection(type(source)):
        source = own(source).get("obj")
    for cls in mro(type(source)):
        if cls.__name__ == "DataFrame" and package(cls) in ("pandas", "polars"):
            return source
    return source if is_lazy(source) else None


def is_selection(cls):
    """Return True for the groups, the periods or the windows of a pandas frame."""
    return any(
        base.__name__ in ("BaseGroupBy", "BaseWindow") and package(base) == "pandas"
        for base in mro(cls)
    )


def columns(known, level=0) -> Any:
    """Return the string names of the columns of the frame that an object comes from.

    Columns of several levels have one label for each; ``level`` counts from the object's first.
    """
    frame = frame_of(known)
    if frame is None:
        return []
    if is_lazy(frame):
        return [name for name, _ in (schema(frame) or ())[:COLUMN_LIMIT]]
    for cls in mro(type(frame)):
        getter = space(cls).get("columns")
        if getter is not None and package(cls) in ("pandas", "polars"):
            found = getter.__get__(frame, type(frame))
            names = labels_at(list(found[:COLUMN_LIMIT]), known.outer, level)
            return list(dict.fromkeys(name for name in names if is_a(name, str)))
    return []


def labels_at(names, outer, level):
    """Return the labels of columns at a level below the ``outer`` labels."""
    at = len(outer) + level
    if not any(type(name) is tuple for name in names):
        return [] if at else names
    tuples = [name if type(name) is tuple else (name,) for name in names]
    found = [name[at] for name in tuples if len(name) > at and starts_with(name, outer)]
    # An empty label fills up a column that has fewer levels.
    return [name for name in found if type(name) is not str or name] if at else found


def starts_with(name, outer):
    """Return True if a column's labels begin with these; only strings are compared."""
    held = name[: len(outer)]
    return all(type(one) is str for one in held) and held == outer


def column_attributes(known) -> Any:
    """Return the columns that are also attributes, for example in pandas frames."""
    frame = frame_of(known)
    if frame is None or package(frame_class(frame)) != "pandas":
        return []
    return columns(known)


def frame_class(frame):
    """Return the library's own class of a frame."""
    return next(cls for cls in mro(type(frame)) if cls.__name__ in ("DataFrame", "LazyFrame"))


def column_class(known):
    """Return the class of one column of a frame."""
    top = package(frame_class(frame_of(known)))
    found = own(sys.modules[top]).get("Series")
    if not is_a(found, type):
        raise Unknown
    return found


# --- expressions ----------------------------------------------------------------------------------


def evaluate(text, names):
    """Return the value of an expression; raises `Unknown`."""
    try:
        node = ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Unknown from None
    return value(node, names)


def value(node, names):  # noqa: PLR0911 - one return for each kind of syntax
    """Return the value of a syntax node."""
    if isinstance(node, ast.Name):
        for known in (names, vars(builtins)):
            found = known.get(node.id, MISSING)
            if found is not MISSING:
                return KnownValue(found)
        raise Unknown
    if isinstance(node, ast.Constant):
        return KnownValue(node.value)
    if isinstance(node, ast.Attribute):
        return attribute(value(node.value, names), node.attr)
    if isinstance(node, ast.Call):
        return call_result(value(node.func, names))
    if isinstance(node, ast.Subscript):
        return item(value(node.value, names), node.slice)
    for kind, cls in _DISPLAYS:
        if isinstance(node, kind):
            try:
                return KnownValue(literal(node))
            except Unknown:
                return ExpectedValue(cls)
    raise Unknown


_DISPLAYS = (
    ((ast.List, ast.ListComp), list),
    ((ast.Tuple,), tuple),
    ((ast.Dict, ast.DictComp), dict),
    ((ast.Set, ast.SetComp), set),
    ((ast.JoinedStr,), str),
)


def literal(node):
    """Return a literal's value; raises `Unknown` for other syntax."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise Unknown from None


def item(known, node):
    """Return the value of a subscript."""
    if frame_of(known) is not None:
        return frame_item(known, node)
    key = literal(node)
    if type(known) is ExpectedValue:
        raise Unknown
    obj = known.value
    if type(obj) in (list, tuple, str) and type(key) is int:
        found = obj[key] if -len(obj) <= key < len(obj) else MISSING
    else:
        found = mapping_entry(obj, key)
    return KnownValue(found) if found is not MISSING else dataset_item(obj, key)


def frame_item(known, node):  # noqa: PLR0911 - one return for each kind there is
    """Return the value of a subscript of a frame, or of an object that comes from one."""
    name = known.cls.__name__
    frame = frame_of(known)
    if name in ("_LocIndexer", "_iLocIndexer"):
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        if any(isinstance(part, ast.Constant) for part in parts):
            return ExpectedValue(column_class(known), frame)
        return ExpectedValue(type(frame), frame)
    if name == "DataFrameGroupBy":
        series = find_class("SeriesGroupBy", find(known.cls, "__getitem__")[0])
        one = isinstance(node, ast.Constant)
        return ExpectedValue(series if one and series is not None else known.cls, frame)
    if is_selection(known.cls):
        return ExpectedValue(known.cls, frame)
    if not any(cls.__name__ == "DataFrame" for cls in mro(known.cls)):
        raise Unknown
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    keys = tuple(getattr(part, "value", None) for part in parts)
    if all(type(key) is str for key in keys):
        below = ExpectedValue(known.cls, frame, known.outer + keys)
        if columns(below):
            return below  # The columns have a further level.
        if len(keys) == 1 or columns(known, 1):
            return ExpectedValue(column_class(known), frame)
    return ExpectedValue(known.cls, frame)


def signature(known):
    """Return the `inspect.Signature` of a callable; raises `Unknown`."""
    if type(known) is ExpectedValue:
        raise Unknown
    obj: Any = known.value
    skip = type(known) is BoundMethod
    kind = type(obj)
    if known.cls is kind and trusted(kind):
        wrapped = own(obj).get("__wrapped__")  # numpy's functions are objects that wrap functions.
        obj, kind = (wrapped, type(wrapped)) if wrapped is not None else (obj, kind)
    plain = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, functools.partial)
    if kind not in (*plain, *_BOUND_IN_C, types.MethodWrapperType):
        if is_a(obj, type):
            if type(obj).__module__.partition(".")[0] not in (*TRUSTED, "abc", "enum"):
                raise Unknown
        else:
            entry, _ = find(kind, "__call__")
            if type(entry) is not types.FunctionType:
                raise Unknown
            obj = types.MethodType(entry, obj)
    options = {}
    if sys.version_info >= (3, 14):
        import annotationlib  # noqa: PLC0415 - it is new in 3.14

        options = {"annotation_format": annotationlib.Format.STRING}
    try:
        found = inspect.signature(obj, **options)
    except (ValueError, TypeError, NameError, AttributeError):
        raise Unknown from None
    if skip:
        found = found.replace(parameters=list(found.parameters.values())[1:])
    return found
