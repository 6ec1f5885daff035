"""The values of the names on the line of the frame that the user examines.

Owns when they are requested, and the known values. The kernel returns them without running user
code (kernel/probe).
"""

from __future__ import annotations

from collections.abc import Callable

from cellbridge.core.runs.debug_status import NOT_DEBUGGED, DebugStatus
from cellbridge.core.variables import ListVariables, VariablesPage
from cellbridge.lsp.context import Context
from cellbridge.lsp.current_frame import current_frame
from cellbridge.lsp.push.latest_task import LatestTask
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.variables import query

NAMES = 8
"""Names of one line whose values are shown."""
_NOT_SHOWN = frozenset(
    {"module", "function", "type", "builtin_function_or_method", "method", "ABCMeta"}
)
"""Types whose values are the same for every call."""


class FrameValues:
    """The values in the frames of all open documents."""

    def __init__(self, context: Context, notify: Callable[[Notebook], None]) -> None:
        self._context = context
        self._notify = notify
        self._seen: dict[str, DebugStatus] = {}
        self._dirty: set[str] = set()
        self._task = LatestTask(self._query)

    async def run(self) -> None:
        """Query the kernels when needed, until cancelled."""
        await self._task.run()

    def update(self, notebook: Notebook) -> None:
        """Handle a changed stop or a changed frame of a document."""
        status = notebook.debugging.status
        if self._seen.get(notebook.uri, NOT_DEBUGGED) == status:
            return
        self._seen[notebook.uri] = status
        self._context.frame_values.pop(notebook.uri, None)
        self._notify(notebook)
        if status.frame is not None:
            self._dirty.add(notebook.uri)
            self._task.wake()

    def closed(self, uri: str) -> None:
        """Forget a document that has been closed."""
        self._seen.pop(uri, None)
        self._dirty.discard(uri)
        self._context.frame_values.pop(uri, None)

    async def _query(self) -> None:
        while self._dirty:
            notebook = self._context.workspace.get(self._dirty.pop())
            names = [] if notebook is None else _names(notebook)
            if notebook is None or not names:
                continue
            status = notebook.debugging.status
            page = await query(notebook, ListVariables(only=names), VariablesPage)
            if not isinstance(page, VariablesPage) or notebook.debugging.status != status:
                continue  # Another frame is selected, or none.
            shown = (one for one in page.variables if one.type not in _NOT_SHOWN)
            values = {one.name: one.value or one.type for one in shown}
            self._context.frame_values[notebook.uri] = {
                name: values[name] for name in names if name in values
            }
            self._notify(notebook)


def _names(notebook: Notebook) -> list[str]:
    """Return the names that the line of the frame uses, in their order."""
    current = current_frame(notebook)
    if current is None or not current.inside:
        return []
    line = current.area.start.line
    placed = notebook.names.at(line)
    used = [use.name for use in placed.names.uses if placed.line + use.line == line]
    return list(dict.fromkeys(used))[:NAMES]
