"""The first import of lsprotocol, in half the time.

Owns the methods that its 550 classes get. For each class, attrs compiles an ``__eq__`` and a
``__repr__`` of its own, which takes a fifth of the time until the first lenses. Here the classes
share one of each, with the same results. It must not change anything else about the classes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import attrs

NAME = "lsprotocol.types"


def import_lsprotocol() -> None:
    """Import ``lsprotocol.types``, if that has not been done yet."""
    if NAME in sys.modules:
        return
    define: Callable[..., Any] = attrs.define

    def define_with_shared_methods(cls: type | None = None, **options: Any) -> Any:
        # lsprotocol gives no options. Other threads may define classes of their own meanwhile.
        if cls is None or options or cls.__module__ != NAME:
            return define(cls, **options)
        made = define(cls, eq=False, repr=False)
        for name, method in (("__eq__", _equal), ("__repr__", _represent)):
            if name not in cls.__dict__:
                setattr(made, name, method)
        if made.__eq__ is _equal:
            made.__hash__ = None
        return made

    attrs.define = define_with_shared_methods
    try:
        import_module(NAME)
    finally:
        attrs.define = define


def _equal(self: Any, other: object) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    names = (field.name for field in self.__attrs_attrs__)
    return all(getattr(self, name) == getattr(other, name) for name in names)


def _represent(self: Any) -> str:
    names = (field.name for field in self.__attrs_attrs__)
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
    return f"{type(self).__qualname__}({inside})"
