"""Diagnostics for the errors of cells on the failing lines, and optional further diagnostics.

Owns what is reported: for each cell whose last run failed, the innermost frame in the cell itself,
with the other frames as related information. A diagnostic follows its line through edits. It is
removed when that line is edited, the cell runs again or its outputs are cleared. The error of a
kernel that reports no frames is shown on the cell's last line of code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types as lsp

from cellbridge.core.output.escapes import lines, strip_ansi
from cellbridge.core.output.outputs import Failure
from cellbridge.core.output.preview import failure_line, shorten
from cellbridge.core.python.distributions import distribution_of, missing_module
from cellbridge.core.runs.runs import RunState
from cellbridge.lsp import status_text
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.code_problems import problems_of
from cellbridge.lsp.features.current_frame import frame_diagnostics, frame_hints
from cellbridge.lsp.features.debug_hints import debug_hints
from cellbridge.lsp.features.python_warnings import warnings_of
from cellbridge.lsp.features.type_problems import type_problems_of
from cellbridge.lsp.positions import Converter
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.traceback_locations import Place, last_failure, places

_MESSAGE_LIMIT = 2000
_FRAMES = 20
"""The maximum number of frames that are listed, starting from the innermost."""


def diagnostics(context: Context, notebook: Notebook) -> list[lsp.Diagnostic]:
    """Return all diagnostics of a document."""
    settings = context.config.diagnostics
    views = [shown for view in notebook.views_with_runs() for shown in view.with_parts]
    found = [
        result
        for view in views
        if settings.results and (result := _result(context, notebook, view)) is not None
    ]
    found += frame_diagnostics(context, notebook)
    if settings.results:
        values = (*frame_hints(context, notebook), *debug_hints(context, notebook))
        found += [_hint(context, notebook, line, text) for line, text in values]
    if settings.warnings:
        found += warnings_of(context, notebook, views)
    errors = list(_errors(context, notebook, views)) if settings.errors else []
    found += errors
    found += problems_of(context, notebook, {error.range.start.line for error in errors})
    return [*found, *type_problems_of(context, notebook, found)]


def _errors(
    context: Context, notebook: Notebook, views: Sequence[CellView]
) -> Iterator[lsp.Diagnostic]:
    """Return the errors that ended the cells' last runs."""
    for view in views:
        run = view.shown
        # The user's own interrupt is not an error of the code.
        if run is None or run.state is not RunState.ERROR or run.interrupted:
            continue
        failure = last_failure(view)
        report = failure and _report(context.convert, notebook, views, view, failure)
        if report is not None:
            if run.note:
                report.message = f"{report.message}\n{run.note}"
            yield report if context.client.related_information else _inline_related(report)


def _result(context: Context, notebook: Notebook, view: CellView) -> lsp.Diagnostic | None:
    """Return the result that is usually the cell's hint; None if its error is a diagnostic."""
    run = view.run
    failed = run is not None and run.state is RunState.ERROR and not run.interrupted
    if run is None or (failed and context.config.diagnostics.errors):
        return None
    limit, now, stop = (
        context.config.hints.max_length,
        context.now(),
        status_text.stop_text(notebook),
    )
    said = status_text.hint(run, view.outputs, mark=view.mark, limit=limit, now=now, stop=stop)
    return _hint(context, notebook, view.hint_line, said)


def _hint(context: Context, notebook: Notebook, line: int, said: str) -> lsp.Diagnostic:
    """Return a text at the end of a line."""
    end = context.convert.end_of_line(notebook.text, line)
    severity = lsp.DiagnosticSeverity.Hint
    # It has no source, because editors would show it in front of each result.
    return lsp.Diagnostic(lsp.Range(end, end), said, severity)


def _report(
    convert: Converter,
    notebook: Notebook,
    views: Sequence[CellView],
    view: CellView,
    failure: Failure,
) -> lsp.Diagnostic | None:
    where = places(notebook, views, view, failure.frames)
    here = next((place for place in reversed(where) if place.cell == view.index), None)
    if here is not None and here.area is not None:
        area = convert.to_range(notebook.text, here.area)
    elif not failure.frames:
        area = convert.lines(notebook.text, view.hint_line, view.hint_line)
    else:
        return None
    others = [place for place in where if place is not here][-_FRAMES:]
    return lsp.Diagnostic(
        range=area,
        message=_message(failure),
        severity=lsp.DiagnosticSeverity.Error,
        code=strip_ansi(failure.ename) or None,
        source="cellbridge",
        data=missing_data(failure),
        related_information=[
            related for place in others if (related := _related(convert, notebook, place))
        ],
    )


def missing_data(failure: Failure) -> dict[str, str] | None:
    """Return the data about a missing module for a code action."""
    module = missing_module(strip_ansi(failure.ename), strip_ansi(failure.evalue))
    return {"module": module, "distribution": distribution_of(module)} if module else None


def _inline_related(report: lsp.Diagnostic) -> lsp.Diagnostic:
    """Return the diagnostic with its related information in the message, for simple editors."""
    frames = [
        f"line {related.location.range.start.line + 1}, {related.message}"
        for related in report.related_information or ()
    ]
    message = "\n".join([report.message, *frames])
    return lsp.Diagnostic(
        report.range,
        message,
        report.severity,
        report.code,
        source=report.source,
        data=report.data,
    )


def _message(failure: Failure) -> str:
    message = lines(failure_line(failure)).strip()
    return message if len(message) <= _MESSAGE_LIMIT else message[: _MESSAGE_LIMIT - 1] + "…"


def _related(
    convert: Converter, notebook: Notebook, place: Place
) -> lsp.DiagnosticRelatedInformation | None:
    name = place.frame.name
    if place.area is not None:
        line = shorten(notebook.text.line(place.area.start.line), 80)
        words = f"in {name}: {line}" if name != "<module>" else line
        location = lsp.Location(notebook.uri, convert.to_range(notebook.text, place.area))
    elif place.uri is not None:
        words = f"in {name}"
        location = lsp.Location(place.uri, convert.start_of(place.frame.line))
    else:
        return None
    return lsp.DiagnosticRelatedInformation(location, words)
