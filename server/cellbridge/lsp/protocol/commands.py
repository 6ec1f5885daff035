"""Commands for cells and their kernel: ``workspace/executeCommand`` with one JSON object.

Declarations only.
"""

import attrs
from lsprotocol import types as lsp

from cellbridge.lsp.protocol.cells import RunState
from cellbridge.lsp.protocol.declarations import Command


@attrs.frozen
class NotebookArguments:
    """The argument of a command for a whole document."""

    uri: str


@attrs.frozen
class RunAllArguments:
    """The argument of a command that runs a whole document."""

    uri: str
    wait: bool = True
    """True to answer when the cells have ended, false to answer as soon as they are queued."""


@attrs.frozen
class CellArguments:
    """The argument of a command for one cell: the cell at ``position``, or with the id ``cell``."""

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """The id of the cell. It takes precedence over ``position``, which may be out of date."""
    wait: bool = True
    """True to answer when the cells have ended, false to answer as soon as they are queued."""
    stop_on_entry: bool = False
    """True to stop before the first statement of the first cell, if a debugger is attached."""


@attrs.frozen
class SelectionArguments:
    """The argument of a command for a range of text."""

    uri: str
    range: lsp.Range
    wait: bool = True
    """True to answer when the run has ended, false to answer as soon as it is queued."""


@attrs.frozen
class ClearOutputsArguments:
    """The argument of ``cellbridge.clearOutputs``: the cell to clear; all cells if none is given.

    The command clears the outputs that a cell has when the command arrives. A client that sends it
    later than the user requested it gives ``runs``.
    """

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """The id of the cell. It takes precedence over ``position``."""
    runs: list[str] | None = None
    """The ids of the runs whose outputs are cleared. They take precedence over ``cell``."""


@attrs.frozen
class InputArguments:
    """The argument of ``cellbridge.answerInput``."""

    uri: str
    text: str
    """The line of input, without a line ending."""


@attrs.frozen
class CellPosition:
    """The argument of a command that starts from the cell at ``position`` or with id ``cell``."""

    uri: str
    position: lsp.Position | None = None
    cell: str | None = None
    """The id of the cell. It takes precedence over ``position``."""


@attrs.frozen
class EditArguments:
    """The argument of ``cellbridge.editCell``."""

    uri: str
    position: lsp.Position
    edit: str
    """The edit: insertAbove, insertBelow, insertMarkdownAbove, insertMarkdownBelow, split,
    mergeAbove, mergeBelow, moveUp, moveDown, duplicate, delete, toCode, toMarkdown, toRaw,
    markdownAsComments or markdownAsString."""


@attrs.frozen
class CellResult:
    """The result of one cell's run."""

    id: str
    """The cell's id; empty for selected lines that are not a whole cell."""
    state: RunState
    count: int | None = None
    """The kernel's execution count."""
    duration: float | None = None
    """Seconds from start to end; omitted until the run has ended."""
    text: str = ""
    """Its outputs as plain text, at most about one screen."""


@attrs.frozen
class RunResult:
    """The results of a run command."""

    cells: list[CellResult]


@attrs.frozen
class AdvanceResult:
    """The result of ``cellbridge.runCellAndAdvance``."""

    cells: list[CellResult]
    next: lsp.Position
    """The start of the next cell's first line below its marker; of this cell's if it is last."""


@attrs.frozen
class PositionResult:
    """The position to move the cursor to."""

    position: lsp.Position


COMMANDS: tuple[Command, ...] = (
    Command("cellbridge.runCell", "Run cell", CellArguments, RunResult, "Run the cell."),
    Command(
        "cellbridge.runCellAndAdvance", "Run cell and advance", CellArguments, AdvanceResult,
        "Run the cell and return the start of the next cell; with `wait: false`, immediately.",
    ),
    Command(
        "cellbridge.runAbove", "Run above", CellArguments, RunResult,
        "Run all code cells above the cell, in order, but not the cell itself.",
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
        "Run the selected lines as they are; cells that they cover completely run as cells. "
        "An empty range means its line.",
    ),
    Command(
        "cellbridge.interrupt", "Interrupt kernel", NotebookArguments, None,
        "Interrupt the running cell and clear the queue.",
    ),
    Command(
        "cellbridge.restart", "Restart kernel", NotebookArguments, None,
        "Start a new kernel process for the document; answers when it is ready.",
    ),
    Command(
        "cellbridge.restartAndRunAll", "Restart kernel and run all cells", RunAllArguments,
        RunResult,
        "Restart the kernel, then run all code cells, in order.",
    ),
    Command(
        "cellbridge.startKernel", "Start kernel", NotebookArguments, None,
        "Start a kernel for the document if none is running; answers before it is ready.",
    ),
    Command(
        "cellbridge.shutdown", "Shut down kernel", NotebookArguments, None,
        "End the kernel and its session. Outputs are kept.",
    ),
    Command(
        "cellbridge.clearOutputs", "Clear outputs", ClearOutputsArguments, None,
        "Clear the outputs of one cell or of all cells. Running cells keep their outputs.",
    ),
    Command(
        "cellbridge.answerInput", "Respond to input()", InputArguments, None,
        "Send the running cell the line of text that it waits for.",
    ),
    Command(
        "cellbridge.nextCell", "Go to the next cell", CellPosition, PositionResult,
        "Return the start of the next cell, or of this cell if it is the last.",
    ),
    Command(
        "cellbridge.previousCell", "Go to the previous cell", CellPosition, PositionResult,
        "Return the start of the previous cell, or of this cell if it is the first.",
    ),
    Command(
        "cellbridge.editCell", "Edit cell", EditArguments, PositionResult,
        "Insert, split, merge, move, duplicate, delete or change the type of a cell, as one undo "
        "step in the editor; returns the new cursor position.",
    ),
)  # fmt: skip
