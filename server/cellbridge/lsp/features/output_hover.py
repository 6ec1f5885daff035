"""The complete output of a cell as the text of a hover or a tooltip.

Owns the content of the text, and the link to the rest if the output is too long. It must not know
where the text is shown.
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

TRUNCATED = "*The output is truncated; use “Open output” to see all of it.*"


def medium_of(client: ClientFeatures) -> Medium:
    """Return the medium of the client's hovers, by its capabilities."""
    if not client.markdown:
        return Medium.PLAIN
    return Medium.PICTURES if client.pictures else Medium.MARKDOWN


async def output_text(
    context: Context, notebook: Notebook, view: CellView
) -> lsp.MarkupContent | None:
    """Return the state of the cell's last run and all its outputs; None if it never ran."""
    if view.run is None:
        return None
    now, stop = context.now(), status_text.stop_text(notebook)
    said = status_text.state(view.run, view.outputs, mark=view.mark, now=now, stop=stop)
    heading = label(" — ".join(filter(None, (said, view.run.note, _stale_reason(view)))))
    medium = medium_of(context.client)
    if medium is Medium.PLAIN:
        text = plain_text(view.outputs, LIMITS[medium])
        return lsp.MarkupContent(lsp.MarkupKind.PlainText, f"{heading}\n\n{text}".rstrip())
    shown = markdown(view.outputs, LIMITS[medium], medium)
    parts = [escape_markdown(heading), shown.text]
    if not shown.whole:
        parts.append(await _link_to_full_output(notebook, view))
    text = "\n\n".join(part for part in parts if part)
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)


def _stale_reason(view: CellView) -> str:
    """Return why an output is not fresh, if the cell itself does not show it."""
    if view.run is None or not view.run.state.final:
        return ""
    if view.earlier_kernel:
        return "its kernel has ended, and its names with it; run the cell again"
    return "a cell above, whose names it reads, has run since" if view.stale == "input" else ""


async def _link_to_full_output(notebook: Notebook, view: CellView) -> str:
    """Return a link to a file with the complete text; links to files work in every editor."""
    try:
        outputs = await whole_outputs(notebook, view)
        content = document_text(outputs, None).encode("utf-8", "replace")
        path = await temporary_files.write_file(document_name(notebook, view), ".txt", content)
    except (SessionError, OSError) as error:
        log.warning("Could not write the complete output to a file: %s", error)
        return TRUNCATED
    return f"[Open complete output]({path.as_uri()})"
