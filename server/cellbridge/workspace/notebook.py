# Size: all operations on one open document, mostly in methods of a few lines.
"""An open document as a notebook: its text, cells and ids, and the session's state of its cells.

Owns the text and the cells of one document, and the ids that tie outputs to cells. It must not know
the Language Server Protocol, and leaves the connection to the link.

Invariant: the text here is the editor's; the disk is never read. A run is bound to the text at the
time of its request.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.identity import Roster, recognise_again
from cellbridge.core.document.languages import Language
from cellbridge.core.document.text import Change, Range, Text, line_edit
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.core.runs.agents import OpenText, Scratch
from cellbridge.core.runs.runs import KernelState, KernelStatus, Run, RunRequest, RunState
from cellbridge.core.settings import OutputsConfig
from cellbridge.kernel.find.kernel_choice import Choice
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.session.client import SessionClient, TextMessage
from cellbridge.session.errors import SessionError
from cellbridge.session.messages import RecoveryResult, RunView, StoredCell
from cellbridge.workspace.agents import Agents
from cellbridge.workspace.cell_views import CellView, changed_cells
from cellbridge.workspace.debugging import Debugging
from cellbridge.workspace.kernel_requests import KernelRequests
from cellbridge.workspace.kernel_selection import KernelChooser
from cellbridge.workspace.orphaned_outputs import Orphan, find_orphans, reclaim_outputs
from cellbridge.workspace.output_quota import select_excess
from cellbridge.workspace.run_index import RunIndex, known_life
from cellbridge.workspace.run_requests import (
    cell_requests,
    scratch_request,
    selection_requests,
)
from cellbridge.workspace.session_link import SessionLink
from cellbridge.workspace.text_sharing import TextSharing

_ID_BYTES = 4
_WITHOUT_KERNEL = frozenset({KernelState.ABSENT, KernelState.STOPPED, KernelState.DEAD})
"""The states in which a kernel has to be started."""


class WorkspaceListener(Protocol):
    """A listener to changes in open notebooks; called on the loop, at the session's pace."""

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None:
        """React to changed runs, outputs or freshness of these cells."""
        ...

    def kernel_changed(self, notebook: Notebook) -> None:
        """React to a change of the kernel's status or the session's notices."""
        ...

    def outputs_forgotten(self, notebook: Notebook, cells: int) -> None:
        """React to the removal of outputs of ``cells`` removed cells, which took too much space."""
        ...

    def file_refused(self, notebook: Notebook, refused: Refusal) -> None:
        """React to a file near the script that is not used: another user could have written it."""
        ...


class Notebook(KernelRequests):
    """One open document. Created by `cellbridge.workspace.workspace.Workspace.open`."""

    def __init__(
        self,
        uri: str,
        name: str,
        path: Path | None,
        language: Language,
        listener: WorkspaceListener,
    ) -> None:
        self.uri = uri
        self.name = name
        """The name for users and tracebacks: the path, or the document's name if it has no path."""
        self.path = path
        self.language = language
        self.version = 0
        self.edited_at = 0.0
        """Seconds since the epoch of the last edit."""
        self.text = Text.of("")
        self._roster = _fresh_roster(parse(self.text, language))
        self._names = ScriptNames.of(self.cells)
        self.limit = OutputsConfig().limit
        """Megabytes on disk beyond which outputs of removed cells are forgotten."""
        self.follows = False
        """True if its text is another client's, may be older, and may lack cells with outputs."""
        self._listener = listener
        self._cell_of_run: dict[str, str] = {}
        self._id_changes: dict[str, str] = {}
        self._index: RunIndex | None = None
        self._life: str | None = None

    def bind(self, link: SessionLink, kernels: KernelChooser) -> None:
        """Connect the notebook to its session and its kernel; once, before any other call."""
        self._link = link
        self.kernels = kernels
        self.debugging = Debugging(link, self)
        self.agents = Agents(link)
        self.sharing = TextSharing(link, self)

    # --- the text ---------------------------------------------------------------------------------

    def load(self, version: int, content: str) -> None:
        """Take the document's text when it is opened."""
        self.version = version
        self.text = Text.of(content)
        self._roster = _fresh_roster(parse(self.text, self.language))
        self._names = ScriptNames.of(self.cells)

    def edit(self, version: int, changes: Sequence[Change]) -> None:
        """Apply the editor's changes, in order."""
        cells = self._apply(changes)
        # Once for all changes: a moved cell is removed by one of them and comes back in another.
        roster = reclaim_outputs(self._roster.after(cells, _new_cell_id), self._runs_by_cell)
        self.edited_at = time.time()
        self._take(version, roster)

    def take_text(self, text: OpenText) -> None:
        """Take the text of the script and the ids of its cells, as its session has them."""
        cells, ids = self._apply([Change(None, text.content)]), tuple(text.ids)
        if len(cells) == len(ids) == len({*ids}):
            self._take(self.version + 1, Roster(cells, ids))
        else:  # The session reads the cells of this document in another language.
            self._take(self.version + 1, self._roster.after(cells, _new_cell_id))

    def take_file(self, content: str) -> None:
        """Take the text of the file, which has changed; its cells keep their ids."""
        roster = self._roster.after(self._apply([Change(None, content)]), _new_cell_id)
        self._take(self.version + 1, reclaim_outputs(roster, self._runs_by_cell))

    def _apply(self, changes: Sequence[Change]) -> Cells:
        """Change the text; return its cells. The caller has to give them ids."""
        cells = self.cells
        for change in changes:
            text = self.text.apply(change)
            lines = line_edit(self.text, change, text)
            cells = cells.apply_edit(text, lines.first, lines.removed, lines.inserted)
            self.text = text
        return cells

    def _take(self, version: int, roster: Roster) -> None:
        before, self._roster, self.version = self._roster, roster, version
        self.debugging.text_changed()
        self.sharing.text_changed()
        edited = changed_cells(before.ids, before.cells, self.ids, self.cells)
        if changed := frozenset(cell_id for cell_id in edited if cell_id in self._runs_by_cell):
            self._listener.cells_changed(self, changed)

    async def follow_text(self, content: str) -> OpenText:
        """Take the present text of the script, of which ``content`` is the text of the file.

        Raises:
            SessionError: the session cannot be started, or does not answer.
        """
        text = await (await self._link.connect()).get_text(content)
        self.take_text(text)
        return text

    @property
    def cells(self) -> Cells:
        """The cells of the present text."""
        return self._roster.cells

    @property
    def names(self) -> ScriptNames:
        """The names that the present text defines, brought up to date where it has changed."""
        if self._names.cells is not self.cells:
            self._names = self._names.after(self.cells)
        return self._names

    def names_of(self, cells: Cells) -> ScriptNames:
        """Return the names of the present text, or of an earlier one by its cells."""
        return self.names if cells is self.cells else self._names.after(cells)

    @property
    def ids(self) -> tuple[str, ...]:
        """The id of each cell, in order."""
        return self._roster.ids

    # --- the state of the cells -------------------------------------------------------------------

    @property
    def kernel(self) -> KernelStatus:
        """The kernel's status."""
        return self._link.kernel

    @property
    def silent(self) -> bool:
        """True while there is a session that does not answer."""
        return self._link.silent

    @property
    def notices(self) -> Sequence[str]:
        """Sentences about the session and its store, each to be shown once."""
        return [*self._link.notices.store, *self._link.notices.kernel]

    @property
    def store_notices(self) -> Sequence[str]:
        """The subset of `notices` about outputs that are not stored or not readable."""
        return self._link.notices.store

    @property
    def has_session(self) -> bool:
        """True while a session is known to run."""
        return self._link.has_session

    @property
    def refusal(self) -> str:
        """The reason why the session has ended the connection to this client; else empty."""
        return self._link.refusal

    async def kernel_choice(self) -> Choice:
        """Return the kernel that this notebook would run in, and why."""
        return await self.kernels.choose(self.text)

    def views(self) -> tuple[CellView, ...]:
        """Return the view of every cell, in order."""
        return self._runs_by_cell.views(self.cells, self.ids)

    def views_with_runs(self) -> tuple[CellView, ...]:
        """Return the views of the cells that have runs, in order."""
        return self._runs_by_cell.views_with_runs(self.cells, self.ids)

    @property
    def last_ended(self) -> float:
        """The time at which a run of a present cell has ended last; 0 if none has."""
        return max((view.last_ended for view in self.views_with_runs()), default=0.0)

    def view(self, index: int) -> CellView:
        """Return the view of the cell at ``index``."""
        return self._runs_by_cell.view(self.cells, index, self.ids)

    def orphans(self) -> list[Orphan]:
        """Return the kept outputs of removed cells, the latest first."""
        return find_orphans(self._runs_by_cell, self.ids)

    def index_at(self, line: int) -> int:
        """Return the index of the cell that holds ``line``."""
        return self.cells.at(line)

    @property
    def runs(self) -> Mapping[str, Run]:
        """The session's runs by id, oldest first; also those of removed cells and of other code."""
        return self._link.runs

    def run_views(self, run_ids: Sequence[str]) -> list[RunView]:
        """Return these runs with their bounded outputs; those that no longer exist are left out."""
        known, outputs = self._link.runs, self._link.outputs
        return [
            RunView(known[run_id], list(outputs.get(run_id, ())))
            for run_id in run_ids
            if run_id in known
        ]

    # --- running ----------------------------------------------------------------------------------

    async def run(self, indexes: Sequence[int], *, stop_on_entry: bool = False) -> list[RunView]:
        """Run the code cells among ``indexes``, in order; return when all have ended.

        Cancelling the call does not cancel the runs. With ``stop_on_entry``, a debugger that is
        attached stops before the first statement of the first cell.

        Raises:
            SessionError: the session or the kernel cannot be started.
        """
        return await self._run(cell_requests(self, indexes), stop_on_entry=stop_on_entry)

    async def run_selection(self, area: Range) -> list[RunView]:
        """Run the whole lines that ``area`` touches; cells that it covers run as cells.

        Raises:
            SessionError: the session or the kernel cannot be started.
        """
        return await self._run(selection_requests(self, area))

    async def start_cells(self, indexes: Sequence[int]) -> list[str]:
        """Queue the code cells among ``indexes``, in order; return the ids of their runs.

        Raises:
            SessionError: the session or the kernel cannot be started.
        """
        return await self._queue(cell_requests(self, indexes))

    async def start_code(self, code: str, scratch: Scratch) -> str:
        """Queue code that is not in the script; return the id of its run.

        Raises:
            SessionError: the session or the kernel cannot be started.
        """
        [run_id] = await self._queue([scratch_request(code, scratch)])
        return run_id

    async def restart(self) -> None:
        """Restart the session's kernel; return when it is ready.

        Raises:
            SessionError: it cannot be started.
        """
        start = await self.kernels.start(self.text)
        client = await self._link.connect()
        await client.restart(**start)

    async def warm(self, *, again: bool = False) -> None:
        """Start the kernel before the first cell needs it; with ``again``, also one that ended.

        Raises:
            SessionError: the session cannot be started.
        """
        start = await self.kernels.start(self.text)
        client = await self._link.connect(start)
        if client.kernel.state in (_WITHOUT_KERNEL if again else {KernelState.ABSENT}):
            await client.warm(**start)

    async def clear_outputs(self, indexes: Sequence[int] | None) -> None:
        """Remove the present outputs of these cells; None for all, including removed cells."""
        ids = None if indexes is None else [self.ids[index] for index in indexes]
        await self._link.ready()
        runs = self._runs_of(None if ids is None else self._current_ids(ids))
        await self.clear_runs(runs, everything=indexes is None)

    async def clear_runs(self, run_ids: Sequence[str], *, everything: bool = False) -> None:
        """Remove the outputs of these runs, but of no later runs of their cells.

        ``everything``: remove the history of plots and unreadable parts of the store too.
        """
        if run_ids or (everything and (self.store_notices or await self.plots.exist())):
            await (await self._link.connect()).clear_outputs(run_ids, everything=everything)

    async def clear_orphans(self) -> None:
        """Remove the kept outputs of removed cells."""
        await self.clear_runs(self._runs_of([one.cell_id for one in self.orphans()]))

    async def recover_outputs(self) -> RecoveryResult:
        """Restore the readable outputs of damaged stores that were put aside.

        Raises:
            SessionError: the session cannot be started, or cannot store.
        """
        return await (await self._link.connect()).recover_outputs()

    @property
    def store(self) -> Path:
        """The file in which the outputs are stored."""
        return self._link.location.store

    async def store_cells(self) -> None:
        """Store the present cells if a session runs, and the text is this client's own."""
        if not self.follows and (client := self._link.client) is not None and client.connected:
            pairs = zip(self.ids, self.cells, strict=True)
            await client.store_cells([StoredCell(id_, cell.slice) for id_, cell in pairs])

    # --- events of the link -----------------------------------------------------------------------

    def content(self) -> str:
        """See `cellbridge.workspace.session_link.LinkListener`."""
        return self.text.content

    def stored_cells_read(self, stored: Sequence[StoredCell]) -> None:
        """Assign to the cells the ids under which they were stored."""
        self._index = None
        before = self.ids
        if stored:
            known = [(cell.id, cell.source) for cell in stored]
            found = recognise_again(known, self.cells, before, _new_cell_id)
            self._roster = Roster(self.cells, found)
        self._roster = reclaim_outputs(self._roster, self._runs_by_cell)
        changes = dict(zip(before, self.ids, strict=True))
        self._id_changes = {old: changes.get(id_, id_) for old, id_ in self._id_changes.items()}
        self._id_changes |= changes

    def runs_changed(self, runs: frozenset[str] | None, *, kernel: bool) -> None:
        """Notify the listener of the changed cells."""
        known = self._link.runs
        before = self._cell_of_run
        changed = known.keys() if runs is None else runs
        shown = {known[run].cell_id for run in changed if run in known}
        if runs is None:
            self._cell_of_run = {run.id: run.cell_id for run in known.values()}
            cells = frozenset(before.values()) | frozenset(self._cell_of_run.values())
        else:
            before.update((run, known[run].cell_id) for run in runs if run in known)
            cells = frozenset(before[run] for run in runs if run in before)
            for run in runs - known.keys():
                before.pop(run, None)
        life, self._life = self._life, known_life(self.kernel)
        if life != self._life:  # Each run is now of the present kernel, or of an earlier one.
            cells |= frozenset(self._cell_of_run.values())
        if self._index is not None:
            self._index = self._index.with_changes(
                known.values(), self._link.outputs, cells, self._life
            )
        if shown.difference(self.ids, [""]):
            # A client that edited the script at the same time has given a cell another id.
            self._roster = reclaim_outputs(self._roster, self._runs_by_cell)
        if cells:
            self._listener.cells_changed(self, cells)
        if kernel:
            self.debugging.kernel_changed()
            self.sharing.session_changed()
            self.session_changed()
            self._listener.kernel_changed(self)

    def text_message(self, client: SessionClient, message: TextMessage) -> None:
        """See `cellbridge.workspace.session_link.LinkListener`."""
        self.sharing.take(client, message)

    # --- inside -----------------------------------------------------------------------------------

    @property
    def _runs_by_cell(self) -> RunIndex:
        if self._index is None:
            self._index = RunIndex(self._link.runs.values(), self._link.outputs, self._life)
        return self._index

    async def _run(
        self, requests: Sequence[RunRequest], *, stop_on_entry: bool = False
    ) -> list[RunView]:
        run_ids = await self._queue(requests, stop_on_entry=stop_on_entry)
        return await self.finish(run_ids) if run_ids else []

    async def _queue(
        self, requests: Sequence[RunRequest], *, stop_on_entry: bool = False
    ) -> list[str]:
        if not requests:
            return []
        kernel = self._link.kernel
        lives = kernel.id and kernel.state in {KernelState.IDLE, KernelState.BUSY}
        start = await self.kernels.start(self.text, kernel.id if lives else "")
        client = await self._link.connect(start)
        final = [
            msgspec.structs.replace(request, cell_id=self._current_ids([request.cell_id])[0])
            for request in requests
        ]
        await self.debugging.before_run(client)
        await self.sharing.before_run(client)
        run_ids = await client.execute(final, **start, stop_on_entry=stop_on_entry)
        if any(request.cell_id for request in final):
            await self.store_cells()
        return run_ids

    async def finish(self, run_ids: Sequence[str]) -> list[RunView]:
        """Wait until these runs have ended; return those that still exist.

        Raises:
            SessionError: the session or the kernel has ended before.
        """
        for run_id in run_ids:
            await self._link.wait_for_run(run_id)
        if (client := self._link.client) is not None:
            await self._make_room(client)
        runs = self.run_views(run_ids)
        never_ran = all(view.run.state is RunState.CANCELLED for view in runs)
        status = self._link.kernel
        if runs and never_ran and status.state is KernelState.DEAD and status.message:
            raise SessionError(status.message)
        return runs

    async def _make_room(self, client: SessionClient) -> None:
        kept, runs = [] if self.follows else self.orphans(), self._link.runs.values()
        excess = await select_excess(self.store, kept, runs, self.limit)
        if excess.runs:
            await client.clear_outputs(excess.runs)
        if excess.cells:
            self._listener.outputs_forgotten(self, excess.cells)

    def _runs_of(self, cell_ids: Sequence[str] | None) -> list[str]:
        """Return the present runs of these cells, or of all."""
        wanted = None if cell_ids is None else set(cell_ids)
        runs = self._link.runs.values()
        return [run.id for run in runs if wanted is None or run.cell_id in wanted]

    def _current_ids(self, ids: Sequence[str]) -> list[str]:
        """Translate ids from before the stored cells were recognised to the present ones."""
        return [self._id_changes.get(cell_id, cell_id) for cell_id in ids]


def _fresh_roster(cells: Cells) -> Roster:
    # Random bytes of the system for all at once: for thousands of cells, they take a while.
    digits = secrets.token_hex(_ID_BYTES * len(cells))
    size = 2 * _ID_BYTES
    return Roster(cells, tuple(digits[at : at + size] for at in range(0, len(digits), size)))


def _new_cell_id() -> str:
    """Return a new cell id: eight characters, as nbformat 4.5 allows."""
    return secrets.token_hex(_ID_BYTES)
