"""A cell's complete output, read from the store, as the text of a document.

Owns the content of the text, and its limit of `TEXT_LIMIT` characters; a truncated text ends with a
note. It must not know how the text reaches the editor.
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
"""The maximum number of characters; longer texts make editors unusable."""
_TOO_LONG = (
    "… the rest is too long for an editor; use cellbridge outputs export to write all of it."
)


async def whole_outputs(notebook: Notebook, view: CellView) -> list[Output]:
    """Return all outputs that a cell shows, complete."""
    return await notebook.fetch_outputs(view.shown.id) if view.shown is not None else []


def document_name(notebook: Notebook, view: CellView, which: int | None = None) -> str:
    """Return the name of a document with a cell's output, without a suffix."""
    stem = PurePath(notebook.name).stem
    # A slash would be read as a directory separator, a dot as the start of the suffix.
    title = view.cell.title.replace("/", " ").replace(".", " ").strip()[:40]
    said = [stem, title or f"cell {view.index + 1}"]
    return " - ".join([*said, f"output {which + 1}"] if which is not None else said)


def document_text(outputs: Sequence[Output], which: int | None) -> str:
    """Return outputs, or one of them, as a text document.

    Raises:
        ArgumentError: There is no such output.
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
    """Return the suffix of the document's name, from which editors choose the language."""
    if isinstance(output, Display) and not bundle.is_text(output):
        found = parts(output, Medium.LINE)
        return found[0].media.suffix if found else ".txt"
    return ".txt"


def _one(output: Output) -> str:
    """Return one output as text; JSON without another text form is indented."""
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
