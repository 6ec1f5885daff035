"""Notices about a session that are shown once, for example about outputs that are not stored.

Owns the set of sentences that were shown. It must not know their meaning.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import KernelState
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook

_ENDED = frozenset({KernelState.STOPPED, KernelState.DEAD})


class Notices:
    """Shows each sentence about a document once, while it is open and its session lasts.

    A session that continues in another process is the same session.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shown: dict[str, set[str]] = {}

    def update(self, notebook: Notebook) -> None:
        """Show the new notices of a notebook."""
        shown, notices = self._shown.setdefault(notebook.uri, set()), notebook.notices
        if not notices and not notebook.has_session and notebook.kernel.state in _ENDED:
            shown.clear()
        for sentence in notices:
            if sentence not in shown:
                shown.add(sentence)
                self._context.editor.show(sentence, lsp.MessageType.Warning)

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._shown.pop(uri, None)
