"""Commands that step through code, for editors without a debugger.

Declarations only. An editor that has a client of the Debug Adapter Protocol does not need them; the
two cannot debug the same document at the same time.
"""

from typing import Literal

import attrs
from lsprotocol import types as lsp

from cellbridge.lsp.protocol.commands import CellPosition, CellResult
from cellbridge.lsp.protocol.declarations import Command


@attrs.frozen
class RunByLineArguments:
    """The argument of ``cellbridge.runByLine``: the cell at ``position`` or with id ``cell``."""

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """The id of the cell. It takes precedence over ``position``, which may be out of date."""
    wait: bool = True
    """True to answer when the code has stopped or has ended, false to answer immediately."""


@attrs.frozen
class StepArguments:
    """The argument of a command that continues code which has stopped."""

    uri: str
    """The document that is debugged, or the file in which its code has stopped."""
    wait: bool = True
    """True to answer when the code has stopped again or has ended, false to answer immediately."""


@attrs.frozen
class StepResult:
    """The state of the code after a step."""

    state: Literal["stopped", "running", "ended"]
    uri: str = ""
    """The file in which the code has stopped; empty if it has not stopped, or not in a file."""
    position: lsp.Position | None = None
    """The start of the line that runs next; omitted if the code has not stopped at a line."""
    name: str = ""
    """The name of the function, or ``<module>``."""
    cells: list[CellResult] = attrs.field(factory=list[CellResult])
    """The result of the cell that *Run by Line* has started, if its run has ended."""


@attrs.frozen
class BreakpointResult:
    """A breakpoint that was set or removed."""

    set: bool
    """True if there is a breakpoint at the position now."""
    position: lsp.Position
    """The start of its line."""


COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.runByLine", "Run by line", RunByLineArguments, StepResult,
        "Run the cell and stop before its first line. In a cell that has stopped already, run "
        "the next line.",
    ),
    Command(
        "cellbridge.nextLine", "Next line", StepArguments, StepResult,
        "Run the line at which the code has stopped, with the functions that it calls, and stop "
        "before the next.",
    ),
    Command(
        "cellbridge.stepInto", "Step into", StepArguments, StepResult,
        "Stop in the function that the line calls, or else before the next line.",
    ),
    Command(
        "cellbridge.stepOut", "Step out", StepArguments, StepResult,
        "Run the rest of the function, and stop where it was called.",
    ),
    Command(
        "cellbridge.continue", "Continue", StepArguments, StepResult,
        "Run on to the next breakpoint, or to the end.",
    ),
    Command(
        "cellbridge.stopDebugging", "Stop debugging", StepArguments, StepResult,
        "Let the code run on to its end without further stops. Breakpoints hold again for the "
        "next run. To end the code, interrupt the kernel.",
    ),
    Command(
        "cellbridge.toggleBreakpoint", "Toggle breakpoint", CellPosition, BreakpointResult,
        "Set a breakpoint at the line, or remove it. Breakpoints also hold for cells that are run "
        "as usual.",
    ),
)  # fmt: skip
