"""The reason why a script ended early: its failing line, and a short text.

Owns their derivation from the failed run. It must not print.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.core.output.escapes import label, strip_ansi
from cellbridge.core.output.outputs import Failure, Output, Stream
from cellbridge.core.output.preview import failure_line
from cellbridge.core.runs.runs import Run, RunState


def exit_reason(run: Run, outputs: Sequence[Output], left: int) -> str:
    """Return how ``run`` ended its script by an exit, if that needs to be reported.

    ``left`` is the number of cells after it, which did not run.
    """
    how = reason_of(run, outputs) if run.exit_code else "the cell ended the script by sys.exit()"
    if left:
        return f"{how}; {left} cell{'s' * (left != 1)} after it did not run"
    return how if run.exit_code else ""


def failing_line(run: Run, outputs: Sequence[Output]) -> int:
    """Return the line, from 0, on which ``run`` failed; by default its first line."""
    for output in reversed(outputs):
        if isinstance(output, Failure):
            for frame in reversed(output.frames):
                if frame.path == run.origin.path:
                    return frame.line
    lines = run.source.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    return run.origin.line + first


def reason_of(run: Run, outputs: Sequence[Output]) -> str:
    """Return the reason for the failure of ``run``, on one line."""
    for output in reversed(outputs):
        if isinstance(output, Failure):
            return label(failure_line(output).strip().partition("\n")[0])
    if run.note:
        return label(run.note)
    if run.state is RunState.CANCELLED:
        return "the cell was cancelled"
    # A magic that does not exist fails without an exception, and prints the reason to stderr.
    said = "".join(
        output.tail or output.text
        for output in outputs
        if isinstance(output, Stream) and output.name == "stderr"
    )
    return label(strip_ansi(said).strip().rpartition("\n")[2]) or "the cell failed"
