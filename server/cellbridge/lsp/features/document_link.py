"""textDocument/documentLink: the links in markdown cells.

Owns the conversion of a target to a URI. Editors open any link, including links to their own
commands, so only web addresses and files in the open folders become URIs. Paths are relative to the
script's directory; nothing is read from disk.
"""

from __future__ import annotations

import os.path
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp

from cellbridge.core.document.structure import links
from cellbridge.core.output.safe_links import is_path, is_web
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook


def document_links(context: Context, params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
    """Return the links to targets outside the document."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return []
    return [
        lsp.DocumentLink(context.convert.to_range(notebook.text, link.range), target)
        for link in links(notebook.cells)
        if (target := _uri(context, notebook, link.target)) is not None
    ]


def _uri(context: Context, notebook: Notebook, target: str) -> str | None:
    """Return the URI of a target; None if it is neither on the web nor in the open folders."""
    if is_web(target):
        return target
    path, _, fragment = target.partition("#")
    if target.lower().startswith("file:"):
        path = _file_path(path)
    elif not is_path(target):
        return None
    if not path or notebook.path is None:
        return None
    found = Path(os.path.normpath(notebook.path.parent / path))
    folders = [*context.folders(notebook), notebook.path.parent]
    if not any(found.is_relative_to(os.path.normpath(folder)) for folder in folders):
        return None
    return f"{found.as_uri()}#{fragment}" if fragment else found.as_uri()


def _file_path(uri: str) -> str:
    """Return the path of a file on this machine; empty for other and invalid URIs."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    path = unquote(parts.path)
    return path if parts.netloc in {"", "localhost"} and "\0" not in path else ""
