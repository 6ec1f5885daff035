"""The debugger of a session as clients see it: who debugs, the stop, and the selected frame.

Owns these types. It must not know the debugger's protocol or how a kernel is debugged.
"""

from __future__ import annotations

import msgspec

from cellbridge.core.runs.frames import SelectedFrame


class Stop(msgspec.Struct, frozen=True, omit_defaults=True):
    """The place at which the code in the kernel has stopped: its innermost frame."""

    reason: str
    """The reason in the words of the Debug Adapter Protocol, such as ``breakpoint`` or ``step``."""
    thread: int
    """The id of the stopped thread, as in the Debug Adapter Protocol."""
    path: str = ""
    """The file of the frame; the script's path for code of its cells."""
    line: int | None = None
    """Line from 0 in that file; for the script, in the open text. None if it no longer exists."""
    cell: str = ""
    """The id of the cell whose run defined the code; empty outside cells."""
    name: str = ""
    """The function's name, or ``<module>``."""
    text: str = ""
    """The message of the exception, for a stop at one."""
    number: int = 0
    """Counts the stops of a kernel from 1: two at one place are not the same."""


class DebugStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state of a kernel's debugger."""

    client: str = ""
    """The name of the client that debugs; empty while none does."""
    stopped: Stop | None = None
    frame: SelectedFrame | None = None
    """The frame that the user examines, at a stop or after an error; None for none."""


class TextCell(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cell of the open text, with the lines to which breakpoints and frames refer."""

    id: str
    line: int
    """Line of the text, from 0, of the first line of the source."""
    source: str


NOT_DEBUGGED = DebugStatus()
