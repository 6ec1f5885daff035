"""The words that every editor shows about a run whose result needs an explanation.

Owns these words, so that lenses, hints, signs and panels use the same ones. It must not know how
the facts are determined.
"""

from __future__ import annotations

SELECTION = "selection"
"""The run of some lines of a cell, which is not a run of the cell."""
STALE = "stale"
"""The code, or a value that it reads, has changed since the run."""
EARLIER_KERNEL = "earlier kernel"
"""The kernel of the run is gone, and with it the names that the run has bound."""
INTERRUPTED = "interrupted"
"""The user has interrupted the run."""
EXITED = "exited"
"""The code of the run has ended the program without an error, such as by ``sys.exit()``."""


def mark_of(*, selection: bool, stale: bool, earlier_kernel: bool) -> str:
    """Return the words about a run, from the most to the least important; may be empty."""
    found = (
        SELECTION if selection else "",
        STALE if stale else "",
        EARLIER_KERNEL if earlier_kernel else "",
    )
    return " · ".join(filter(None, found))
