"""Cells, their runs and their kernel, and the messages that tell of them.

Declarations only.
"""

from enum import StrEnum
from typing import Literal

import attrs
from lsprotocol import types as lsp

from cellbridge.lsp.protocol.declarations import Method
from cellbridge.lsp.protocol.outputs import Output, TextAppend


class RunState(StrEnum):
    """Where a run stands; in the last four it has ended."""

    QUEUED = "queued"
    RUNNING = "running"
    OK = "ok"
    ERROR = "error"
    CANCELLED = "cancelled"
    """Taken from the queue before it started."""
    LOST = "lost"
    """The kernel died, was restarted or went out of reach while the cell ran."""


class CellKind(StrEnum):
    """What a cell holds."""

    CODE = "code"
    MARKDOWN = "markdown"
    RAW = "raw"


@attrs.frozen
class InputRequest:
    """A running cell waits for a line of text from a person."""

    prompt: str
    password: bool = False
    """What is typed must not be shown."""
    number: int = 1
    """Counts the requests of one run: two with the same prompt are not the same."""


@attrs.frozen
class Run:
    """One execution of one cell's source."""

    id: str
    state: RunState
    version: int
    """The document version it was started from."""
    client: str = ""
    """Who asked for it, as ``Visual Studio Code``."""
    count: int | None = None
    """The kernel's execution count."""
    queued_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    waiting: InputRequest | None = None
    truncated: bool = False
    """Some output may be missing: it never came, or the kernel never said that the run was over."""
    note: str = ""
    """One sentence for a person, where the state alone does not say why the run ended as it did."""


@attrs.frozen
class Cell:
    """One cell of a document, with its last run."""

    id: str
    """Stays with the cell through editing, moving and reopening."""
    index: int
    kind: CellKind
    title: str
    range: lsp.Range
    """The whole cell with its marker line."""
    anchor: lsp.Position
    """End of its last line of code, after which its result belongs."""
    run: Run | None = None
    fresh: bool = False
    """The outputs are those of the text as it stands now, and of what the cells above it give."""
    stale: Literal["text", "input"] | None = None
    """Why they are not: the cell's text has changed, or a cell above, whose names it reads, has run
    since."""
    kept_outputs: int = 0
    """So many outputs stay as the client has been sent them before, but for those in ``extended``;
    ``outputs`` come after them. Always 0 in an answer to a request."""
    extended: list[TextAppend] = attrs.field(factory=list[TextAppend])
    """Which of the kept outputs are texts that go on, and how."""
    outputs: list[Output] = attrs.field(factory=list[Output])


@attrs.frozen
class Kernel:
    """The state of a notebook's kernel."""

    state: Literal[
        "absent", "starting", "idle", "busy", "restarting", "stopped", "dead", "unresponsive"
    ]
    """``unresponsive``: the session exists and does not answer; runs are as last known."""
    name: str = ""
    """The kernelspec's name, as ``python3``."""
    language: str = ""
    message: str = ""
    """One sentence for a person: what happened and what to do next. Empty when all is well."""


# --- notifications and requests -------------------------------------------------------------------


@attrs.frozen
class CellsChangedParams:
    """What changed about a document's cells since the last such notification."""

    uri: str
    version: int
    """The document version that the ranges are true for."""
    cells: list[Cell]
    """The cells that are new or changed, in the order of the document."""
    removed: list[str] = attrs.field(factory=list[str])
    """Ids of cells that are gone."""


@attrs.frozen
class KernelChangedParams:
    """A notebook's kernel is now in this state."""

    uri: str
    kernel: Kernel


@attrs.frozen
class DocumentParams:
    """A request about an open document."""

    uri: str


@attrs.frozen
class CellsResult:
    """All cells of a document. What is asked for here counts as sent for ``keptOutputs``."""

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
    """Only this one of its outputs, counted from 0."""
    mime: str | None = None
    """Only this part of each bundle, as ``image/png``; other outputs are passed over."""


@attrs.frozen
class OutputsResult:
    """The outputs of a run that were asked for, whole: no tail cut off, no part left out."""

    outputs: list[Output]


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/cellsChanged",
        "server to client",
        "notification",
        CellsChangedParams,
        None,
        "0.1.0",
        "Runs, outputs or freshness of some cells have changed, or cells have come or gone. Under "
        "load at most every 30 ms, and only as fast as the client reads.",
    ),
    Method(
        "cellbridge/kernelChanged",
        "server to client",
        "notification",
        KernelChangedParams,
        None,
        "0.1.0",
        "The kernel of a document has started, become busy or idle, or ended.",
    ),
    Method(
        "cellbridge/cells",
        "client to server",
        "request",
        DocumentParams,
        CellsResult,
        "0.1.0",
        "All cells of an open document, with places, runs and outputs.",
    ),
    Method(
        "cellbridge/outputs",
        "client to server",
        "request",
        OutputsParams,
        OutputsResult,
        "0.1.0",
        "The outputs of one run, whole, for what was cut or left out of a cell's outputs.",
    ),
)
