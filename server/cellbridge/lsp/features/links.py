"""textDocument/documentLink: the links in markdown cells.

Owns how a target as written becomes a URI. A path counts from the script's directory; nothing is
looked up on disk.
"""

from __future__ import annotations

import re
from pathlib import Path

from lsprotocol import types as lsp

from cellbridge.core.structure import links
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")


def document_links(context: Context, params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
    """Return the links that lead somewhere outside the document."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return []
    return [
        lsp.DocumentLink(context.convert.to_range(notebook.text, link.range), target)
        for link in links(notebook.cells)
        if (target := _uri(notebook, link.target)) is not None
    ]


def _uri(notebook: Notebook, target: str) -> str | None:
    if _SCHEME.match(target):
        return target
    path, _, fragment = target.partition("#")
    if not path or notebook.path is None:
        return None
    uri = Path(notebook.path.parent, path).as_uri()
    return f"{uri}#{fragment}" if fragment else uri
