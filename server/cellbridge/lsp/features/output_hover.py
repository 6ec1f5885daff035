"""The whole output of a cell as the text of a hover or a tooltip.

Owns what such a text holds. It must not know where it is shown.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.preview import markdown, plain_text
from cellbridge.lsp import words
from cellbridge.lsp.client import ClientFeatures
from cellbridge.workspace.views import CellView

LIMIT = 256 * 1024
"""Characters; enough for a picture, little enough for an editor to draw at once."""
_PLAIN_LIMIT = 64 * 1024


def output_text(client: ClientFeatures, view: CellView) -> lsp.MarkupContent | None:
    """Return the state of the cell's last run and all its outputs; None if it never ran."""
    if view.run is None:
        return None
    said = words.state(view.run, view.outputs, fresh=view.fresh)
    heading = " — ".join(part for part in (said, view.run.note) if part)
    if not client.markdown:
        text = plain_text(view.outputs, _PLAIN_LIMIT)
        return lsp.MarkupContent(lsp.MarkupKind.PlainText, f"{heading}\n\n{text}".rstrip())
    text = markdown(view.outputs, LIMIT)
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, f"{_escaped(heading)}\n\n{text}".rstrip())


def _escaped(line: str) -> str:
    """Return a line of ours so that Markdown shows it as it is."""
    return "".join(f"\\{sign}" if sign in r"\`*_[]<>#|" else sign for sign in line)
