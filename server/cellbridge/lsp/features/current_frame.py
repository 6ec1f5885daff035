"""The diagnostic and the hint on the line of the frame that the user examines.

Owns these texts. The values in the hint are those of the names on the line, which
push/current_frame.py requests.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from cellbridge.core.output.escapes import strip_ansi
from cellbridge.core.output.preview import shorten
from cellbridge.core.runs.debug_status import Stop
from cellbridge.lsp.context import Context
from cellbridge.lsp.current_frame import CurrentFrame, current_frame, frame_name, frame_place
from cellbridge.workspace.notebook import Notebook

_REASONS = {
    "breakpoint": "Stopped at a breakpoint",
    "function breakpoint": "Stopped at a breakpoint",
    "data breakpoint": "Stopped at a breakpoint",
    "step": "Stopped after a step",
    "entry": "Stopped before the first statement",
    "pause": "Paused",
    "goto": "Stopped after a jump",
}


def frame_diagnostics(context: Context, notebook: Notebook) -> Iterator[lsp.Diagnostic]:
    """Yield the diagnostic on the line of the frame that the user examines."""
    current = _shown_frame(context, notebook)
    if current is not None:
        yield lsp.Diagnostic(
            context.convert.to_range(notebook.text, current.area),
            _message(current),
            lsp.DiagnosticSeverity.Information,
            source="cellbridge",
        )


def frame_hints(context: Context, notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Yield the line of the frame with the values of the names on it, if there are any."""
    values = context.frame_values.get(notebook.uri)
    current = _shown_frame(context, notebook) if values else None
    if values and current is not None and current.inside:
        said = ", ".join(f"{name} = {value}" for name, value in values.items())
        yield current.area.end.line, shorten(said, context.config.hints.max_length)


def _shown_frame(context: Context, notebook: Notebook) -> CurrentFrame | None:
    """Return the frame to show; an editor with a debugger shows the stops itself."""
    current = current_frame(notebook)
    stopped = current is not None and current.stop is not None
    return None if stopped and context.client.debugs else current


def _message(current: CurrentFrame) -> str:
    selected, stop = current.selected, current.stop
    reason = (
        f"Debugging {strip_ansi(current.error) or 'an error'}" if stop is None else _reason(stop)
    )
    if selected is None or len(selected.frames) == 1:
        return f"{reason}."
    frame, count = selected.frame, len(selected.frames)
    number = f"frame {count - selected.depth} of {count}"
    if not current.inside:
        return f"{reason}: {frame_name(frame)}, {frame_place(frame)}, called from here ({number})."
    return f"{reason}: {frame_name(frame)} ({number})."


def _reason(stop: Stop) -> str:
    if stop.reason == "exception":
        return f"Stopped at {shorten(stop.text, 200)}" if stop.text else "Stopped at an exception"
    return _REASONS.get(stop.reason, "Stopped")
