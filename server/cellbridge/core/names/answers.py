"""The types of the answers about a script's names. Lines and columns are the document's.

Owns the values that queries return. It must not know how names are stored.
"""

from __future__ import annotations

import msgspec

from .model import Access, Binding, BindingKind, Callable, Class
from .signature_text import detail_of


class Definition(msgspec.Struct, frozen=True, gc=False):
    """A place that binds a name, with the lines of the whole definition."""

    name: str
    kind: BindingKind
    line: int
    column: int
    """The first code point of the name."""
    first_line: int
    last_line: int
    """The lines of the whole definition, decorators included."""
    module: str = ""
    """For an import: the module, with its leading dots."""
    original: str = ""
    """For ``from module import original``; empty if the module itself is imported."""
    imported: bool = False
    """True, like in `NameLocation`, if the word names something of another file."""
    builtin: bool = False


class Definitions(msgspec.Struct, frozen=True, gc=False):
    """The definitions of a name; ``known`` is False if the text alone does not determine them."""

    items: tuple[Definition, ...] = ()
    known: bool = False


class Occurrence(msgspec.Struct, frozen=True, gc=False):
    """A place where a name occurs."""

    name: str
    line: int
    column: int
    access: Access
    imported: bool = False
    """True, like in `NameLocation`, if it names something of another file."""


class References(msgspec.Struct, frozen=True, gc=False):
    """The places of one name, in the order of the document.

    ``known`` is False if other places may belong to it, so that a rename would be unsafe.
    """

    items: tuple[Occurrence, ...] = ()
    known: bool = False


class KnownName(msgspec.Struct, frozen=True, gc=False):
    """A name that can be used at a position, or an attribute of a receiver."""

    name: str
    kind: BindingKind
    line: int = -1
    """The document's line that binds it; -1 if it is not bound in the script."""
    binding: Binding | None = None

    @property
    def detail(self) -> str:
        """A signature, an annotation or an import, in one line."""
        return detail_of(self.binding) if self.binding else ""

    @property
    def documentation(self) -> str:
        """The docstring of a function or class."""
        facts = self.binding.facts if self.binding else None
        return facts.docstring if isinstance(facts, (Callable, Class)) else ""

    @property
    def candidate_kind(self) -> str:
        """The kind in the words of `Candidate`."""
        return CANDIDATE_KINDS[self.kind]


class KnownNames(msgspec.Struct, frozen=True, gc=False):
    """Names; ``complete`` is False if there may be more that the text alone does not show."""

    items: tuple[KnownName, ...] = ()
    complete: bool = False
    cut: bool = False
    """More names of the script begin alike than are listed."""


class Description(msgspec.Struct, frozen=True, gc=False):
    """The facts about one name, for a hover."""

    name: str
    kind: BindingKind
    signature: str
    """Python, such as ``def f(a, b=1) -> int``, ``class Account(Base)`` or ``x = 1``."""
    documentation: str
    """The docstring without its indentation; empty without one."""
    definition: Definition
    owner: str = ""
    """The class of a method or attribute."""


class OutlineName(msgspec.Struct, frozen=True, gc=False):
    """A definition with those inside it."""

    name: str
    kind: BindingKind
    line: int
    column: int
    first_line: int
    last_line: int
    detail: str = ""
    children: tuple[OutlineName, ...] = ()


CANDIDATE_KINDS = {
    BindingKind.CLASS: "class",
    BindingKind.FUNCTION: "function",
    BindingKind.METHOD: "function",
    BindingKind.PROPERTY: "property",
    BindingKind.MODULE: "module",
    BindingKind.IMPORT: "",
    BindingKind.PARAMETER: "param",
    BindingKind.ATTRIBUTE: "field",
    BindingKind.VARIABLE: "statement",
    BindingKind.TYPE_PARAMETER: "class",
}
