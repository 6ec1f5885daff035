"""The whole output of a cell as the text of a hover or a tooltip.

Owns what such a text holds, and that it leads to the rest where it cannot hold all. It must not
know where it is shown.
"""

from __future__ import annotations

import logging

from lsprotocol import types as lsp

from cellbridge.core.output.escapes import label
from cellbridge.core.output.html_text import escape_markdown
from cellbridge.core.output.mime_types import LIMITS, Medium
from cellbridge.core.output.preview import markdown, plain_text
from cellbridge.lsp import status_text
from cellbridge.lsp.client_capabilities import ClientFeatures
from cellbridge.lsp.context import Context
from cellbridge.lsp.documents import temporary_files
from cellbridge.lsp.documents.output_text import document_name, document_text, whole_outputs
from cellbridge.session.errors import SessionError
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook

log = logging.getLogger(__name__)

ELSEWHERE = "*Not all of it is shown here; “Open output” shows the whole.*"


def medium_of(client: ClientFeatures) -> Medium:
    """Return what the client's hovers can show, by what it says of itself."""
    if not client.markdown:
        return Medium.PLAIN
    return Medium.PICTURES if client.pictures else Medium.MARKDOWN


async def output_text(
    context: Context, notebook: Notebook, view: CellView
) -> lsp.MarkupContent | None:
    """Return the state of the cell's last run and all its outputs; None if it never ran."""
    if view.run is None:
        return None
    said = status_text.state(view.run, view.outputs, fresh=view.fresh, now=context.now())
    heading = label(" — ".join(part for part in (said, view.run.note, _reason(view)) if part))
    medium = medium_of(context.client)
    if medium is Medium.PLAIN:
        text = plain_text(view.outputs, LIMITS[medium])
        return lsp.MarkupContent(lsp.MarkupKind.PlainText, f"{heading}\n\n{text}".rstrip())
    shown = markdown(view.outputs, LIMITS[medium], medium)
    parts = [escape_markdown(heading), shown.text]
    if not shown.whole:
        parts.append(await _way_to_the_rest(notebook, view))
    text = "\n\n".join(part for part in parts if part)
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)


def _reason(view: CellView) -> str:
    """Say why an output is stale where a look at the cell does not show it."""
    if view.stale != "input" or view.run is None or not view.run.state.final:
        return ""
    return "a cell above, whose names it reads, has run since"


async def _way_to_the_rest(notebook: Notebook, view: CellView) -> str:
    """Return a link to a file with the whole text; a hover's links lead to files everywhere."""
    try:
        outputs = await whole_outputs(notebook, view)
        content = document_text(outputs, None).encode("utf-8", "replace")
        path = await temporary_files.keep(document_name(notebook, view), ".txt", content)
    except (SessionError, OSError) as error:
        log.warning("The whole output is not linked: %s", error)
        return ELSEWHERE
    return f"[Open the whole output]({path.as_uri()})"
