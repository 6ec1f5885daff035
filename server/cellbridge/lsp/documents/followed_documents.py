"""Virtual documents that an editor has asked for: which of them have another text by now.

Owns what each was made of when it was asked for. It must not know how an editor is told.

Bound: the last `LIMIT` documents. One that has changed is told of once and forgotten; an editor
that still shows it asks for it anew.
"""

from __future__ import annotations

from collections.abc import Hashable

from cellbridge.core.output.outputs import Stream
from cellbridge.lsp.documents.document_uri import Address
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace

LIMIT = 50


class Followed:
    """The documents of one editor."""

    def __init__(self) -> None:
        self._documents: dict[str, tuple[Address, Hashable]] = {}

    def note(self, uri: str, address: Address, notebook: Notebook | None) -> None:
        """A document is about to be made of what there is now."""
        self._documents.pop(uri, None)
        self._documents[uri] = address, _made_of(address, notebook)
        while len(self._documents) > LIMIT:
            del self._documents[next(iter(self._documents))]

    def changed(self, workspace: Workspace) -> list[str]:
        """Return the documents that have another text by now, and forget them."""
        found = [
            uri
            for uri, (address, made_of) in self._documents.items()
            if _made_of(address, workspace.get(address.uri)) != made_of
        ]
        for uri in found:
            del self._documents[uri]
        return found


def _made_of(address: Address, notebook: Notebook | None) -> Hashable:
    """Return something that is another once the text is."""
    if notebook is None:
        return None
    if address.kind == "removed":
        return tuple(one.run.id for one in notebook.orphans())
    if address.kind in {"variables", "table"}:
        ends = (view.run.ended_at or 0.0 for view in notebook.views() if view.run)
        return notebook.kernel.id, max(ends, default=0.0)
    if address.cell not in notebook.ids:
        return None
    view = notebook.view(notebook.ids.index(address.cell))
    sizes = (output.chars if isinstance(output, Stream) else id(output) for output in view.outputs)
    return view.shown.id if view.shown else None, *sizes
