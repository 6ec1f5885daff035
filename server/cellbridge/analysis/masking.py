"""A whole script as Python that an analyser understands.

Owns the masking of magics cell by cell: a ``%%bash`` hides its own cell, not the rest of the file.
Pure; lines and columns stay as they are.
"""

from __future__ import annotations

from functools import lru_cache

from cellbridge.core.cells import CellKind, parse
from cellbridge.core.languages import PYTHON
from cellbridge.core.magics import mask
from cellbridge.core.text import Text

_SIGNS = "%!?"
"""Without one of these there is no magic, shell or help line."""


def masked(content: str) -> str:
    """Return ``content`` with every magic, shell and help line made harmless Python."""
    if not any(sign in content for sign in _SIGNS):
        return content
    parts: list[str] = []
    for cell in parse(Text.of(content), PYTHON):
        body = "".join(cell.lines[cell.body_offset :])
        if cell.kind is CellKind.CODE and any(sign in body for sign in _SIGNS):
            body = _masked(body)
        parts.append("".join(cell.lines[: cell.body_offset]) + body)
    return "".join(parts)


@lru_cache(maxsize=4096)
def _masked(body: str) -> str:
    # From one answer to the next a single cell changes; the others need not be read again.
    return mask(body)
