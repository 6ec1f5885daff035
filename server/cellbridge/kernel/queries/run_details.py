"""The metadata by which the probe knows a run, in addition to the run's source.

Owns the keys of our metadata in an ``execute_request``. It must not know how the probe uses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cellbridge.core.runs.agents import Scratch
from cellbridge.core.runs.runs import Origin
from cellbridge.kernel.queries.debugging import Breakpoint

METADATA_KEY = "cellbridge"
"""The key of our metadata: the path and line of the source, and what `RunDetails` has."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The request after which a cell runs that is sent before its turn."""

    request: str
    failed_too: bool
    """True if the cell runs even if that request has failed."""


@dataclass(frozen=True, slots=True)
class RunDetails:
    """The details that only some runs have."""

    after: Predecessor | None = None
    """Given for a cell that is sent before its turn, to a kernel with the probe."""
    breakpoints: Sequence[Breakpoint] | None = None
    """The breakpoints of the run's text, in place of those of an earlier run of the same text."""
    scratch: Scratch = Scratch.NONE
    """The names that the run uses; `Scratch.COPY` needs the probe."""


NO_DETAILS = RunDetails()


def metadata(cell_id: str, origin: Origin, details: RunDetails) -> dict[str, Any]:
    """Return the metadata of an ``execute_request`` for a cell."""
    ours: dict[str, Any] = {"path": origin.path, "line": origin.line}
    if details.after is not None:
        ours["after"] = asdict(details.after)
    if details.breakpoints is not None:
        ours["breakpoints"] = list(details.breakpoints)
    if details.scratch is Scratch.COPY:
        ours["scratch"] = details.scratch.value
    return {"cellId": cell_id, METADATA_KEY: ours}
