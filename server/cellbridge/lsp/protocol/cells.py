"""Cells, their runs and their kernel, and the messages about them.

Declarations only.
"""

from enum import StrEnum
from typing import Literal

import attrs
from lsprotocol import types as lsp

from cellbridge.lsp.protocol.declarations import Method
from cellbridge.lsp.protocol.outputs import Output, TextAppend


class RunState(StrEnum):
    """The state of a run; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    OK = "ok"
    ERROR = "error"
    CANCELLED = "cancelled"
    """Removed from the queue before it started."""
    LOST = "lost"
    """The kernel died, was restarted or became unreachable while the cell ran."""


class CellKind(StrEnum):
    """The kind of a cell's content."""

    CODE = "code"
    MARKDOWN = "markdown"
    RAW = "raw"


@attrs.frozen
class InputRequest:
    """A request of a running cell for a line of text from the user."""

    prompt: str
    password: bool = False
    """True if the typed text must not be shown."""
    number: int = 1
    """The number of the request within its run; it distinguishes requests with equal prompts."""


@attrs.frozen
class Run:
    """One execution of one cell's source."""

    id: str
    state: RunState
    version: int
    """The document version from which the run was started."""
    client: str = ""
    """The client that requested the run, such as ``Visual Studio Code``."""
    agent: bool = False
    """True if this client is an agent: a program that acts for the user."""
    count: int | None = None
    """The kernel's execution count."""
    queued_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    waiting: InputRequest | None = None
    truncated: bool = False
    """True if output may be missing: it never arrived, or the kernel never reported the run's end.
    """
    note: str = ""
    """One sentence for the user, if the state alone does not explain why the run ended as it did.
    """
    interrupted: bool = False
    """True if the run has state ``error`` because the user interrupted it."""
    exit_code: int | None = None
    """The exit code with which the code ended the program, for example by ``sys.exit()``. The state
    is ``ok`` if it is 0, and no cell after it has run."""


@attrs.frozen
class SelectionRun:
    """The last run of some lines of a cell, which is not a run of the cell."""

    range: lsp.Range
    """These lines, as far as they still exist."""
    anchor: lsp.Position
    """The end of the last of them, after which the result is shown."""
    run: Run
    fresh: bool = False
    """True if the lines are unchanged and the kernel is still the same."""
    stale: Literal["text"] | None = None
    mark: str = ""
    """The words to show next to the state of the run, such as ``selection``."""
    outputs: list[Output] = attrs.field(factory=list[Output])


@attrs.frozen
class Cell:
    """One cell of a document, with its last run."""

    id: str
    """An id that the cell keeps when it is edited, moved or reopened."""
    index: int
    kind: CellKind
    title: str
    range: lsp.Range
    """The whole cell, including its marker line."""
    anchor: lsp.Position
    """The end of the cell's last line of code, after which its result is shown."""
    run: Run | None = None
    fresh: bool = False
    """True if the outputs match the cell's current code and the values from the cells above it, and
    the kernel is still the same."""
    stale: Literal["text", "input"] | None = None
    """Why the outputs no longer hold: ``text`` if the cell's code has changed, ``input`` if a cell
    above, whose names it reads, has run since."""
    earlier_kernel: bool = False
    """True if the kernel of the run is gone. The outputs hold, but the names they define do not
    exist."""
    mark: str = ""
    """The words to show next to the state of the run, such as ``stale`` or ``earlier kernel``."""
    selections: list[SelectionRun] = attrs.field(factory=list[SelectionRun])
    """The last runs of selected lines of the cell, in the order of the lines."""
    kept_outputs: int = 0
    """The number of outputs, from the first, that the client keeps as it received them, except for
    those in ``extended``; ``outputs`` follow them. Always 0 in an answer to a request."""
    extended: list[TextAppend] = attrs.field(factory=list[TextAppend])
    """The text to append to kept outputs that have grown."""
    outputs: list[Output] = attrs.field(factory=list[Output])


@attrs.frozen
class DebugStop:
    """The place at which the code in the kernel has stopped: its innermost frame."""

    reason: str
    """The reason in the words of the Debug Adapter Protocol, such as ``breakpoint`` or ``step``."""
    uri: str
    """The file of the frame; the document itself for code of its cells."""
    line: int | None = None
    """Line from 0 in that file; for the document, in its text at the time of the stop. Omitted if
    the line no longer exists."""
    cell: str = ""
    """The id of the cell whose run defined the code; empty outside cells."""
    name: str = ""
    """The name of the function, or ``<module>``."""
    text: str = ""
    """The message of the exception, for a stop at one."""
    number: int = 0
    """Counts the stops of a kernel from 1: two stops at one place differ in it."""
    place: str = ""
    """The place in words, such as ``stopped at line 3``, to show in place of the running time."""


@attrs.frozen
class Debugger:
    """The state of a kernel's debugger."""

    client: str
    """The name of the client that debugs."""
    stopped: DebugStop | None = None
    """Omitted while the code is running."""


@attrs.frozen
class Kernel:
    """The state of a notebook's kernel."""

    state: Literal[
        "absent", "starting", "idle", "busy", "restarting", "stopped", "dead", "unresponsive"
    ]
    """``unresponsive`` means that the session exists and does not answer; its runs have their last
    known states."""
    name: str = ""
    """The kernelspec's name, such as ``python3``."""
    language: str = ""
    message: str = ""
    """One sentence for the user: what happened and what to do next. Empty if all is well."""
    debugger: Debugger | None = None
    """Omitted while no client debugs the kernel."""


# --- notifications and requests -------------------------------------------------------------------


@attrs.frozen
class CellsChangedParams:
    """The changes of a document's cells since the previous notification of this kind."""

    uri: str
    version: int
    """The document version to which the ranges refer."""
    cells: list[Cell]
    """The new and changed cells, in document order."""
    removed: list[str] = attrs.field(factory=list[str])
    """Ids of cells that no longer exist."""


@attrs.frozen
class KernelChangedParams:
    """The new state of a notebook's kernel."""

    uri: str
    kernel: Kernel


@attrs.frozen
class DocumentParams:
    """A request about an open document."""

    uri: str


@attrs.frozen
class CellsResult:
    """All cells of a document. Outputs in this answer count as received for ``keptOutputs``."""

    uri: str
    version: int
    kernel: Kernel
    cells: list[Cell]


@attrs.frozen
class OutputsParams:
    """A request for the outputs of one run."""

    uri: str
    run: str
    """Id of the run."""
    output: int | None = None
    """The index of the only output to return, counted from 0."""
    mime: str | None = None
    """The only part of each bundle to return, such as ``image/png``; other outputs are skipped."""


@attrs.frozen
class OutputsResult:
    """The requested outputs of a run, complete: nothing is truncated or omitted."""

    outputs: list[Output]


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/cellsChanged",
        "server to client",
        "notification",
        CellsChangedParams,
        None,
        "0.1.0",
        "The runs, outputs or freshness of some cells changed, or cells were added or removed. "
        "Under load it is sent at most every 30 ms, and only as fast as the client reads.",
    ),
    Method(
        "cellbridge/kernelChanged",
        "server to client",
        "notification",
        KernelChangedParams,
        None,
        "0.1.0",
        "The kernel of a document started, became busy or idle, or ended.",
    ),
    Method(
        "cellbridge/cells",
        "client to server",
        "request",
        DocumentParams,
        CellsResult,
        "0.1.0",
        "Return all cells of an open document, with their ranges, runs and outputs.",
    ),
    Method(
        "cellbridge/outputs",
        "client to server",
        "request",
        OutputsParams,
        OutputsResult,
        "0.1.0",
        "Return the complete outputs of one run, to replace what was truncated or omitted in a "
        "cell's outputs.",
    ),
)
