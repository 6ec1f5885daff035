"""A whole script as Python that an analyser understands.

Owns the masking of magics cell by cell: a ``%%bash`` hides its own cell, not the rest of the file.
Pure; lines and columns stay as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SUSPECT = re.compile(r"(?:\A|[\r\n])[^\S\r\n]*[%!?]|=[^\S\r\n]*[%!]|\?[^\S\r\n]*(?:[\r\n]|\Z)")
"""A sign of every magic, shell and help line, which few other lines hold."""


def mask_magics(content: str) -> str:
    """Return ``content`` with every magic, shell and help line made harmless Python."""
    # Counting first: the search takes milliseconds in a long script, and runs at each key.
    if "!" not in content and "?" not in content and content.count("%") == _in_markers(content):
        return content
    return mask_by_cells(content) if _SUSPECT.search(content) else content


def _in_markers(content: str) -> int:
    return 2 * (content.count("\n# %%") + content.startswith("# %%"))


def mask_by_cells(content: str) -> str:
    """Do the same without a look beforehand at whether it is needed."""
    # The analyser's first answer waits for what it imports, and most scripts have no magics.
    from cellbridge.core.document.cells import CellKind, parse  # noqa: PLC0415 (only where it is needed)
    from cellbridge.core.document.languages import PYTHON  # noqa: PLC0415
    from cellbridge.core.document.text import Text  # noqa: PLC0415

    parts: list[str] = []
    for cell in parse(Text.of(content), PYTHON):
        body = "".join(cell.lines[cell.body_offset :])
        if cell.kind is CellKind.CODE and _SUSPECT.search(body):
            body = _mask_body(body)
        parts.append("".join(cell.lines[: cell.body_offset]) + body)
    return "".join(parts)


@lru_cache(maxsize=4096)
def _mask_body(body: str) -> str:
    from cellbridge.core.document.magics import mask  # noqa: PLC0415 (as above)

    # From one answer to the next a single cell changes; the others need not be read again.
    return mask(body)
