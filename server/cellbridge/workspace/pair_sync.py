"""Open scripts and their notebooks: kept in step on disk, with the outputs of the session.

Owns which runs a notebook holds already, and the process that does the work. What it is to be in
step belongs to `cellbridge.notebooks.sync`. It must not read or write a file itself.
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
class _Known:
    """What is known of one script."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: bool = False
    written: dict[str, str] = field(default_factory=dict[str, str])
    """The run whose outputs its notebook holds, by cell id."""
    problem: str = ""
    """Why its notebook could not be kept in step, as reported last."""


class Keeper:
    """Keeps the notebooks of the scripts that are open here."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def forget(self, uri: str) -> None:
        """Let go of a script that was closed."""
        self._known.pop(uri, None)

    async def saved(self, notebook: Notebook) -> SyncResult:
        """Bring the notebook of a script that was saved up to date, if it is kept in step."""
        known = self._known.setdefault(notebook.uri, _Known())
        if known.waiting:
            return SyncResult()  # bounded: whoever waits already will find this save on disk too
        known.waiting = known.lock.locked()
        async with known.lock:
            known.waiting = False
            return await self._keep(notebook, known, "save", None)

    def is_news(self, uri: str, problem: str) -> bool:
        """Tell whether a problem with saving differs from the last one; remembers it."""
        known = self._known.setdefault(uri, _Known())
        before, known.problem = known.problem, problem
        return problem != before

    async def convert(
        self, notebook: Notebook, purpose: Purpose, take: Take | None = None
    ) -> SyncResult:
        """Make a notebook of an open script, or bring it up to date."""
        known = self._known.setdefault(notebook.uri, _Known())
        async with known.lock:
            return await self._keep(notebook, known, purpose, take)

    async def _keep(
        self, notebook: Notebook, known: _Known, purpose: Purpose, take: Take | None
    ) -> SyncResult:
        if notebook.path is None:
            return SyncResult(problem=f"{notebook.name} is in no file yet; save it first.")
        # Text and cells of one moment; what is fetched afterwards belongs to runs, not to the text.
        stamp, views = digest(notebook.text.content), notebook.views()
        runs, written = await _runs(notebook, views, known.written)
        answer = await ask(SyncRequest(str(notebook.path), purpose, take, stamp, runs))
        if answer.notebook and not answer.problem:
            known.written = written
        return answer


async def _runs(
    notebook: Notebook, views: tuple[CellView, ...], before: dict[str, str]
) -> tuple[list[ExecutedRun], dict[str, str]]:
    """Return what the notebook does not hold yet, and what it will hold then."""
    runs: list[ExecutedRun] = []
    written: dict[str, str] = {}
    for view in views:
        run = view.shown
        if run is None or not run.state.final:
            if run is None and view.id in before:
                runs.append(ExecutedRun(view.index, []))  # the outputs were cleared
            continue
        written[view.id] = run.id
        if before.get(view.id) != run.id:
            runs.append(ExecutedRun(view.index, await notebook.fetch_outputs(run.id), run.count))
    return runs, written


async def ask(wish: SyncRequest) -> SyncResult:
    """Have a process of its own do what is wished, and return its answer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cellbridge.notebooks.sync_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
    )
    try:
        said, complaint = await process.communicate(msgspec.json.encode(wish))
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    with contextlib.suppress(msgspec.MsgspecError):
        return msgspec.json.decode(said, type=SyncResult)
    log.error("The process that keeps notebooks ended: %s", complaint.decode(errors="replace"))
    name = Path(wish.path).name
    return SyncResult(
        problem=f"The notebook of {name} could not be written; the server's log says why."
    )
