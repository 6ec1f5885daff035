"""The description of the protocol and the settings that all generators share.

Owns the parsing: shapes come from the declared classes, and texts from the docstrings below their
fields. It must not know any target language.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from types import ModuleType
from typing import Any, get_type_hints

import attrs

from cellbridge.core import config
from cellbridge.lsp import protocol

SOURCES = "server/cellbridge/lsp/protocol/ and server/cellbridge/core/settings.py"


@dataclass(frozen=True)
class Field:
    """One field of a shape, or one setting."""

    name: str
    """The name on the wire."""
    type: Any
    """The Python annotation."""
    optional: bool
    default: Any
    doc: str


@dataclass(frozen=True)
class Shape:
    """An object on the wire, or a group of settings."""

    name: str
    doc: str
    fields: list[Field]


@dataclass(frozen=True)
class Choice:
    """A set of strings."""

    name: str
    doc: str
    values: list[tuple[str, str]]
    """Pairs of a value and its meaning."""


@dataclass(frozen=True)
class Union:
    """A name for several shapes."""

    name: str
    type: Any


@dataclass(frozen=True)
class Description:
    """The content of all generated files."""

    intro: str
    version: int
    types: list[Shape | Choice | Union]
    methods: tuple[protocol.Method, ...]
    commands: tuple[protocol.Command, ...]
    settings: list[Shape]
    settings_doc: str

    @property
    def unions(self) -> dict[Any, str]:
        """The names of unions by their types."""
        return {one.type: one.name for one in self.types if isinstance(one, Union)}


def describe() -> Description:
    """Read both modules."""
    types = [
        one
        for part in protocol.PARTS
        for name, value in declared(part)
        if (one := read(name, value)) is not None
    ]
    groups = get_type_hints(config.Config)
    return Description(
        intro=prose(protocol.__doc__ or ""),
        version=protocol.PROTOCOL,
        types=types,
        methods=protocol.METHODS,
        commands=protocol.COMMANDS,
        settings=[group(name, kind) for name, kind in groups.items()],
        settings_doc=prose(config.Config.__doc__ or ""),
    )


def declared(module: ModuleType) -> list[tuple[str, Any]]:
    """Return the declarations of a module itself, in their order."""
    tree = ast.parse(inspect.getsource(module))
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.append(node.targets[0].id)
    return [(name, getattr(module, name)) for name in names]


def read(name: str, value: Any) -> Shape | Choice | Union | None:
    """Describe one declaration; return None if it is neither a shape, a choice nor a union."""
    if isinstance(value, type) and issubclass(value, Enum):
        docs = field_docs(value)
        members = [(str(member.value), docs.get(member.name, "")) for member in value]
        return Choice(name, prose(value.__doc__ or ""), members)
    if isinstance(value, type) and attrs.has(value):
        docs = field_docs(value)
        return Shape(
            name,
            prose(value.__doc__ or ""),
            [attrs_field(one, docs.get(one.name, "")) for one in attrs.fields(value)],
        )
    return Union(name, value) if hasattr(value, "__args__") else None


def attrs_field(attribute: Any, doc: str) -> Field:
    """Describe one field of an attrs class."""
    default = attribute.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class at run time
        default = default.factory()  # type: ignore[attr-defined]
    optional = default is not attrs.NOTHING
    return Field(config.camel(attribute.name), attribute.type, optional, default, doc)


def group(name: str, kind: type[Any]) -> Shape:
    """Describe one group of settings."""
    docs, hints = field_docs(kind), get_type_hints(kind, include_extras=True)
    fields = [
        Field(
            name=config.camel(one.name),
            type=hints[one.name],
            optional=True,
            default=one.default_factory()  # pyright: ignore[reportCallIssue]
            if one.default is dataclasses.MISSING
            else one.default,
            doc=docs.get(one.name, ""),
        )
        for one in dataclasses.fields(kind)
    ]
    return Shape(name, prose(kind.__doc__ or ""), fields)


def field_docs(cls: type[Any]) -> dict[str, str]:
    """Return the docstrings below the fields of a class, by field."""
    (node,) = ast.parse(inspect.getsource(cls)).body
    body = node.body if isinstance(node, ast.ClassDef) else []
    docs: dict[str, str] = {}
    for before, after in pairwise(body):
        target = before.target if isinstance(before, ast.AnnAssign) else None
        if isinstance(before, ast.Assign):
            target = before.targets[0]
        match after:
            case ast.Expr(value=ast.Constant(value=str(text))) if isinstance(target, ast.Name):
                docs[target.id] = prose(text)
            case _:
                pass
    return docs


def prose(text: str) -> str:
    """Return a docstring as plain paragraphs with Markdown's single backquotes."""
    paragraphs = inspect.cleandoc(text).replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
