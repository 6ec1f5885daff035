"""Facts about code, in terms that belong to no editor and no kernel.

Owns the shape of candidates, descriptions and their provenance. It must not know where they come
from (a kernel, jedi) or where they go (the Language Server Protocol).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Source(StrEnum):
    """The origin of a candidate or a description."""

    LIVE = "live"
    """The objects in the kernel, as they are now."""
    STATIC = "static"
    """The text of the document, analysed."""


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One completion candidate."""

    text: str
    """The text that replaces the code points from ``start`` to ``end`` of the queried code."""
    start: int
    end: int
    kind: str = ""
    """One of: function, class, module, instance, field, keyword, path, magic, param, property,
    key, statement; empty if nothing is known. A field or a key belongs to the object's data."""
    detail: str = ""
    """A signature or a type, short enough for one line."""
    source: Source = Source.STATIC
    place: int = 0
    """Place among the keys or fields of the object, from 1; 0 if there is no such order."""


class Completions(msgspec.Struct, frozen=True):
    """Candidates; ``answered`` is False if the source could not be queried in time."""

    items: list[Candidate]
    answered: bool = True
    exact: bool = False
    """The list is complete: it was read from the object itself."""
    receiver: str = ""
    """The expression whose attributes the candidates are, where they are attributes."""
    cut: bool = False
    """More candidates exist than fit into the answer, or than were found in time."""


OBJECT = "application/vnd.cellbridge.object+json"
"""MIME type of the facts that the probe reports about an object, in an `Inspection`."""


class Inspection(msgspec.Struct, frozen=True):
    """A description as a MIME bundle, of ``text/markdown`` or ``text/plain``; may be empty."""

    data: dict[str, Any]
    answered: bool = True


class Signature(msgspec.Struct, frozen=True):
    """One way to call something."""

    label: str
    """The call as text, such as ``mean(a, axis=None)``."""
    parameters: list[tuple[int, int]]
    """Start and end of each parameter in the label, in code points."""
    active: int | None = None
    """Index of the parameter at the cursor; None if it is at none of them."""
    documentation: str = ""


class Signatures(msgspec.Struct, frozen=True):
    """The ways to call what is being called."""

    items: list[Signature]
    answered: bool = True


class NameLocation(msgspec.Struct, frozen=True):
    """A place where a name occurs."""

    path: str | None
    """The file; None for the queried document."""
    line: int
    """From 0."""
    column: int
    """From 0, in code points."""
    name: str
    definition: bool = False
    imported: bool = False
    """It names something of another file, as in ``import name``; behind ``as`` it does not."""


NO_SIGNATURES = Signatures([], answered=False)
NO_COMPLETIONS = Completions([], answered=False)
NO_INSPECTION = Inspection({}, answered=False)
