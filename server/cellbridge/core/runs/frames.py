"""The frames of running or failed code, and the one that the user has selected.

Owns these types. It must not know how a kernel is queried or where the lines are now.
"""

from __future__ import annotations

import msgspec


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """One level of a traceback, outermost first."""

    path: str
    line: int
    """Line from 0 in ``path``; for the script itself, as it was when the run started."""
    name: str
    """The function's name, or ``<module>``."""
    column: int | None = None
    """First column of the failing expression in code points, where the kernel knows it."""
    end_column: int | None = None
    cell: str = ""
    """The id of the cell whose run defined the code; empty outside cells, or if it is unknown."""
    cell_line: int | None = None
    """The line within that run's source, from 0."""
    text: str = ""
    """The text of the line as it ran; empty if it is unknown, or a magic."""


class SelectedFrame(msgspec.Struct, frozen=True, omit_defaults=True):
    """The frame whose names the kernel's answers about its code are taken from."""

    frames: list[Frame]
    """All frames of the stop or of the error, outermost first."""
    depth: int = 0
    """The place of the selected one, counted from the innermost."""
    run: str = ""
    """The id of the failed run whose error is examined; empty for code that has stopped."""

    @property
    def frame(self) -> Frame:
        """The selected frame."""
        return self.frames[-1 - self.depth]
