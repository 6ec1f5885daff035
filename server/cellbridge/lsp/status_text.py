"""The short texts about a cell's state that editors show.

Owns the texts of lenses, hints and progress. It must not know where they are shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePath

from cellbridge.core import units
from cellbridge.core.output.escapes import label, strip_ansi
from cellbridge.core.output.outputs import Failure, Output
from cellbridge.core.output.preview import one_line, shorten
from cellbridge.core.runs import marks
from cellbridge.core.runs.debug_status import Stop
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.workspace.notebook import Notebook

_TITLE_LIMIT = 40
NOT_STOPPED = (
    "The code of {name} has not stopped at a line. Use Run by Line in a cell to stop before its "
    "first line."
)
_NAME_LIMIT = 24
"""The characters of an agent's name that are shown with each of its runs."""
DEBUGGED_BY = "{client} debugs {name}. Step there, or end its debugging first."


def author(run: Run) -> str:
    """Return the name of the agent that requested a run; empty for a run of the user."""
    return shorten(label(run.client), _NAME_LIMIT) or "agent" if run.agent else ""


def running(run: Run, now: float) -> str:
    """Return the time for which a run has been running; empty during the first second."""
    elapsed = 0.0 if run.started_at is None else now - run.started_at
    if elapsed < 1:
        return ""
    return f"{math.floor(elapsed)} s" if elapsed < 60 else units.duration(math.floor(elapsed))


def stopped(stop: Stop | None, script: str) -> str:
    """Return the text for the place at which running code has stopped; empty while it runs.

    ``script`` is the path of the script, whose lines need no name of a file.
    """
    if stop is None:
        return ""
    line = "" if stop.line is None else f"line {stop.line + 1}"
    own = stop.cell or stop.path == script or not stop.path
    if own:
        return f"stopped at {line}" if line else "stopped"
    return f"stopped in {shorten(PurePath(stop.path).name, _TITLE_LIMIT)}, {line}".rstrip(", ")


def stop_text(notebook: Notebook) -> str:
    """Return the text about the place at which a document's code has stopped; may be empty."""
    return stopped(notebook.debugging.status.stopped, notebook.name)


def state(
    run: Run, outputs: Sequence[Output], *, mark: str = "", now: float = 0.0, stop: str = ""
) -> str:
    """Return a lens's text for a run; with ``now``, it includes the running time.

    The name of an agent follows the state of its run. ``mark`` holds the words about the result
    (`cellbridge.core.runs.marks`), ``stop`` those about the place at which a running cell has
    stopped.
    """
    said = _state(run, outputs, now, stop)
    return " · ".join(filter(None, (said, author(run), mark if run.state.final else "")))


def _state(run: Run, outputs: Sequence[Output], now: float, stop: str) -> str:
    match run.state:
        case RunState.QUEUED:
            return "queued"
        case RunState.RUNNING:
            return f"… {stop or _activity(run, now)}"
        case RunState.OK:
            said = f"✓ {run.count}" if run.count is not None else "✓"
        case RunState.ERROR if run.interrupted:
            said = f"✗ {marks.INTERRUPTED}"
        case RunState.ERROR:
            said = f"✗ {_error_name(outputs)}"
        case RunState.CANCELLED:
            said = "cancelled"
        case RunState.LOST:
            said = "✗ kernel lost"
    if run.exit_code == 0:
        said = f"{said} · {marks.EXITED}"
    if run.truncated and run.state is not RunState.LOST:
        said = f"{said} · incomplete"
    if run.duration is not None:
        said = f"{said} · {units.duration(run.duration)}"
    return said


def _activity(run: Run, now: float) -> str:
    """Return the text for a running run, whose code has not stopped."""
    if run.waiting is not None:
        return f"waits for input: {shorten(run.waiting.prompt, _TITLE_LIMIT)}".rstrip(": ")
    return f"running {running(run, now)}".rstrip()


def hint(
    run: Run,
    outputs: Sequence[Output],
    *,
    limit: int,
    mark: str = "",
    now: float = 0.0,
    stop: str = "",
) -> str:
    """Return the hint for the end of the last line of code, at most ``limit`` characters."""
    text = one_line(outputs, limit)
    match run.state:
        case RunState.QUEUED:
            said = "… queued"
        case RunState.RUNNING if stop:
            said = shorten(f"… {text}", max(10, limit - len(stop) - 3))
            said = f"{said} · {stop}" if text else f"… {stop}"
        case RunState.RUNNING if run.waiting is not None:
            said = f"… {_activity(run, now)}"
        case RunState.RUNNING:
            time = running(run, now)
            said = shorten(f"… {text or 'running'}", max(10, limit - len(time) - 3))
            said = f"{said} · {time}" if text and time else f"{said} {time}".rstrip()
        case RunState.OK:
            said = f"→ {text}" if text else f"✓ {marks.EXITED}" if run.exit_code == 0 else "✓"
            said = f"{said} · output incomplete" if run.truncated else said
        case RunState.ERROR if run.interrupted:
            said = f"✗ {marks.INTERRUPTED}"
        case RunState.ERROR:
            said = f"✗ {run.note}" if run.note else text or "✗"
        case RunState.CANCELLED:
            said = "cancelled"
        case RunState.LOST:
            said = f"✗ kernel lost {text}".rstrip()
    about = " · ".join(filter(None, (author(run), mark if run.state.final else "")))
    if not about:
        return shorten(said, limit)
    # The words about the result are never cut off.
    return f"{shorten(said, max(1, limit - len(about) - 3))} ({about})"


def forgotten_outputs_message(name: str, cells: int, limit: int) -> str:
    """Return the message for deleted outputs of removed cells, when their limit was exceeded."""
    whose = "the oldest removed cell" if cells == 1 else f"the {cells} oldest removed cells"
    return (
        f"The outputs of {name.rpartition('/')[2]} took more than {limit} MB, so those of {whose} "
        "were deleted. To keep more, increase cellbridge.outputs.limit."
    )


def _error_name(outputs: Sequence[Output]) -> str:
    for output in reversed(outputs):
        if isinstance(output, Failure):
            return shorten(strip_ansi(output.ename), _TITLE_LIMIT) or "failed"
    return "failed"


def force_stopped_message(name: str) -> str:
    """Return the message for a session that was killed because it did not answer."""
    return (
        f"The session of {name.rpartition('/')[2]} was stopped with its kernel. Its variables are "
        "lost; its outputs are kept. Run a cell to start a new session."
    )
