"""The cells that ``launch`` runs: which ones, their outputs on the debug console, and their end.

Owns the run of cells and the answers to their requests for input. It must not know breakpoints or
the order of requests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cellbridge.core.document.cells import CellKind
from cellbridge.core.runs.runs import InputRequest, Run, RunState
from cellbridge.dap.arguments import ArgumentError, Options
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.output_printer import Screen

Event = Callable[[str, dict[str, Any]], None]
"""Sends an event with this name and body to the client."""


def cells_of(notebook: Notebook, options: Options) -> list[int]:
    """Return the places of the cells that are to run, in order.

    Raises:
        ArgumentError: one of them does not exist, or none of them has code.
    """
    count = len(notebook.cells)
    if options.cells == "all":
        chosen = list(range(count))
    elif options.cells == "toCursor":
        last = min(max(0, options.line - 1), len(notebook.text.lines) - 1)
        chosen = list(range(notebook.index_at(last) + 1))
    else:
        places = {cell_id: place for place, cell_id in enumerate(notebook.ids)}
        places |= {place: place for place in range(count)}  # pyright: ignore[reportAssignmentType]
        if unknown := [cell for cell in options.cells if cell not in places]:
            raise ArgumentError(
                f"{_name(notebook)} has {count} cells, and none is {unknown[0]!r}; save the "
                "script, and count its cells from 0."
            )
        chosen = sorted({places[cell] for cell in options.cells})
    cells = ((at, notebook.cells[at]) for at in chosen)
    with_code = [at for at, cell in cells if cell.kind is CellKind.CODE and cell.source.strip()]
    if not with_code:
        raise ArgumentError(f"{_name(notebook)} has no code to run there.")
    return with_code


class _Console:
    """One of the debug console's categories as a file."""

    def __init__(self, category: str, event: Event) -> None:
        self._category, self._event = category, event

    def write(self, text: str, /) -> None:
        self._event("output", {"category": self._category, "output": text})

    def flush(self) -> None:
        """Do nothing: everything is sent at once."""

    def isatty(self) -> bool:
        return False


class LaunchedCells:
    """One run of some cells, and its outputs on the debug console."""

    def __init__(self, notebook: Notebook, cells: list[int], event: Event, client: str) -> None:
        self._notebook, self._cells, self._event, self._client = notebook, cells, event, client
        self._screen = Screen(_Console("stdout", event), _Console("stderr", event))
        self._earlier = frozenset(run.id for run in self._present())
        self._ended: set[str] = set()
        self._current = ""
        self._prompted: tuple[str, int] = ("", 0)

    async def run(self, *, stop_on_entry: bool) -> None:
        """Run the cells to their end or to the first failure; then report their exit."""
        try:
            views = await self._notebook.run(self._cells, stop_on_entry=stop_on_entry)
        except SessionError as error:
            self._event("output", {"category": "important", "output": f"{error}\n"})
            self._event("exited", {"exitCode": 1})
            return
        self.show()
        self._event("exited", {"exitCode": _exit_code([view.run for view in views])})

    def show(self) -> None:
        """Send the new outputs of the cells' runs to the console."""
        for at in self._cells:
            view = self._notebook.view(at)
            run = view.shown
            if run is None or not self._is_new(run) or run.id in self._ended:
                continue
            if run.id != self._current:
                self._screen.begin()
                self._current = run.id
            ended = run.state.final
            if not self._screen.show(view.outputs, ended=ended):
                skipped = self._screen.skip_middle(view.outputs)
                text = f"\n[{skipped:,} characters are left out; the cell's outputs have them]\n"
                self._event("output", {"category": "important", "output": text})
                self._screen.show(view.outputs, ended=ended)
            if run.waiting is not None:
                self._prompt(run, run.waiting)
            if ended:
                self._ended.add(run.id)

    @property
    def waiting(self) -> str:
        """The id of the run that waits for a line of input; empty if none does."""
        runs = (run for run in self._present() if self._is_new(run) and run.waiting is not None)
        return next((run.id for run in runs), "")

    def _present(self) -> list[Run]:
        views = (self._notebook.view(at) for at in self._cells)
        return [view.shown for view in views if view.shown is not None]

    def _is_new(self, run: Run) -> bool:
        return run.id not in self._earlier and run.client == self._client

    def _prompt(self, run: Run, request: InputRequest) -> None:
        if self._prompted != (run.id, request.number):
            self._prompted = (run.id, request.number)
            self._screen.prompt(request.prompt)


def _exit_code(runs: list[Run]) -> int:
    """Return the exit code of a process that had run the cells."""
    for run in runs:
        if run.exit_code is not None:
            return run.exit_code
    return 0 if all(run.state is RunState.OK for run in runs) else 1


def _name(notebook: Notebook) -> str:
    return notebook.path.name if notebook.path is not None else notebook.name
