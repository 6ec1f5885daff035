# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: the entries of mappings, read where they are stored.

Owns the places in which dicts, the standard library's mappings and a few of libraries keep their
entries. It must run on Python 3.9, must not import cellbridge, and never calls the user's code.
"""

import gc
import os
import sys
import types
from typing import Any

from .stored_attributes import MISSING, find, is_a, own, package, part

ENTRY_LIMIT = 50_000
"""Entries that are read of a mapping that is not a dict."""
DEPTH = 5
"""Mappings within mappings that are followed, such as the maps of a `ChainMap`."""
UNREAD = object()
"""The value of an entry that would have to be read from a file or made."""
_KEYS = (str, int, bool, bytes, float, type(None))
"""Kinds of keys for which a dict lookup runs no ``__hash__`` of the user."""


def plain_key(key):
    """Return True if looking up a key runs no user code."""
    return type(key) in _KEYS or (type(key) is tuple and all(type(one) in _KEYS for one in key))


def standard_stores(obj, depth=DEPTH) -> Any:
    """Return the dicts of a mapping of a known kind, the first to be searched first; else None."""
    if is_a(obj, dict):
        return [obj]
    if depth == 0:
        return None
    if type(obj) is types.MappingProxyType:
        behind = gc.get_referents(obj)
        return standard_stores(behind[0], depth - 1) if behind else None
    for module, name, read in _READERS:
        if is_a(obj, standard(module, name)):
            return read(obj, own(obj), depth)
    made = made_store(obj)
    return None if made is None else [made]


def environment_stores(obj, stored, _depth):
    """Return the variables of the environment, which are stored as bytes."""
    data = stored.get("_data")
    if type(data) is not dict:
        return None
    if obj is not os.environ:
        return [data]
    pairs = part(data.items, 0, ENTRY_LIMIT)
    return [{os.fsdecode(key): os.fsdecode(value) for key, value in pairs}]


def user_dict_stores(_obj, stored, depth):
    """Return the dict behind a `UserDict`."""
    return standard_stores(stored.get("data"), depth - 1)


def chain_stores(_obj, stored, depth):
    """Return the dicts of a `ChainMap`."""
    maps = stored.get("maps")
    found = [standard_stores(one, depth - 1) for one in maps] if type(maps) is list else []
    return [store for one in found for store in one or ()]


def parser_stores(_obj, stored, _depth):
    """Return the sections of a configuration file."""
    return [one for one in (stored.get("_proxies"),) if is_a(one, dict)]


def section_stores(_obj, stored, _depth):
    """Return the options of a section of a configuration file, and the default ones."""
    parser = own(stored.get("_parser"))
    sections: Any = parser.get("_sections")
    name = stored.get("_name")
    known = dict.get(sections, name) if is_a(sections, dict) and type(name) is str else None
    return [one for one in (known, parser.get("_defaults")) if is_a(one, dict)]


_READERS = (
    ("os", "_Environ", environment_stores),
    ("collections", "UserDict", user_dict_stores),
    ("collections", "ChainMap", chain_stores),
    ("configparser", "RawConfigParser", parser_stores),
    ("configparser", "SectionProxy", section_stores),
)
"""The standard library's mappings that are not dicts, with the readers of their dicts."""


def standard(module, name):
    """Return a class of a module, if that is loaded; otherwise a class without objects."""
    found = own(sys.modules[module]).get(name) if module in sys.modules else None
    return found if is_a(found, type) else _NoObjects


class _NoObjects:
    """The stand-in for a class of a module that is not loaded."""


def made_store(obj):
    """Return a dict of the entries that an object of a library keeps in another form; else None."""
    kind = type(obj)
    if kind is standard("sqlite3", "Row"):
        return dict(zip(kind.keys(obj), kind.__iter__(obj)))  # noqa: B905 - Python 3.9
    if kind is standard("re", "Match"):
        return kind.groupdict(obj) if type(obj.string) in (str, bytes) else None
    if kind.__name__ == "NpzFile" and package(kind) == "numpy":
        files = own(obj).get("files")
        return dict.fromkeys(files, UNREAD) if type(files) is list else None
    variables = dataset_variables(obj)
    return None if variables is None else dict.fromkeys(variables, UNREAD)


def dataset_variables(obj):
    """Return the names of the variables of an xarray Dataset; else None."""
    if type(obj).__name__ != "Dataset" or package(type(obj)) != "xarray":
        return None
    slot, _ = find(type(obj), "_variables")
    variables = slot.__get__(obj) if type(slot) is types.MemberDescriptorType else None
    if type(variables) is not dict:
        return None
    return [name for name in part(lambda: variables, 0, ENTRY_LIMIT) if type(name) is str]


def lookup(found, key):
    """Return the value of a key in the first of some dicts that has it; else `MISSING`."""
    for store in found:
        value = dict.get(store, key, MISSING)
        if value is not MISSING:
            return MISSING if value is UNREAD else unwrapped(value)
    return MISSING


def unwrapped(value):
    """Return the value of a node of an OmegaConf tree; other objects as they are."""
    if package(type(value)) == "omegaconf":
        return own(value).get("_val", value)
    return value


def is_mapping(obj):
    """Return True if an object is a mapping of a known kind, with values that can be read."""
    found = standard_stores(obj)
    return bool(found) and not any(
        one is UNREAD
        for store in found
        for one in part(lambda store=store: dict.values(store), 0, 1)
    )


def mapping_entries(obj):
    """Return the entries of a mapping of a known kind as a dict, without keys of the user."""
    found = {}
    for store in standard_stores(obj) or ():
        for key, value in part(lambda store=store: dict.items(store), 0, ENTRY_LIMIT):
            if plain_key(key):
                found.setdefault(key, value)
    return found
