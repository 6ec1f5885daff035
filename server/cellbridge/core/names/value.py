"""The values that expressions can have, as types.

Owns the types alone; `values` finds the values.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from .model import Expression
from .script_names import Bound, Placed


class ValueKind(StrEnum):
    """The kind of a value."""

    CLASS = "class"
    INSTANCE = "instance"
    FUNCTION = "function"
    BOUND_METHOD = "bound method"
    BUILTIN = "builtin"
    """An object of the builtin type ``name``."""
    BUILTIN_CLASS = "builtin class"
    PARENT = "parent"
    """The result of ``super()``: an instance without what its own class defines."""


class Value(msgspec.Struct, frozen=True):
    """One value. ``bound`` is the definition of the class or the function."""

    kind: ValueKind
    bound: Bound | None = None
    name: str = ""
    elements: tuple[Value, ...] = ()


class Where(msgspec.Struct, frozen=True):
    """The place where an expression is evaluated."""

    placed: Placed
    scope: int
    place: tuple[int, int] | None = None
    """In the document; None if it runs later."""


Values = tuple[Value, ...] | None
Evaluate = Callable[[Expression | None, Where], Values]
"""The function that finds the values of an expression; `classes` needs it for base classes."""
