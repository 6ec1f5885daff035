"""The cells that an agent names, by their ids and the hashes of the texts that it has read.

Owns the check that an agent means the present text: no other text is ever run for it. It must not
know what is done with the cells.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.core.document.cell_hash import cell_hash
from cellbridge.core.output.bundle import fenced
from cellbridge.core.output.escapes import label
from cellbridge.mcp.answers import RefusedError, ToolError
from cellbridge.mcp.bounds import ANSWER_BYTES, NEWS_BYTES
from cellbridge.mcp.scripts import OpenScript

_ROOM = ANSWER_BYTES - NEWS_BYTES - 1024
_STALE = (
    "Nothing was run: the text of {} is no longer the one that you read. Read the present text "
    "below, and call again with its hash if you still mean it."
)


def find_cells(script: OpenScript, ids: Sequence[str]) -> list[int]:
    """Return the indexes of cells.

    Raises:
        ToolError: a cell does not exist, or no longer.
    """
    places = {name: at for at, name in enumerate(script.notebook.ids)}
    if missing := [label(name) for name in ids if name not in places]:
        raise RefusedError(
            f"{label(script.path.name)} has no cell {', '.join(missing[:8])}; it may have been "
            "removed. Call overview to see the present cells."
        )
    return [places[name] for name in dict.fromkeys(ids)]


def find_read_cells(script: OpenScript, ids: Sequence[str], hashes: Sequence[str]) -> list[int]:
    """Return the indexes of cells whose texts the agent has read.

    Raises:
        RefusedError: the text of a cell is another one now; the message has it, with a diff.
    """
    if len(ids) != len(hashes):
        raise ToolError(
            f"There are {len(ids)} ids and {len(hashes)} hashes. Give one hash for each id, in the "
            "same order."
        )
    indexes = find_cells(script, ids)
    given = dict(zip(ids, hashes, strict=True))
    cells, names = script.notebook.cells, script.notebook.ids
    stale = [at for at in indexes if cell_hash(cells[at]) != given[names[at]].lower()]
    if stale:
        shown = ", ".join(f"cell {names[at]}" for at in stale[:8])
        shown += f" and {len(stale) - 8} more" if len(stale) > 8 else ""
        room = _ROOM // len(stale)
        texts = [_present_text(script, at, given[names[at]].lower(), room) for at in stale]
        raise RefusedError("\n\n".join([_STALE.format(shown), *texts]))
    return indexes


def _present_text(script: OpenScript, index: int, read: str, room: int) -> str:
    """Return the present text of a cell with its hash, and the changes since the agent read it."""
    cell, name = script.notebook.cells[index], script.notebook.ids[index]
    changes = script.texts.changes(read, cell)
    line = f"cell {name} · hash {script.texts.show(cell)}"
    text = fenced(cell.slice.rstrip(), room // 2 if changes else room, cell.language.name)
    return "\n".join([line, text, *([fenced(changes, room // 2, "diff")] if changes else [])])
