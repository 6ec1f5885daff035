"""The texts of cells that an agent has read, by their hash.

Owns these texts, and the comparison of a text that the agent read with the present one. It must not
know runs.

Bound: `LIMIT` texts are kept; the one that was shown longest ago is forgotten first.
"""

from __future__ import annotations

import difflib
from collections import OrderedDict

from cellbridge.core.document.cell import Cell
from cellbridge.core.document.cell_hash import cell_hash

LIMIT = 512


class ShownTexts:
    """The texts of one script's cells that an agent has read."""

    def __init__(self) -> None:
        self._by_hash: OrderedDict[str, Cell] = OrderedDict()

    def show(self, cell: Cell) -> str:
        """Remember that the agent reads this text; return its hash."""
        name = cell_hash(cell)
        self._by_hash[name] = cell
        self._by_hash.move_to_end(name)
        if len(self._by_hash) > LIMIT:
            self._by_hash.popitem(last=False)
        return name

    def changes(self, name: str, now: Cell) -> str:
        """Return the changes since the text with this hash as a unified diff; empty if unknown."""
        before = self._by_hash.get(name)
        if before is None:
            return ""
        old, new = _lines(before), _lines(now)
        difference = difflib.unified_diff(old, new, "as you read it", "as it is now", lineterm="")
        return "\n".join(difference)


def _lines(cell: Cell) -> list[str]:
    return cell.slice.rstrip().split("\n")
