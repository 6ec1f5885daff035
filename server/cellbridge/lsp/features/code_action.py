"""textDocument/codeAction: what can be done to the cell at the cursor, for editors without lenses.

Owns the choice of actions. They are offered when a person asks, not when an editor looks by itself
for something to light a bulb over: there would be one in every line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.text import Position
from cellbridge.core.output.bundle import part_label
from cellbridge.core.output.mime_types import Part
from cellbridge.core.output.preview import shorten
from cellbridge.lsp.context import Context
from cellbridge.lsp.documents.external_view import viewed
from cellbridge.lsp.features import missing_module
from cellbridge.lsp.features.cell_edit_actions import CELL_EDITS, workspace_edit
from cellbridge.lsp.features.conversion_actions import conversion_actions
from cellbridge.lsp.features.variable_actions import variable_actions
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook

_VIEWED = 5
"""So many pictures of one cell are offered one by one."""

_RESTORED = 3
"""So many removed cells are offered one by one, the latest."""

RUN_KIND = "cellbridge.run"
"""Kind of the actions that run something; an open set in the protocol, parted by dots."""


async def code_action(
    context: Context, params: lsp.CodeActionParams
) -> list[lsp.CodeAction | lsp.Command]:
    """Return the actions for the cell in which the range starts."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return []
    actions = await _of_the_cell(context, notebook, params)
    view = notebook.view(notebook.index_at(params.range.start.line))
    if _wanted(lsp.CodeActionKind.QuickFix, params.context.only):
        # What mends an error is worth a bulb, so an editor may look for it by itself.
        actions = [*await missing_module.actions(context, notebook, view), *actions]
    if not context.client.action_literals:
        return [action.command for action in actions if action.command is not None]
    return [*actions]


async def _of_the_cell(
    context: Context, notebook: Notebook, params: lsp.CodeActionParams
) -> list[lsp.CodeAction]:
    """Return what can be done to the cell itself, where a person asks for it."""
    if params.context.trigger_kind is lsp.CodeActionTriggerKind.Automatic:
        return []
    only = params.context.only
    edits = _edits(context, notebook, params)
    actions = [action for action in edits if _wanted(action.kind, only)]
    if _wanted(RUN_KIND, only):
        view = notebook.view(notebook.index_at(params.range.start.line))
        commands = [*_of_a_silent_session(notebook)]
        commands += _answers(context, notebook, params.range)
        commands += _commands(notebook, view, params.range)
        commands += await variable_actions(context, notebook, params.range)
        commands += conversion_actions(notebook, view)
        commands += _trusting(context, notebook)
        runs = [lsp.CodeAction(each.title, kind=RUN_KIND, command=each) for each in commands]
        actions = [*runs, *actions]
    return actions


def _wanted(kind: str | None, only: Sequence[str] | None) -> bool:
    """Return whether the kinds asked for hold ``kind``: one stands for all that begin with it."""
    if only is None or kind is None:
        return True
    asked = [str(getattr(each, "value", each)) for each in only]
    return any(not each or kind == each or kind.startswith(f"{each}.") for each in asked)


def _edits(
    context: Context, notebook: Notebook, params: lsp.CodeActionParams
) -> list[lsp.CodeAction]:
    """Return the edits of the cell that make sense at the start of the range."""
    start = params.range.start
    at = context.convert.from_position(notebook.text, start)
    actions: list[lsp.CodeAction] = []
    for name, offered in CELL_EDITS.items():
        edit = offered.make(notebook.cells, at)
        if edit is None:
            continue
        action = lsp.CodeAction(offered.title, kind=offered.kind)
        if context.client.action_literals:
            action.edit = workspace_edit(context, notebook, edit)
        else:
            position = {"line": start.line, "character": start.character}
            argument = {"uri": notebook.uri, "position": position, "edit": name}
            action.command = lsp.Command(offered.title, "cellbridge.editCell", arguments=[argument])
        actions.append(action)
    return actions


def _trusting(context: Context, notebook: Notebook) -> list[lsp.Command]:
    """Return the actions that trust the folders whose files were ignored."""
    return [
        lsp.Command(
            f"Trust the folder {folder}",
            "cellbridge.trustFolder",
            arguments=[{"uri": notebook.uri, "folder": str(folder)}],
        )
        for folder in context.refused.get(notebook.uri, ())
    ]


def _answers(context: Context, notebook: Notebook, selected: lsp.Range) -> list[lsp.Command]:
    """Return the action that gives a waiting cell the selected text as its line of input.

    Not every editor can ask a person for a line and send it as a command's argument; in all of them
    one can be written into the document and selected.
    """
    asked = [view.run.waiting for view in notebook.views() if view.run and view.run.waiting]
    area = context.convert.from_range(notebook.text, selected)
    start, end = area.start, area.end
    if not asked or (end.line > start.line and end != Position(start.line + 1, 0)):
        return []
    line = notebook.text.line(start.line)
    line = line[start.column : end.column if end.line == start.line else None]
    prompt = shorten(asked[0].prompt, 40).rstrip(": ")
    offered = f"“{shorten(line, 40)}”" if line.strip() else "an empty line"
    argument: dict[str, object] = {"uri": notebook.uri, "text": line}
    title = f"Answer {prompt or 'input()'} with {offered}"
    return [lsp.Command(title, "cellbridge.answerInput", arguments=[argument])]


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
    if view.outputs:
        offer("Open output", "openOutput", cell)
        for which, part in _viewed(view):
            offer(f"Open {part_label(part)}", "openOutput", {**cell, "output": which})
    if view.index > 0:
        offer_run("Run cells above", "runAbove", cell)
    offer_run("Run this cell and all below", "runBelow", cell)
    offer_run("Run all cells", "runAll", {"uri": uri})
    if view.run is not None:
        offer("Clear the cell's outputs", "clearOutputs", cell)
    for title, command, more in _removed(notebook):
        offer(title, command, {"uri": uri, "position": cell["position"], **more})
    offer("Clear all outputs", "clearOutputs", {"uri": uri})
    offer("Interrupt the kernel", "interrupt", {"uri": uri})
    offer("Restart the kernel", "restart", {"uri": uri})
    offer_run("Restart the kernel and run all cells", "restartAndRunAll", {"uri": uri})
    offer("Shut down the kernel", "shutdown", {"uri": uri})
    offer("Kernel: which, and why", "explainKernel", {"uri": uri})
    return commands


def _of_a_silent_session(notebook: Notebook) -> Iterator[lsp.Command]:
    """Yield the action that ends a session which does not answer."""
    if notebook.silent:
        title = "Stop the session anyway: it does not answer"
        yield lsp.Command(title, "cellbridge.stopSessionAnyway", arguments=[{"uri": notebook.uri}])


def _removed(notebook: Notebook) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yield title, command and more of its argument for what can be done about removed cells."""
    if orphans := notebook.orphans():
        many = "s" if len(orphans) > 1 else ""
        yield f"Show output of {len(orphans)} removed cell{many}", "showRemoved", {}
        for orphan in orphans[:_RESTORED]:
            said = shorten(orphan.run.cell_source, 30)
            yield f"Restore removed cell “{said}”", "restoreCell", {"cell": orphan.cell_id}


def _viewed(view: CellView) -> list[tuple[int, Part]]:
    """Return which outputs a viewer shows; the last ones of a long row of pictures."""
    found = [(which, viewed(output)) for which, output in enumerate(view.outputs)]
    return [(which, part) for which, part in found if part is not None][-_VIEWED:]


def _plain(area: lsp.Range) -> dict[str, object]:
    return {
        "start": {"line": area.start.line, "character": area.start.character},
        "end": {"line": area.end.line, "character": area.end.character},
    }
