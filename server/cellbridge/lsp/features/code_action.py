"""textDocument/codeAction: what can be done to the cell at the cursor, for editors without lenses.

Owns the choice of actions. They are offered when a person asks, not when an editor looks by itself
for something to light a bulb over: there would be one in every line.
"""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types as lsp

from cellbridge.core.cells import CellKind
from cellbridge.lsp.context import Context
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.views import CellView

RUN_KIND = "cellbridge.run"
"""Kind of the actions that run something; an open set in the protocol, parted by dots."""


def code_action(
    context: Context, params: lsp.CodeActionParams
) -> list[lsp.CodeAction | lsp.Command]:
    """Return the actions for the cell in which the range starts."""
    notebook = context.workspace.get(params.text_document.uri)
    automatic = params.context.trigger_kind is lsp.CodeActionTriggerKind.Automatic
    if notebook is None or automatic or not _wanted(params.context.only):
        return []
    view = notebook.view(notebook.index_at(params.range.start.line))
    commands = _commands(notebook, view, params.range)
    if not context.client.action_literals:
        return [*commands]
    return [lsp.CodeAction(command.title, kind=RUN_KIND, command=command) for command in commands]


def _wanted(only: Sequence[str | lsp.CodeActionKind] | None) -> bool:
    """Return whether the kinds asked for hold ours: a kind stands for all that begin with it."""
    if only is None:
        return True
    kinds = [getattr(kind, "value", kind) for kind in only]
    return any(not kind or kind == RUN_KIND or RUN_KIND.startswith(f"{kind}.") for kind in kinds)


def _commands(notebook: Notebook, view: CellView, selected: lsp.Range) -> list[lsp.Command]:
    uri = notebook.uri
    cell: dict[str, object] = {
        "uri": uri,
        "cell": view.id,
        "position": {"line": view.first_line, "character": 0},
    }
    commands: list[lsp.Command] = []

    def offer(title: str, command: str, argument: dict[str, object]) -> None:
        commands.append(lsp.Command(title, f"cellbridge.{command}", arguments=[argument]))

    def offer_run(title: str, command: str, argument: dict[str, object]) -> None:
        # Emacs stands still until a command is answered, and gives up on it after ten seconds.
        offer(title, command, {**argument, "wait": False})

    if view.cell.kind is CellKind.CODE:
        offer_run("Run cell", "runCell", cell)
    if selected.start != selected.end:
        offer_run("Run selection", "runSelection", {"uri": uri, "range": _plain(selected)})
    if view.index > 0:
        offer_run("Run cells above", "runAbove", cell)
    offer_run("Run this cell and all below", "runBelow", cell)
    offer_run("Run all cells", "runAll", {"uri": uri})
    if view.run is not None:
        offer("Clear the cell's outputs", "clearOutputs", cell)
    offer("Clear all outputs", "clearOutputs", {"uri": uri})
    offer("Interrupt the kernel", "interrupt", {"uri": uri})
    offer("Restart the kernel", "restart", {"uri": uri})
    offer_run("Restart the kernel and run all cells", "restartAndRunAll", {"uri": uri})
    offer("Shut down the kernel", "shutdown", {"uri": uri})
    return commands


def _plain(area: lsp.Range) -> dict[str, object]:
    return {
        "start": {"line": area.start.line, "character": area.start.character},
        "end": {"line": area.end.line, "character": area.end.character},
    }
