"""Translation of Python annotations into the types of another language.

Owns the traversal of an annotation. A `Spelling` holds the language's syntax as data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin
from typing import Union as OldUnion


@dataclass(frozen=True)
class Spelling:
    """The syntax of types in one language. The templates are for `str.format`."""

    scalars: Mapping[Any, str]
    own: str
    """A type that the protocol declares."""
    lsp: str
    """A type of the Language Server Protocol itself."""
    array: str
    mapping: str
    either: str
    """The separator of alternatives."""
    null: str | None
    """The type of null, or None if a question mark at the name expresses it."""
    unions: Mapping[Any, str] = field(default_factory=dict[Any, str])
    """The names of declared unions, by their types."""

    def of(self, kind: Any) -> str:
        """Write an annotation."""
        if kind in self.unions:
            return self.own.format(self.unions[kind])
        origin = get_origin(kind)
        if origin is None:
            return self._name(NoneType if kind is None else kind)
        args = get_args(kind)
        written = {
            Annotated: lambda: self.of(args[0]),
            Literal: lambda: self.either.join(json.dumps(value) for value in args),
            list: lambda: self.array.format(self._one(args[0])),
            dict: lambda: self.mapping.format(self.of(args[1])),
            UnionType: lambda: self._either(args),
            OldUnion: lambda: self._either(args),
        }
        return written[origin]()

    def _name(self, kind: type[Any]) -> str:
        """Write a type that has a name."""
        if kind in self.scalars:
            return self.scalars[kind]
        template = self.own if kind.__module__.startswith("cellbridge.") else self.lsp
        return template.format(kind.__name__)

    def _either(self, args: tuple[Any, ...]) -> str:
        """Write alternatives, null last or not at all."""
        words = [self.of(arg) for arg in args if arg is not NoneType]
        if NoneType in args and self.null is not None:
            words.append(self.null)
        return self.either.join(words)

    def _one(self, kind: Any) -> str:
        """Write an annotation as one operand, in parentheses if necessary."""
        word = self.of(kind)
        return f"({word})" if self.either.strip() in word else word
