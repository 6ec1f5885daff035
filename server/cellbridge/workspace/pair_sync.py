"""The synchronisation of open scripts with their notebooks on disk, with the session's outputs.

Owns the set of runs that a notebook already contains, and the process that does the work.
`cellbridge.notebooks.sync` defines when a pair is in sync. It must not read or write a file itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from cellbridge.core.percent.source_style import digest
from cellbridge.notebooks.sync_process import ExecutedRun, SyncRequest, SyncResult
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook

log = logging.getLogger(__name__)

Purpose = Literal["save", "notebook", "script"]
Take = Literal["script", "notebook"]


@dataclass(slots=True)
class _SyncState:
    """The state of one script's synchronisation."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: bool = False
    written: dict[str, str] = field(default_factory=dict[str, str])
    """The run whose outputs its notebook contains, by cell id."""
    problem: str = ""
    """The last reported reason why its notebook could not be synchronised."""


class PairSync:
    """Synchronises the notebooks of the open scripts."""

    def __init__(self) -> None:
        self._states: dict[str, _SyncState] = {}

    def forget(self, uri: str) -> None:
        """Drop the state of a script that was closed."""
        self._states.pop(uri, None)

    async def sync_saved(self, notebook: Notebook) -> SyncResult:
        """Update the notebook of a script that was saved, if the two are kept in sync."""
        known = self._states.setdefault(notebook.uri, _SyncState())
        if known.waiting:
            return (
                SyncResult()
            )  # Bounded: the call that already waits will find this save on disk too.
        known.waiting = known.lock.locked()
        async with known.lock:
            known.waiting = False
            return await self._keep(notebook, known, "save", None)

    def is_new_problem(self, uri: str, problem: str) -> bool:
        """Return True if a problem with saving differs from the last one; store it."""
        known = self._states.setdefault(uri, _SyncState())
        before, known.problem = known.problem, problem
        return problem != before

    async def convert(
        self, notebook: Notebook, purpose: Purpose, take: Take | None = None
    ) -> SyncResult:
        """Create the notebook of an open script, or update it."""
        known = self._states.setdefault(notebook.uri, _SyncState())
        async with known.lock:
            return await self._keep(notebook, known, purpose, take)

    async def _keep(
        self, notebook: Notebook, known: _SyncState, purpose: Purpose, take: Take | None
    ) -> SyncResult:
        if notebook.path is None:
            return SyncResult(problem=f"{notebook.name} has no file yet; save it first.")
        # Text and cells of one moment; later fetches belong to runs, not to the text.
        stamp, views = digest(notebook.text.content), notebook.views()
        runs, written = await _runs(notebook, views, known.written)
        kernel = (await notebook.kernel_choice()).id or ""
        answer = await run_sync_process(
            SyncRequest(str(notebook.path), purpose, take, stamp, runs, kernel)
        )
        if answer.notebook and not answer.problem:
            known.written = written
        return answer


async def _runs(
    notebook: Notebook, views: tuple[CellView, ...], before: dict[str, str]
) -> tuple[list[ExecutedRun], dict[str, str]]:
    """Return the runs that the notebook does not contain yet, and those it will contain then."""
    runs: list[ExecutedRun] = []
    written: dict[str, str] = {}
    for view in views:
        run = view.shown
        if run is None or not run.state.final:
            if run is None and view.id in before:
                runs.append(ExecutedRun(view.index, []))  # The outputs were cleared.
            continue
        written[view.id] = run.id
        if before.get(view.id) != run.id:
            runs.append(ExecutedRun(view.index, await notebook.fetch_outputs(run.id), run.count))
    return runs, written


async def run_sync_process(wish: SyncRequest) -> SyncResult:
    """Carry out a request in a separate process, and return its answer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cellbridge.notebooks.sync_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
    )
    try:
        output, errors = await process.communicate(msgspec.json.encode(wish))
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    with contextlib.suppress(msgspec.MsgspecError):
        return msgspec.json.decode(output, type=SyncResult)
    log.error("The process that keeps notebooks ended: %s", errors.decode(errors="replace"))
    name = Path(wish.path).name
    return SyncResult(problem=f"The notebook of {name} could not be written; see the server's log.")
