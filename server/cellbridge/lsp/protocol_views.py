"""Conversion of cells, runs and outputs to the types of the custom protocol.

Owns the only conversion from our values to those of protocol. It must not decide what is sent, or
when.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cellbridge.core.output.escapes import label, lines
from cellbridge.core.output.output_mirror import kept_characters
from cellbridge.core.output.outputs import Display, Failure, Output, Stream
from cellbridge.core.output.preview import plain_text
from cellbridge.core.runs.agents import Scratch
from cellbridge.core.runs.debug_status import DebugStatus, Stop
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.lsp import protocol, status_text
from cellbridge.lsp.positions import Converter
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.traceback_locations import Place, places

_PREVIEW = 4000
"""The maximum number of characters per cell in a command's answer: about one screen."""


def cell(
    notebook: Notebook,
    views: Sequence[CellView],
    view: CellView,
    convert: Converter,
    sent: Sequence[Output] = (),
) -> protocol.Cell:
    """Return a cell with its run, and the difference of its outputs to those ``sent`` before."""
    keeps = _kept_lengths(sent, view.outputs)
    kept = len(keeps)
    pairs = zip(sent, keeps, view.outputs, strict=False)
    return protocol.Cell(
        id=view.id,
        index=view.index,
        kind=protocol.CellKind(view.cell.kind.value),
        title=label(view.cell.title),
        range=convert.lines(notebook.text, view.first_line, view.last_line),
        anchor=convert.end_of_line(notebook.text, view.hint_line),
        run=None if view.run is None else run(view.run),
        fresh=view.fresh,
        stale=view.stale,
        earlier_kernel=view.earlier_kernel,
        mark=view.mark,
        selections=[
            _selection(notebook, views, part, part.run, convert)
            for part in view.parts
            if part.run is not None
        ],
        kept_outputs=kept,
        extended=[
            _append(index, before, keep, now, convert)
            for index, (before, keep, now) in enumerate(pairs)
            if isinstance(before, Stream)
            and isinstance(now, Stream)
            and before is not now
            and before != now
        ],
        outputs=outputs(notebook, views, view, view.outputs[kept:], convert),
    )


def _selection(
    notebook: Notebook, views: Sequence[CellView], view: CellView, shown: Run, convert: Converter
) -> protocol.SelectionRun:
    """Return the run of selected lines with all its outputs."""
    assert view.part is not None  # noqa: S101 (the view of a part)
    first = view.hint_line - (view.part.last - view.part.first)
    return protocol.SelectionRun(
        range=convert.lines(notebook.text, first, view.hint_line),
        anchor=convert.end_of_line(notebook.text, view.hint_line),
        run=run(shown),
        fresh=view.fresh,
        stale="text" if view.stale is not None else None,
        mark=view.mark,
        outputs=outputs(notebook, views, view, view.outputs, convert),
    )


def run(run: Run) -> protocol.Run:
    """Return a run without its outputs."""
    waiting = run.waiting
    return protocol.Run(
        id=run.id,
        state=protocol.RunState(run.state.value),
        version=run.version,
        client=label(run.client),
        agent=run.agent,
        count=run.count,
        queued_at=run.queued_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        waiting=None
        if waiting is None
        else protocol.InputRequest(lines(waiting.prompt), waiting.password, waiting.number),
        truncated=run.truncated,
        note=label(run.note),
        interrupted=run.interrupted,
        exit_code=run.exit_code,
    )


def outputs(
    notebook: Notebook,
    views: Sequence[CellView],
    view: CellView,
    given: Sequence[Output],
    convert: Converter,
) -> list[protocol.Output]:
    """Return ``given`` outputs of a cell."""
    described: list[protocol.Output] = []
    for output in given:
        match output:
            case Stream():
                described.append(_text(output))
            case Display():
                described.append(_rich(output))
            case Failure():
                where = places(notebook, views, view, output.frames)
                frames = [_frame(notebook, place, convert) for place in where]
                described.append(
                    protocol.ErrorOutput(
                        "error", output.ename, output.evalue, list(output.traceback), frames
                    )
                )
    return described


def kernel(notebook: Notebook) -> protocol.Kernel:
    """Return the state of a notebook's kernel."""
    status = notebook.kernel
    name, language, message = map(label, (status.name, status.language, status.message))
    debugger = _debugger(notebook, status.debugger)
    return protocol.Kernel(status.state.value, name, language, message, debugger)


def _debugger(notebook: Notebook, status: DebugStatus) -> protocol.Debugger | None:
    if not status.client:
        return None
    stop = status.stopped
    return protocol.Debugger(label(status.client), stop and _stop(notebook, stop))


def _stop(notebook: Notebook, stop: Stop) -> protocol.DebugStop:
    path = Path(stop.path)
    own = bool(stop.cell) or not path.is_absolute() or path == notebook.path
    return protocol.DebugStop(
        reason=stop.reason,
        uri=notebook.uri if own else path.as_uri(),
        line=stop.line,
        cell=stop.cell,
        name=label(stop.name),
        text=label(stop.text),
        number=stop.number,
        place=label(status_text.stopped(stop, notebook.name)),
    )


def agents(notebook: Notebook) -> protocol.Agents:
    """Return the agents of a notebook's session, with their runs that have not ended."""
    status, runs = notebook.agents.status, notebook.agents.runs
    running = next((run for run in runs if run.state is RunState.RUNNING), None)
    return protocol.Agents(
        allowed=status.allowed,
        connected=[label(name) for name in status.connected],
        asking=[label(name) for name in status.asking],
        running="" if running is None else label(running.client),
        outside=running is not None and running.scratch is not Scratch.NONE,
        waiting=len(runs) - (running is not None),
    )


def result(run: Run, given: Sequence[Output]) -> protocol.CellResult:
    """Return the result of a run command for one run."""
    return protocol.CellResult(
        id=run.cell_id if run.part is None else "",
        state=protocol.RunState(run.state.value),
        count=run.count,
        duration=run.duration,
        text=plain_text(given, _PREVIEW),
    )


def _kept_lengths(sent: Sequence[Output], now: Sequence[Output]) -> list[int]:
    """Return the kept text length of each leading output that is unchanged or has grown."""
    keeps: list[int] = []
    for before, after in zip(sent, now, strict=False):
        keep = kept_characters(before, after)
        if keep is None and before is not after and before != after:
            break
        keeps.append(keep or 0)
    return keeps


def _append(
    index: int, before: Stream, keep: int, now: Stream, convert: Converter
) -> protocol.TextAppend:
    return protocol.TextAppend(
        output=index,
        text=now.text[keep:],
        chars=now.chars,
        lines=now.lines,
        drop=convert.units(before.text[keep:]),
        tail=now.tail,
    )


def _text(output: Stream) -> protocol.TextOutput:
    return protocol.TextOutput(
        "stream", output.name, output.text, output.chars, output.lines, output.tail
    )


def _rich(output: Display) -> protocol.RichOutput:
    kind = "display" if output.count is None else "result"
    shape = list(output.shape.lengths) if output.shape is not None else []
    return protocol.RichOutput(
        kind, output.data, output.metadata, output.count, output.omitted, shape
    )


def _frame(notebook: Notebook, place: Place, convert: Converter) -> protocol.TracebackFrame:
    if place.area is not None:
        area = convert.to_range(notebook.text, place.area)
        return protocol.TracebackFrame(place.frame.name, notebook.uri, area)
    # The text of another file is not read for this, so columns are unknown.
    start = convert.start_of(place.frame.line)
    return protocol.TracebackFrame(place.frame.name, place.uri, start)
