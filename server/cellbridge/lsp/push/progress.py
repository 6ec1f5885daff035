"""Work-done progress for running notebooks; Cancel interrupts the kernel.

Owns the progress of each notebook. There are two kinds of token: the server's own, one for each
time that a notebook becomes busy, and those of run commands. Both show the same text.

    runs     ──queued──running────────ended──
    own        (a quarter second) begin…report…end      only if it takes longer
    request    begin…report……………………………end  answer
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Generator
from dataclasses import dataclass, field

from lsprotocol import types as lsp

from cellbridge.core.output.escapes import label
from cellbridge.core.output.preview import shorten
from cellbridge.core.runs.agents import Scratch
from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.lsp import status_text
from cellbridge.lsp.context import Context
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook

_OUTSIDE = "code outside the script"
"""The place of the code that an agent runs without a cell."""
_DELAY = 0.25
"""Seconds that a run takes before its progress is shown."""


@dataclass(slots=True)
class _Busy:
    """One notebook while cells are running in it."""

    notebook: Notebook
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Progress:
    """The progress of all notebooks of one editor."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._busy: dict[str, _Busy] = {}
        self._tokens: dict[lsp.ProgressToken, Notebook] = {}
        self._said: dict[lsp.ProgressToken, str] = {}
        self._numbers = itertools.count(1)

    def update(self, notebook: Notebook) -> None:
        """Handle changed runs of a notebook."""
        said = _activity(self._context, notebook)
        for token, owner in self._tokens.items():
            if owner is notebook:
                self._report(token, said)
        busy = self._busy.get(notebook.uri)
        if not said:
            if busy is not None:
                del self._busy[notebook.uri]
                busy.over.set()
        elif busy is None and self._context.client.progress:
            self._busy[notebook.uri] = busy = _Busy(notebook)
            self._context.background.begin(self._follow(busy))

    def closed(self, uri: str) -> None:
        """End the progress of a document that has been closed."""
        if busy := self._busy.pop(uri, None):
            busy.over.set()

    @contextlib.contextmanager
    def of_request(self, token: lsp.ProgressToken | None, notebook: Notebook) -> Generator[None]:
        """Report progress under a request's token, if it has one, until the request is answered."""
        if token is None:
            yield
            return
        self._begin(token, notebook)
        try:
            yield
        finally:
            self._end(token)

    async def cancelled(self, params: lsp.WorkDoneProgressCancelParams) -> None:
        """Interrupt the running cell, because the user pressed Cancel."""
        notebook = self._tokens.get(params.token)
        if notebook is not None:
            await notebook.interrupt()

    async def _follow(self, busy: _Busy) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DELAY):
                await busy.over.wait()
        if busy.over.is_set():
            return
        token = f"cellbridge-run-{next(self._numbers)}"
        await self._context.editor.request(
            lsp.WINDOW_WORK_DONE_PROGRESS_CREATE, lsp.WorkDoneProgressCreateParams(token)
        )
        if busy.over.is_set():
            return
        self._begin(token, busy.notebook)
        try:
            await busy.over.wait()
        finally:
            self._end(token)

    def _begin(self, token: lsp.ProgressToken, notebook: Notebook) -> None:
        said = _activity(self._context, notebook)
        self._tokens[token] = notebook
        self._said[token] = said
        title = label(notebook.path.name if notebook.path else notebook.name)
        self._context.editor.progress(
            token, lsp.WorkDoneProgressBegin(title, cancellable=True, message=said or None)
        )

    def _report(self, token: lsp.ProgressToken, said: str) -> None:
        if said and said != self._said.get(token):
            self._said[token] = said
            report = lsp.WorkDoneProgressReport(cancellable=True, message=said)
            self._context.editor.progress(token, report)

    def _end(self, token: lsp.ProgressToken) -> None:
        self._tokens.pop(token, None)
        self._said.pop(token, None)
        self._context.editor.progress(token, lsp.WorkDoneProgressEnd())


def _place(notebook: Notebook, view: CellView) -> str:
    title = f" · {shorten(view.cell.title, 40)}" if view.cell.title else ""
    return f"cell {view.index + 1} of {len(notebook.cells)}{title}"


def _activity(context: Context, notebook: Notebook) -> str:
    """Return a short text about running and queued cells; empty if no cell is active."""
    views = notebook.views_with_runs()
    active = [(_place(notebook, view), run) for view in views if (run := view.active) is not None]
    active += [(_OUTSIDE, run) for run in notebook.agents.runs if run.scratch is not Scratch.NONE]
    if not active:
        return ""
    running = [(place, run) for place, run in active if run.state is RunState.RUNNING]
    queued = len(active) - len(running)
    said: list[str] = []
    if notebook.kernel.state in {KernelState.STARTING, KernelState.RESTARTING}:
        said.append("starting the kernel")
    if notebook.silent:
        said.append("the session does not answer")
    for place, run in running[:1]:
        said.append(" · ".join(filter(None, (place, status_text.author(run)))))
        if stop := status_text.stop_text(notebook):
            said.append(stop)
        elif run.waiting is not None:
            said.append("waits for input")
        elif time := status_text.running(run, context.now()):
            said.append(time)
    if notebook.uri in context.silent and running:
        said.append("in a long native call; the kernel cannot answer")
    if queued:
        said.append(f"{queued} queued")
    return ", ".join(said)
