"""A cell's whole output as the text of a document, from where it is stored.

Owns what such a text holds, and its bound: `TEXT_LIMIT` characters, of which the end says what is
missing. It must not know how the text reaches the editor.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import msgspec

from cellbridge.core.output import bundle
from cellbridge.core.output.mime_types import Medium, parts
from cellbridge.core.output.outputs import Display, Output, Stream
from cellbridge.core.output.preview import plain_text
from cellbridge.lsp.errors import ArgumentError
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook

TEXT_LIMIT = 50_000_000
"""Characters; an editor that opens more is of no use to anyone."""
_TOO_LONG = "… the rest is too long for an editor; cellbridge outputs export writes all of it."


async def whole_outputs(notebook: Notebook, view: CellView) -> list[Output]:
    """Return all outputs that a cell shows, nothing cut off or left out."""
    return await notebook.fetch_outputs(view.shown.id) if view.shown is not None else []


def document_name(notebook: Notebook, view: CellView, which: int | None = None) -> str:
    """Return what a document with a cell's output is called, without a suffix."""
    stem = PurePath(notebook.name).stem
    # A slash would be read as a directory, a dot as the suffix's.
    title = view.cell.title.replace("/", " ").replace(".", " ").strip()[:40]
    said = [stem, title or f"cell {view.index + 1}"]
    return " - ".join([*said, f"output {which + 1}"] if which is not None else said)


def document_text(outputs: Sequence[Output], which: int | None) -> str:
    """Return outputs, or one of them, as a text document.

    Raises:
        ArgumentError: there is no such output.
    """
    if which is None:
        text = plain_text(outputs, TEXT_LIMIT)
    elif which < len(outputs):
        text = _one(outputs[which])
    else:
        raise ArgumentError(f"The cell has {len(outputs)} outputs, counted from 0; not {which}.")
    if len(text) >= TEXT_LIMIT:
        text = f"{text[:TEXT_LIMIT]}\n{_TOO_LONG}"
    return text if text.endswith("\n") or not text else f"{text}\n"


def suffix_of(output: Output | None) -> str:
    """Return what the name of the document ends with, by which editors know how to colour it."""
    if isinstance(output, Display) and not bundle.is_text(output):
        found = parts(output, Medium.LINE)
        return found[0].media.suffix if found else ".txt"
    return ".txt"


def _one(output: Output) -> str:
    """Return one output; JSON that is no text otherwise is laid out, for it was asked for."""
    if isinstance(output, Stream) or not isinstance(output, Display) or bundle.is_text(output):
        return plain_text([output], TEXT_LIMIT)
    for part in parts(output, Medium.LINE):
        if part.mime.endswith("json") and part.content is not None:
            try:
                return bundle.pretty(part.content)
            except msgspec.MsgspecError:
                continue
        if isinstance(part.content, str) and not part.media.base64:
            return part.content
    return plain_text([output], TEXT_LIMIT)
