"""Every message and command that cellbridge adds to the Language Server Protocol, in one place.

Owns their names, shapes and meaning. TypeScript and Lua types and docs/protocol.md are generated
from this file, so it holds declarations only: no behaviour, no conversion.

On the wire names are camelCase, and a field that holds its default is left out. Positions and
ranges are the protocol's own and count characters in the encoding agreed on at ``initialize``.
Times are seconds since the epoch, durations are seconds.

A client announces with ``capabilities.experimental.cellbridge = {"outputs": true}`` that it draws
outputs itself; only then is it sent ``cellbridge/cellsChanged`` and ``cellbridge/kernelChanged``.
The server announces ``capabilities.experimental.cellbridge = {"protocol": 1}``.

Cancelling the request of a run command stops the waiting for its answer, never the run: editors
give up on requests for reasons of their own. ``cellbridge.interrupt`` and Cancel on the progress
stop what runs.
"""

# Size: the whole protocol is declared in this one place, which its generated copies come from.

from enum import StrEnum
from typing import Any, Literal

import attrs
from lsprotocol import types as lsp

PROTOCOL = 1
"""Raised when a message changes so that an older client would misread it."""


# --- outputs --------------------------------------------------------------------------------------


@attrs.frozen
class TextOutput:
    """Text that a cell wrote to stdout or stderr: its beginning, and its end where it is long."""

    kind: Literal["stream"]
    name: Literal["stdout", "stderr"]
    text: str
    """The whole text, or its first 64 Ki characters. It may hold ANSI escapes."""
    chars: int
    """Length of the whole text."""
    lines: int
    """Number of line ends in the whole text."""
    tail: str = ""
    """The end of the text where it is longer than what ``text`` can hold."""


@attrs.frozen
class RichOutput:
    """A MIME bundle: something displayed, or the value of a cell's last expression."""

    kind: Literal["display", "result"]
    data: dict[str, Any]
    """MIME type to content, as in a notebook file: text and base64 are strings, JSON is a value."""
    metadata: dict[str, Any] = attrs.field(factory=dict[str, Any])
    count: int | None = None
    """The execution count, for a result."""
    omitted: dict[str, int] = attrs.field(factory=dict[str, int])
    """Parts too large to be sent unasked, with their lengths: ask ``cellbridge/outputs``."""


@attrs.frozen
class TracebackFrame:
    """One level of a traceback."""

    name: str
    """The function's name, or ``<module>``."""
    uri: str | None = None
    """The file; None for code that is in no file."""
    range: lsp.Range | None = None
    """Where in the file: through later edits for the script itself, as run for other files."""


@attrs.frozen
class ErrorOutput:
    """The exception that ended a cell."""

    kind: Literal["error"]
    name: str
    """Its class, as ``ValueError``."""
    message: str
    traceback: list[str] = attrs.field(factory=list[str])
    """The kernel's own rendering, with ANSI escapes."""
    frames: list[TracebackFrame] = attrs.field(factory=list[TracebackFrame])
    """Where it happened, outermost first, where the kernel could be asked."""


Output = TextOutput | RichOutput | ErrorOutput


# --- cells, runs, kernels -------------------------------------------------------------------------


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
    """Some output may be missing: the kernel never said that the run was over."""
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
    """The outputs are those of the text as it stands now."""
    kept_outputs: int = 0
    """So many outputs stay as the client has been sent them before; ``outputs`` come after them.
    Always 0 in an answer to a request."""
    outputs: list[Output] = attrs.field(factory=list[Output])


@attrs.frozen
class Kernel:
    """The state of a notebook's kernel."""

    state: Literal["absent", "starting", "idle", "busy", "restarting", "stopped", "dead"]
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


@attrs.frozen
class OutputsResult:
    """The outputs of a run, whole: no tail cut off, no part left out."""

    outputs: list[Output]


@attrs.frozen
class Method:
    """One custom message."""

    name: str
    direction: Literal["server to client", "client to server"]
    kind: Literal["notification", "request"]
    params: type[Any]
    result: type[Any] | None
    """None for a notification."""
    since: str
    doc: str


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


# --- commands: workspace/executeCommand, each with one JSON object as its only argument -----------


@attrs.frozen
class NotebookArguments:
    """The argument of a command about a whole document."""

    uri: str


@attrs.frozen
class RunAllArguments:
    """The argument of a command that runs a whole document."""

    uri: str
    wait: bool = True
    """Answer when the cells have ended; false answers as soon as they are queued."""


@attrs.frozen
class CellArguments:
    """The argument of a command about one cell: the one at ``position`` or named ``cell``."""

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """Id of the cell; it wins over ``position``, which may have moved since."""
    wait: bool = True
    """Answer when the cells have ended; false answers as soon as they are queued."""


@attrs.frozen
class SelectionArguments:
    """The argument of a command about a stretch of text."""

    uri: str
    range: lsp.Range
    wait: bool = True
    """Answer when the run has ended; false answers as soon as it is queued."""


@attrs.frozen
class ClearArguments:
    """The argument of ``cellbridge.clearOutputs``: which cell; all if none is named."""

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """Id of the cell; it wins over ``position``."""


@attrs.frozen
class InputArguments:
    """The argument of ``cellbridge.answerInput``."""

    uri: str
    text: str
    """The line, without a line end."""


@attrs.frozen
class CellPlace:
    """The argument of a command that goes from the cell at ``position`` or named ``cell``."""

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """Id of the cell; it wins over ``position``."""


@attrs.frozen
class EditArguments:
    """The argument of ``cellbridge.editCell``."""

    uri: str
    position: lsp.Position
    edit: str
    """One of insertAbove, insertBelow, insertMarkdownAbove, insertMarkdownBelow, split, mergeAbove,
    mergeBelow, moveUp, moveDown, duplicate, delete, toCode, toMarkdown, toRaw, markdownAsComments,
    markdownAsString."""


@attrs.frozen
class CellResult:
    """How the run of one cell went."""

    id: str
    """The cell's id; empty for a selection that is no cell of its own."""
    state: RunState
    count: int | None = None
    """The kernel's execution count."""
    duration: float | None = None
    """Seconds from start to end; left out while there is no end."""
    text: str = ""
    """Its outputs as plain text, cut to a screenful."""


@attrs.frozen
class RunResult:
    """What a run command did."""

    cells: list[CellResult]


@attrs.frozen
class AdvanceResult:
    """What ``cellbridge.runCellAndAdvance`` did."""

    cells: list[CellResult]
    next: lsp.Position
    """Start of the next cell's first line below its marker; this cell's own if it is the last."""


@attrs.frozen
class PlaceResult:
    """Where to go."""

    position: lsp.Position


@attrs.frozen
class Command:
    """One command."""

    name: str
    title: str
    """What a person reads on a button or in a menu."""
    arguments: type[Any]
    result: type[Any] | None
    """None for a command that answers null."""
    doc: str
    since: str = "0.1.0"


COMMANDS: tuple[Command, ...] = (
    Command("cellbridge.runCell", "Run cell", CellArguments, RunResult, "Run the cell."),
    Command(
        "cellbridge.runCellAndAdvance", "Run cell and advance", CellArguments, AdvanceResult,
        "Run the cell, and say where the next one begins; with `wait: false` at once.",
    ),
    Command(
        "cellbridge.runAbove", "Run above", CellArguments, RunResult,
        "Run all code cells above the cell, in order, without the cell itself.",
    ),
    Command(
        "cellbridge.runBelow", "Run below", CellArguments, RunResult,
        "Run the cell and all code cells below it, in order.",
    ),
    Command(
        "cellbridge.runAll", "Run all cells", RunAllArguments, RunResult,
        "Run all code cells, in order.",
    ),
    Command(
        "cellbridge.runSelection", "Run selection", SelectionArguments, RunResult,
        "Run the selected lines as they are; an empty range stands for its line.",
    ),
    Command(
        "cellbridge.interrupt", "Interrupt kernel", NotebookArguments, None,
        "Interrupt the running cell and empty the queue.",
    ),
    Command(
        "cellbridge.restart", "Restart kernel", NotebookArguments, None,
        "Give the document a new kernel process; answers when it is ready.",
    ),
    Command(
        "cellbridge.restartAndRunAll", "Restart kernel and run all cells", RunAllArguments,
        RunResult,
        "Restart the kernel, then run all code cells, in order.",
    ),
    Command(
        "cellbridge.shutdown", "Shut down kernel", NotebookArguments, None,
        "End the kernel and its session; the outputs stay.",
    ),
    Command(
        "cellbridge.clearOutputs", "Clear outputs", ClearArguments, None,
        "Forget the outputs of one cell or of all; running cells keep theirs.",
    ),
    Command(
        "cellbridge.answerInput", "Answer input()", InputArguments, None,
        "Give the running cell the line of text that it waits for.",
    ),
    Command(
        "cellbridge.nextCell", "Go to the next cell", CellPlace, PlaceResult,
        "Say where the next cell begins; the last cell itself for the last.",
    ),
    Command(
        "cellbridge.previousCell", "Go to the previous cell", CellPlace, PlaceResult,
        "Say where the previous cell begins; the first cell itself for the first.",
    ),
    Command(
        "cellbridge.editCell", "Edit cell", EditArguments, PlaceResult,
        "Have the editor insert, split, merge, move, copy, delete or retype a cell, as one step to "
        "undo; answers where the cursor goes.",
    ),
)  # fmt: skip
