# ruff: noqa: PLC0415 - the purpose of this module
"""The stepping of an editor, loaded when the user first steps or sets a breakpoint.

Owns when it is loaded: until then, a server starts as fast and is as small as without it. It must
not know how code is stepped through (stepping.py).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace

if TYPE_CHECKING:
    from cellbridge.lsp.breakpoints import Breakpoint
    from cellbridge.lsp.debugged_document import Debugged
    from cellbridge.lsp.stepping import Stepping


class SteppingOnDemand:
    """Passes calls to the stepping; until it is loaded, this server debugs no document."""

    def __init__(
        self, workspace: Workspace, begin: Callable[[Coroutine[Any, Any, object]], None]
    ) -> None:
        """``begin`` starts a task in the background."""
        self._loaded: Stepping | None = None
        self._workspace, self._begin = workspace, begin

    def load(self) -> Stepping:
        """Return the stepping, for a command that debugs."""
        if self._loaded is None:
            from cellbridge.lsp.stepping import Stepping

            self._loaded = Stepping(self._workspace, self._begin)
        return self._loaded

    def of(self, notebook: Notebook) -> Debugged | None:
        """Return the state of a document that this server debugs."""
        return None if self._loaded is None else self._loaded.of(notebook)

    def stopped_in(self, document: Notebook) -> Debugged | None:
        """Return the debugged document whose code has stopped and which ``document`` belongs to."""
        return None if self._loaded is None else self._loaded.stopped_in(document)

    def breakpoints_of(self, document: Notebook) -> tuple[Breakpoint, ...]:
        """Return the breakpoints of a document, in line order."""
        return () if self._loaded is None else self._loaded.breakpoints.of(document)

    async def prepare_run(self, notebook: Notebook) -> None:
        """Debug a document that has breakpoints, because one of its cells is about to run.

        Raises:
            SessionError: its kernel cannot be debugged, or another client debugs it.
        """
        if self._loaded is not None:
            await self._loaded.prepare_run(notebook)

    def update(self, notebook: Notebook) -> None:
        """Handle a changed state of a document's kernel, its debugger or its runs."""
        if self._loaded is not None:
            self._loaded.update(notebook)

    def edited(self, notebook: Notebook) -> None:
        """Move the breakpoints of an edited document with its lines."""
        if self._loaded is not None:
            self._loaded.breakpoints.edited(notebook)

    def closed(self, uri: str) -> None:
        """Forget a closed document; the host lets its code continue."""
        if self._loaded is not None:
            self._loaded.closed(uri)
