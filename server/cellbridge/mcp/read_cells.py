"""The tool ``read_cells``: the texts and outputs of cells.

Owns their form in the answer. It must not know how a script is opened.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from cellbridge.core.output.bundle import fenced
from cellbridge.mcp import words
from cellbridge.mcp.answers import Answer
from cellbridge.mcp.bounds import ANSWER_BYTES, CELL_CHARACTERS, size
from cellbridge.mcp.call import Call
from cellbridge.mcp.images import run_images
from cellbridge.mcp.named_cells import find_cells
from cellbridge.mcp.outputs import RunOutputs, output_blocks
from cellbridge.mcp.scripts import OpenScript
from cellbridge.mcp.tool import ScriptArguments, Tool
from cellbridge.session.messages import RunView
from cellbridge.workspace.cell_views import CellView

_MORE_BYTES = 200
"""Bytes for the sentence on cells that do not fit."""
_LEAST_OUTPUT = 400
"""Characters that are kept for the outputs of a cell with a long text."""
_IDS = 12
"""Ids that are named among those that do not fit."""


class ReadCells(ScriptArguments, frozen=True, kw_only=True):
    """The arguments of ``read_cells``."""

    ids: Annotated[list[str], Meta(min_length=1, description="Ids of the cells.")]
    outputs: Annotated[bool, Meta(description="Include the cells' outputs.")] = True


async def read_cells(call: Call, arguments: ReadCells) -> Answer:
    """Return the texts of cells with their hashes, and their outputs."""
    script = await call.open(arguments.script)
    indexes = find_cells(script, arguments.ids)
    blocks: list[str] = []
    shown: list[RunView] = []
    room = call.room - _MORE_BYTES
    for at, index in enumerate(indexes):
        view = script.notebook.view(index)
        outputs = RunView(view.shown, list(view.outputs)) if view.shown is not None else None
        text = _cell(script, view, call.agent, outputs if arguments.outputs else None)
        room -= size(text) + 2
        if room < 0 and at:
            left = " ".join(script.notebook.ids[one] for one in indexes[at : at + _IDS])
            blocks.append(f"… {len(indexes) - at} more cells; call read_cells for them: {left}")
            break
        blocks.append(text)
        shown += [outputs] if outputs is not None and arguments.outputs else []
    return Answer("\n\n".join(blocks), await run_images(script.notebook, shown))


def _cell(script: OpenScript, view: CellView, agent: str, outputs: RunView | None) -> str:
    """Return the text of a cell and its outputs, together within the limit for a cell."""
    cell, name = view.cell, script.texts.show(view.cell)
    lines = f"lines {view.first_line + 1}-{view.last_line + 1}"
    state = f" · {words.view_state(view, agent)}" if cell.kind == "code" else ""
    head = f"cell {view.id} · hash {name} · {cell.kind} · {lines}{state}"
    kept = _LEAST_OUTPUT if outputs is not None and outputs.outputs else 0
    text = fenced(cell.slice.rstrip(), CELL_CHARACTERS - kept, cell.language.name)
    if outputs is None:
        return f"{head}\n{text}"
    left = max(kept, CELL_CHARACTERS - len(text))
    [block] = output_blocks([RunOutputs.of(outputs, left)], ANSWER_BYTES)
    return "\n".join(filter(None, (head, text, block)))


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "read_cells",
        "Read Cells",
        "Return the texts of cells with the hashes by which run_cells accepts them, and their "
        "outputs. The text is that of the editor in which the script is open, or of the file.",
        ReadCells,
        read_cells,
    ),
)
