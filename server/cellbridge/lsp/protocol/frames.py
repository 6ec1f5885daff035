"""Commands for the frames of an error, or of code that has stopped in a debugger.

Declarations only.
"""

import attrs
from lsprotocol import types as lsp

from cellbridge.lsp.protocol.commands import CellPosition, NotebookArguments
from cellbridge.lsp.protocol.declarations import Command


@attrs.frozen
class StackFrame:
    """One frame of an error, or of code that has stopped."""

    name: str
    """The name of its function, or ``<module>``."""
    uri: str = ""
    """The file of its code; empty if it has no file, or if its line in the script is gone."""
    range: lsp.Range | None = None
    """The line or the expression, in the current text."""


@attrs.frozen
class FramesResult:
    """The frames among which one is selected."""

    frames: list[StackFrame]
    """The frames, outermost first."""
    selected: int
    """The index of the selected frame."""


_SHARED = (
    "All editors of the script show the selected frame. Completion, hover and the variables use "
    "its names until the next run. The editor receives a request to show its line."
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.debugError", "Debug error", CellPosition, FramesResult,
        "Select the innermost frame of the script in the error of a cell's last run. No debugger "
        f"is needed. {_SHARED}",
    ),
    Command(
        "cellbridge.frameUp", "Select calling frame", NotebookArguments, FramesResult,
        "Select the frame that called the selected one.",
    ),
    Command(
        "cellbridge.frameDown", "Select called frame", NotebookArguments, FramesResult,
        "Select the frame that the selected one called.",
    ),
    Command(
        "cellbridge.leaveFrames", "Leave frames", NotebookArguments, None,
        "Select no frame: completion, hover and the variables use the kernel's own names again. "
        "While code is stopped, its innermost frame is selected instead.",
    ),
)  # fmt: skip
