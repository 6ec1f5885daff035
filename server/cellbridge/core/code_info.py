"""What can be said about code, in terms that no editor and no kernel owns.

Owns the shape of candidates, descriptions and their provenance. It must not know where they come
from (a kernel, jedi) or where they go (the Language Server Protocol).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Source(StrEnum):
    """Where a candidate or a description comes from."""

    LIVE = "live"
    """The objects in the kernel, as they are now."""
    STATIC = "static"
    """The text of the document, analysed."""


class Candidate(msgspec.Struct, frozen=True):
    """One completion candidate."""

    text: str
    """What replaces the code points from ``start`` to ``end`` of the code that was asked about."""
    start: int
    end: int
    kind: str = ""
    """One of: function, class, module, instance, keyword, path, magic, param, property, key,
    statement; empty where nothing is known."""
    detail: str = ""
    """A signature or a type, short enough for one line."""
    source: Source = Source.STATIC


class Completions(msgspec.Struct, frozen=True):
    """Candidates; ``answered`` is False where the source could not be asked in time."""

    items: list[Candidate]
    answered: bool = True
    exact: bool = False
    """Nothing else can stand here: the object itself was looked at."""
    receiver: str = ""
    """The expression whose attributes the candidates are, where they are attributes."""
    cut: bool = False
    """There are more than could be told, or could be found in time."""


OBJECT = "application/vnd.cellbridge.object+json"
"""MIME type of an object's facts as the probe tells them, in an `Inspection`."""


class Inspection(msgspec.Struct, frozen=True):
    """A description as a MIME bundle, of ``text/markdown`` or ``text/plain``; may be empty."""

    data: dict[str, Any]
    answered: bool = True


class Signature(msgspec.Struct, frozen=True):
    """One way to call something."""

    label: str
    """As ``mean(a, axis=None)``."""
    parameters: list[tuple[int, int]]
    """Where each parameter stands in the label, in code points."""
    active: int | None = None
    """Which of them the cursor stands at; None where it is none of them."""
    documentation: str = ""


class Signatures(msgspec.Struct, frozen=True):
    """The ways to call what is being called."""

    items: list[Signature]
    answered: bool = True


class NameLocation(msgspec.Struct, frozen=True):
    """A place where a name stands."""

    path: str | None
    """The file; None for the document that was asked about."""
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
