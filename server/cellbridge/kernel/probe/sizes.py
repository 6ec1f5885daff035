# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: sizes of objects, without their own ``__len__`` or ``__sizeof__``.

Owns shape, dtype, length and size of a value. It must run on Python 3.9, must not import
cellbridge, and never calls the user's code.

The size of a container is estimated from some of its items: the work is the same for ten items and
for ten million.
"""

import collections
import types
from typing import Any

from .safe_eval import KnownValue, Unknown, attribute
from .stored_attributes import is_a, mro, own, package, part, space

SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset, range, collections.deque)
_SAMPLES = (24, 6, 3)
"""Items sampled for the size of a container, of the containers in it, and of those in them."""
_NO_SIZE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)
_C_SHAPES = ("torch",)
"""Packages whose own classes keep shape and dtype in C."""


def measure(obj):
    """Return those of shape (a list), dtype, length and size (bytes) that a value has."""
    found = {}
    known = KnownValue(obj)
    axes = getattr(own(obj).get("_mgr"), "axes", None) if frame_size(obj) is not None else None
    if axes is not None:
        found["shape"] = [len(axis) for axis in reversed(axes)]
    for name in ("shape", "dtype"):
        value: Any = read_attribute(known, name)
        if name == "shape" and is_a(value, tuple):
            found["shape"] = [int(one) for one in tuple.__iter__(value) if is_a(one, int)]
        elif name == "dtype" and value is not None and package(type(value)) != "__main__":
            found["dtype"] = dtype_text(value)
    length = length_of(obj)
    if length is None and found.get("shape"):
        length = found["shape"][0]
    if length is not None:
        found["length"] = length
    size = size_of(obj)
    if size is not None:
        found["size"] = size
    return found


def read_attribute(known, name):
    """Return the value of an attribute that only reads; None without one."""
    cls = type(known.value)
    if package(cls) == "xarray":
        return array_part(known.value, name)
    if package(cls) in _C_SHAPES:
        getter = next((space(base)[name] for base in mro(cls) if name in space(base)), None)
        return getter.__get__(known.value) if type(getter) is types.GetSetDescriptorType else None
    if package(cls) == "pyarrow" and name == "dtype":
        name = "type"
    try:
        return attribute(known, name).value
    except Unknown:
        return None


def dtype_text(found):
    """Return a data type in its library's notation, if the library is supported."""
    if package(type(found)) in ("numpy", "pandas", "polars", "pyarrow", "torch", "builtins"):
        return str(found)[:60]
    return type(found).__name__


def array_part(obj, name):
    """Return shape or dtype of an xarray array with numpy values; else None."""
    data = xarray_data(obj)
    return getattr(data, name) if data is not None else None


def xarray_data(obj):
    """Return the numpy array of an xarray DataArray or Variable; None without one."""
    for _ in range(2):
        for cls in mro(type(obj)):
            for slot in ("_variable", "_data"):
                getter = space(cls).get(slot)
                if type(getter) is types.MemberDescriptorType and package(cls) == "xarray":
                    obj = getter.__get__(obj)
                    if type(obj).__module__ == "numpy" and type(obj).__name__ == "ndarray":
                        return obj
                    break
            else:
                continue
            break
    return None


def length_of(obj):
    """Return the number of items of a value of a built-in class or a subclass."""
    for base in SIZED:
        if is_a(obj, base):
            return base.__len__(obj)
    return None


def size_of(obj):
    """Return the bytes that a value takes with its contents; None if that is meaningless."""
    if is_a(obj, _NO_SIZE):
        return None
    return estimate_size(obj, 0)


def estimate_size(obj, depth):
    """Return the bytes of a value; a few items of a container are taken as typical."""
    frame = frame_size(obj)
    if frame is not None:
        return frame
    for base in SIZED:
        if is_a(obj, base):
            own_size = base.__sizeof__(obj)
            if base in (str, bytes, bytearray, range) or depth >= len(_SAMPLES):
                return own_size
            return own_size + items_size(obj, base, depth)
    if is_a(obj, _NO_SIZE) or depth >= len(_SAMPLES):
        return 0
    size = object.__sizeof__(obj) if not is_a(obj, int) else int.__sizeof__(obj)
    stored = own(obj)
    if type(stored) is dict and stored:
        size += estimate_size(stored, depth + 1)
    return size


def items_size(obj, base, depth):
    """Return the bytes of all items of a container, from some of them."""
    total, count = base.__len__(obj), _SAMPLES[depth]
    if not total:
        return 0
    if base in (list, tuple):
        step = max(1, total // count)
        looked = [base.__getitem__(obj, slice(at, at + 1)) for at in range(0, total, step)[:count]]
        items = [one for piece in looked for one in piece]
    elif base is dict:
        pairs = part(lambda: dict.items(obj), 0, count)
        items = [one for pair in pairs for one in pair]
        total *= 2
    else:
        items = part(lambda: base.__iter__(obj), 0, count)
    if not items:
        return 0
    return int(sum(estimate_size(one, depth + 1) for one in items) / len(items) * total)


def frame_size(obj):
    """Return the memory of an array or a frame, without referenced objects; else None."""
    for cls in mro(type(obj)):
        top, name = package(cls), cls.__name__
        if top == "numpy" and name == "ndarray":
            return sys_size(cls, obj)
        if top == "pandas" and name in ("DataFrame", "Series"):
            manager = own(obj).get("_mgr")
            blocks = getattr(manager, "blocks", ())
            return sum(values_size(block.values) for block in blocks)
        if top == "polars" and name in ("DataFrame", "Series"):
            return int(obj.estimated_size()) if type(obj) is cls else None
        if top == "pyarrow" and name in ("Table", "RecordBatch", "ChunkedArray", "Array"):
            return int(space(cls)["nbytes"].__get__(obj))
    data = xarray_data(obj) if package(type(obj)) == "xarray" else None
    return None if data is None else int(data.nbytes)


def sys_size(cls, array):
    """Return the bytes of a numpy array with its header."""
    return int(space(cls)["nbytes"].__get__(array)) + 112


def values_size(values):
    """Return the bytes of a column's values, if their class is pandas's or numpy's own."""
    known = package(type(values)) in ("numpy", "pandas")
    return int(values.nbytes) if known else 0
