"""The import of modules with many attrs classes, in half the time.

Owns the methods that these classes get. For each class, attrs compiles an ``__eq__``, a
``__repr__`` and perhaps a ``__hash__`` of its own. For the 550 classes of lsprotocol and the 80 of
our protocol, this takes a quarter of the time until the first lenses. Here the classes share one of
each, with the same results. It must not change anything else about the classes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import attrs


def import_with_shared_methods(*names: str) -> None:
    """Import these modules or packages; their classes share their methods.

    Classes of other modules that are imported meanwhile are made as usual.
    """
    with _shared(names):
        for name in names:
            import_module(name)


@contextmanager
def _shared(names: tuple[str, ...]) -> Generator[None]:
    usual: Callable[..., Any] = attrs.define
    usual_frozen: Callable[..., Any] = attrs.frozen

    def define(cls: type | None = None, **options: Any) -> Any:
        if cls is None or options or not cls.__module__.startswith(names):
            return usual(cls, **options)
        return _share(cls, usual(cls, eq=False, repr=False), hashed=False)

    def frozen(cls: type | None = None, **options: Any) -> Any:
        if cls is None or options or not cls.__module__.startswith(names):
            return usual_frozen(cls, **options)
        return _share(cls, usual_frozen(cls, eq=False, repr=False), hashed=True)

    attrs.define, attrs.frozen = define, frozen
    try:
        yield
    finally:
        attrs.define, attrs.frozen = usual, usual_frozen


def _share(written: type, made: Any, *, hashed: bool) -> Any:
    """Add the methods to a class that it does not have as it was written."""
    if "__repr__" not in written.__dict__:
        made.__repr__ = _represent
    if "__eq__" not in written.__dict__:
        made.__eq__ = _equal
        made.__hash__ = _hash if hashed else None
    return made


def _equal(self: Any, other: object) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    names = (field.name for field in self.__attrs_attrs__)
    return all(getattr(self, name) == getattr(other, name) for name in names)


def _hash(self: Any) -> int:
    values: tuple[object, ...] = tuple(getattr(self, field.name) for field in self.__attrs_attrs__)
    return hash(values)


def _represent(self: Any) -> str:
    names = (field.name for field in self.__attrs_attrs__)
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
    return f"{type(self).__qualname__}({inside})"
