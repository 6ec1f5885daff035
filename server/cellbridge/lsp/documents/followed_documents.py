"""Virtual documents that the editor has requested, and the detection of changed texts.

Owns the state of each document at the time of its request. It must not know how the editor is
notified.

Bound: the last `LIMIT` documents. A changed document is reported once and then forgotten; an editor
that still shows it requests it again.
"""

from __future__ import annotations

from collections.abc import Hashable

from cellbridge.core.output.outputs import Stream
from cellbridge.lsp.documents.document_uri import Address
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace

LIMIT = 50


class FollowedDocuments:
    """The documents of one editor."""

    def __init__(self) -> None:
        self._documents: dict[str, tuple[Address, Hashable]] = {}

    def note(self, uri: str, address: Address, notebook: Notebook | None) -> None:
        """Store the current state of a document that is being created."""
        self._documents.pop(uri, None)
        self._documents[uri] = address, _state_of(address, notebook)
        while len(self._documents) > LIMIT:
            del self._documents[next(iter(self._documents))]

    def changed(self, workspace: Workspace) -> list[str]:
        """Return the documents whose text has changed, and forget them."""
        found = [
            uri
            for uri, (address, made_of) in self._documents.items()
            if _state_of(address, workspace.get(address.uri)) != made_of
        ]
        for uri in found:
            del self._documents[uri]
        return found


def _state_of(address: Address, notebook: Notebook | None) -> Hashable:
    """Return a value that changes whenever the text changes."""
    if notebook is None or address.kind == "agents":
        return None  # documents/agent_log.py refreshes the log.
    if address.kind == "removed":
        return tuple(one.run.id for one in notebook.orphans())
    if address.kind in {"variables", "table"}:
        return notebook.kernel.id, notebook.last_ended, repr(notebook.kernel.debugger)
    if address.cell not in notebook.ids:
        return None
    view = notebook.view(notebook.ids.index(address.cell))
    sizes = (output.chars if isinstance(output, Stream) else id(output) for output in view.outputs)
    return view.shown.id if view.shown else None, *sizes
