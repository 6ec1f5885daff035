# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: the attributes and string keys that come from an object's stored data.

Owns the places in which objects keep these: the dicts behind `__getattr__` and `__getitem__`, and
fields in C. It must run on Python 3.9 and must not import cellbridge.

Invariant: nothing here calls the user's code. The dicts that a method of the user serves are found
by the names in its compiled code, and are read past the class that keeps them.
"""

import collections
import dis
import enum
import keyword
import types
from typing import Any

from .mappings import (
    dataset_variables,
    lookup,
    plain_key,
    standard_stores,
    unwrapped,
)
from .stored_attributes import (
    MISSING,
    find,
    inspect_unwrapped,
    is_a,
    mro,
    own,
    package,
    part,
    space,
    trusted,
)

ATTRIBUTE_LIMIT = 5000
"""Attributes of an object that are read."""
_DEPTH = 5
"""Methods that call methods, which are followed."""
_TUPLE_FIELD: Any = getattr(collections, "_tuplegetter", None)
"""The class of the fields of named tuples."""
_POINTERS = "zZOX"
"""ctypes's codes for values that are read through a pointer, which may be invalid."""


# --- keys -----------------------------------------------------------------------------------------


def stores(obj) -> Any:
    """Return the dicts that ``obj["key"]`` reads; None if they are unknown."""
    found = standard_stores(obj)
    # A dict that is empty itself may keep its entries elsewhere.
    if not trusted(type(obj)) and (found is None or (is_a(obj, dict) and not dict.__len__(obj))):
        found = served_stores(obj, "__getitem__") or found
    return found


def string_keys(obj):
    """Return the string keys of a mapping, in its order; None for another object."""
    found = stores(obj)
    if found is None:
        return None
    return list(dict.fromkeys(key for store in found for key in texts_of(store)))


def texts_of(store):
    """Return the string keys of a dict."""
    return [key for key in list(dict.keys(store)) if type(key) is str]


def mapping_entry(obj, key) -> Any:
    """Return the value of a mapping's entry; `MISSING` if it does not exist or is not certain."""
    if not plain_key(key):
        return MISSING
    known = standard_stores(obj)
    if known is None and passes_through(find(type(obj), "__getitem__")[0]):
        known = stores(obj)
    return lookup(known or (), key)


# --- attributes -----------------------------------------------------------------------------------


def data_attributes(obj):
    """Return the attributes that hold an object's data, with their values, in their stored order.

    These are the stored ones, those of slots and of fields in C, and those behind `__getattr__`.
    """
    found = dict(part(own(obj).items, 0, ATTRIBUTE_LIMIT))
    found.update(served_attributes(obj))
    if is_a(obj, (type, types.ModuleType)):
        return found
    for cls in mro(type(obj)):
        for name, descriptor in part(space(cls).items, 0, ATTRIBUTE_LIMIT):
            if name not in found and not name.startswith("__"):
                value = field_value(obj, descriptor, name, cls)
                if value is not MISSING:
                    found[name] = value
    return found


def field_value(obj, descriptor, name, cls) -> Any:
    """Return the value of a field that C code keeps; `MISSING` for another kind of attribute."""
    kind = type(descriptor)
    in_tuple = kind is _TUPLE_FIELD and is_a(obj, tuple)
    in_struct = struct_field(kind) and readable(name, cls)
    if in_tuple or in_struct or kind is types.MemberDescriptorType:
        try:
            return descriptor.__get__(obj, type(obj))
        except AttributeError:
            return MISSING  # The slot is empty.
    return MISSING


def holds_field(descriptor):
    """Return True if a class's attribute is a field that C code keeps in its instances."""
    kind = type(descriptor)
    return kind in (types.MemberDescriptorType, _TUPLE_FIELD) or struct_field(kind)


def struct_field(kind):
    """Return True if a descriptor's class is that of the fields of ctypes structures."""
    return kind.__name__ == "CField" and package(kind) == "_ctypes"


def readable(name, cls):
    """Return True if reading a field of a ctypes structure follows no pointer."""
    declared = space(cls).get("_fields_")
    for one in declared if type(declared) in (list, tuple) else ():
        if type(one) is tuple and one[:1] == (name,):
            code = find(one[1], "_type_")[0] if is_a(one[1], type) else "z"
            return type(code) is not str or code not in _POINTERS
    return False


def served_attributes(obj):
    """Return the attributes that a class's `__getattr__` finds in stored dicts."""
    if is_a(obj, (type, types.ModuleType)):
        return members(obj)
    found = {}
    for store in attribute_stores(obj):
        for key, value in part(lambda store=store: dict.items(store), 0, ATTRIBUTE_LIMIT):
            if type(key) is str and key.isidentifier() and not keyword.iskeyword(key):
                found.setdefault(key, unwrapped(value))
    names = [name for name in found if find(type(obj), name)[0] is MISSING]
    return {name: found[name] for name in names}


def members(obj):
    """Return the members of an enumeration; older Pythons keep them behind `__getattr__`."""
    known = own(obj).get("_member_map_") if is_a(obj, enum.EnumMeta) else None
    return known if type(known) is dict else {}


def served_attribute(obj, name) -> Any:
    """Return one attribute that `__getattr__` finds in a stored dict; else `MISSING`."""
    if is_a(obj, (type, types.ModuleType)):
        return members(obj).get(name, MISSING)
    return lookup(attribute_stores(obj), name)


def attribute_stores(obj):
    """Return the dicts in which a class's `__getattr__` finds attributes."""
    found = []
    hook, _ = find(type(obj), "__getattr__")
    if is_a(obj, dict):
        whole, _ = find(type(obj), "__getattribute__")
        if hook is not MISSING or type(whole) is types.FunctionType:
            found.append(obj)
    if type(hook) is types.FunctionType and not trusted(type(obj)):
        found += served_stores(obj, "__getattr__")
    if dataset_variables(obj) is not None:
        found += standard_stores(obj)
    return found


# --- methods that serve dicts ---------------------------------------------------------------------


def served_stores(obj, method):
    """Return the stored dicts that a method names, or the nearest methods that it calls."""
    pending, seen = [method], set()
    for _ in range(_DEPTH):
        names = []
        for name in pending:
            seen.add(name)
            names += names_in(find(type(obj), name)[0])
        found = [one for name in dict.fromkeys(names) for one in [stored_value(obj, name)]]
        found = [store for one in found for store in nested_stores(one)]
        if found:
            return found
        if any(subscripts(find(type(obj), name)[0]) for name in pending):
            names.append("__getitem__")
        pending = [name for name in dict.fromkeys(names) if name not in seen]
    return []


def nested_stores(value):
    """Return the dicts of a stored value that is a mapping; nothing for others."""
    return (standard_stores(value) or []) if value is not MISSING else []


def names_in(function):
    """Return the names and texts in a function's code, in their order."""
    function = inspect_unwrapped(function)
    if type(function) is not types.FunctionType:
        return []
    code = function.__code__
    return [one for one in (*code.co_names, *code.co_consts) if type(one) is str]


def stored_value(obj, name) -> Any:
    """Return a stored attribute, also from a slot; else `MISSING`."""
    value = own(obj).get(name, MISSING)
    if value is MISSING:
        descriptor, cls = find(type(obj), name)
        if type(descriptor) is types.MemberDescriptorType:
            value = field_value(obj, descriptor, name, cls)
    return value


_PASSING = (
    "RESUME", "LOAD_FAST", "LOAD_ATTR", "RETURN_VALUE", "CACHE", "NOP", "EXTENDED_ARG",
)  # fmt: skip


def passes_through(function):
    """Return True if a method does nothing but return an item of a stored dict."""
    steps = instructions(function)
    return bool(steps) and all(one.opname.startswith(_PASSING) or takes_item(one) for one in steps)


def subscripts(function):
    """Return True if a function takes an item of anything."""
    return any(takes_item(one) for one in instructions(function))


def takes_item(instruction):
    """Return True for the instruction of ``a[b]``, whose name depends on Python's version."""
    name = instruction.opname
    return name == "BINARY_SUBSCR" or (name == "BINARY_OP" and instruction.argrepr == "[]")


def instructions(function):
    """Return the instructions of a function of Python code; none for others."""
    function = inspect_unwrapped(function)
    known = type(function) is types.FunctionType
    return list(dis.get_instructions(function.__code__)) if known else []
