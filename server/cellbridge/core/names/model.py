"""The names of one piece of a script, as they are stored. Lines count from the piece's first.

Owns the stored values. They hold no reference to the piece's place, so that a piece that moves
keeps them. The garbage collector does not track them: a long script has hundreds of thousands.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class BindingKind(StrEnum):
    """The kind of object a name is bound to, as far as its binding shows."""

    CLASS = "class"
    FUNCTION = "function"
    METHOD = "method"
    PROPERTY = "property"
    MODULE = "module"
    IMPORT = "import"
    """A name of another module, whose kind is unknown."""
    PARAMETER = "parameter"
    ATTRIBUTE = "attribute"
    """Bound in a class's body, or set on ``self``."""
    VARIABLE = "variable"
    TYPE_PARAMETER = "type parameter"


class ScopeKind(StrEnum):
    """The kind of a scope."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    LAMBDA = "lambda"
    COMPREHENSION = "comprehension"
    TYPE_PARAMETERS = "type parameters"


class Access(StrEnum):
    """The use that is made of a name at one place."""

    READ = "read"
    WRITE = "write"


class Operation(StrEnum):
    """The outermost operation of an expression."""

    NAME = "name"
    ATTRIBUTE = "attribute"
    CALL = "call"
    ITEM = "item"
    """One item of the operand: by a subscript."""
    ELEMENT = "element"
    """One element of the operand: by iteration."""
    ENTERED = "entered"
    """The operand as a context manager, entered."""
    AWAITED = "awaited"
    LITERAL = "literal"
    """An object of the builtin type ``name``; its elements are the operands, if they are known."""
    INSTANCE = "instance"
    """An object of the type that the operand, an annotation, denotes."""
    RECEIVER = "receiver"
    """The first parameter of a method; ``name`` is ``class`` in a class method."""
    EITHER = "either"
    """One of the operands."""


class Expression(msgspec.Struct, frozen=True, gc=False):
    """The part of an expression that shows its value."""

    operation: Operation
    name: str = ""
    operands: tuple[Expression, ...] = ()


class Scope(msgspec.Struct, frozen=True, gc=False):
    """A scope; the first of a piece is the part of the module's scope that is in the piece."""

    kind: ScopeKind
    parent: int
    line: int = 0
    column: int = 0
    """The beginning of the body, after the header."""
    last_line: int = 0
    last_column: int = 0
    """The end of the last statement."""
    extent: int = 0
    """The last line that belongs to it if it is indented enough: up to the next statement."""
    indent: int = -1
    """The column of the statement; -1 for an expression's scope, which ends where it ends."""
    owner: int = 0
    """The function's or class's binding, as an index."""


class Parameter(msgspec.Struct, frozen=True, gc=False):
    """One parameter as written."""

    name: str
    prefix: str = ""
    """``*`` or ``**``."""
    annotation: str = ""
    default: str = ""
    positional_only: bool = False
    keyword_only: bool = False
    type: Expression | None = None

    @property
    def text(self) -> str:
        """The parameter as it is written in a header."""
        typed = f": {self.annotation}" if self.annotation else ""
        equals = " = " if typed else "="
        return f"{self.prefix}{self.name}{typed}{equals + self.default if self.default else ''}"


class Callable(msgspec.Struct, frozen=True, gc=False):
    """The facts of a function."""

    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    result: Expression | None = None
    """The value of a call, by the annotation or by all returns; None if unknown."""
    result_scope: int = 0
    """The scope in which that is evaluated."""
    decorators: tuple[str, ...] = ()
    docstring: str = ""
    is_async: bool = False
    scope: int = 0


class Class(msgspec.Struct, frozen=True, gc=False):
    """The facts of a class."""

    bases: tuple[str, ...] = ()
    base_values: tuple[Expression | None, ...] = ()
    keywords: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    docstring: str = ""
    scope: int = 0


class Import(msgspec.Struct, frozen=True, gc=False):
    """The facts of an import."""

    module: str
    original: str = ""
    """The name within the module; empty if the module itself is imported."""
    renamed: bool = False
    """It is bound by ``as``."""


class Binding(msgspec.Struct, frozen=True, gc=False):
    """A place that binds a name in a scope."""

    name: str
    kind: BindingKind
    scope: int
    line: int
    column: int
    first_line: int
    last_line: int
    value: Expression | None = None
    facts: Callable | Class | Import | None = None
    annotation: str = ""
    from_line: int = 0
    from_column: int = 0
    """The place from which it holds: below the value of an assignment."""
    block_end: int = -1
    """The last line of the innermost block around it that may not run, as below ``if``; or -1."""
    deleted: bool = False
    """It is a ``del`` statement."""
    on_self: bool = False
    """It is an attribute set on ``self`` or ``cls`` in a method of the class ``scope``."""


class Use(msgspec.Struct, frozen=True, gc=False):
    """A place of a name. ``scope`` owns the name: the module's also for unknown names."""

    name: str
    line: int
    column: int
    scope: int
    access: Access = Access.READ
    imported: bool = False


class AttributeUse(msgspec.Struct, frozen=True, gc=False):
    """A place of an attribute, or of the name of an argument in a call."""

    name: str
    line: int
    column: int
    scope: int
    """The scope in which the receiver is evaluated."""
    receiver: Expression | None
    access: Access = Access.READ
    argument: bool = False
    """It is an argument's name; the receiver is what is called."""


class PieceNames(msgspec.Struct, frozen=True, gc=False):
    """All names of one piece."""

    scopes: tuple[Scope, ...] = (Scope(ScopeKind.MODULE, 0),)
    bindings: tuple[Binding, ...] = ()
    uses: tuple[Use, ...] = ()
    """In the order of the text, as are the attributes."""
    attributes: tuple[AttributeUse, ...] = ()
    global_names: tuple[str, ...] = ()
    """The names of the module's scope that are used, each once."""
    attribute_names: tuple[str, ...] = ()
    """The names of attributes and arguments, and those that a class binds, each once."""
    stars: tuple[str, ...] = ()
    """Modules whose names are all imported."""
    opaque: bool = False
    """It may bind or replace names that the text does not show, by ``exec`` and its like."""
    kept: bool = False
    """The piece is not Python now; these are the names it had before, at their places now."""
