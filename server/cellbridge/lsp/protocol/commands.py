"""The commands about cells and their kernel: ``workspace/executeCommand`` with one JSON object.

Declarations only.
"""

import attrs
from lsprotocol import types as lsp

from cellbridge.lsp.protocol.cells import RunState
from cellbridge.lsp.protocol.declarations import Command


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
    """The argument of ``cellbridge.clearOutputs``: which cell; all if none is named.

    What a cell shows when the command arrives is forgotten. A client that sends it later than the
    user asked for it names ``runs``.
    """

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """Id of the cell; it wins over ``position``."""
    runs: list[str] | None = None
    """Ids of the runs whose outputs are meant, and no others; they win over ``cell``."""


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
