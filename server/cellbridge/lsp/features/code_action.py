"""textDocument/codeAction: actions for the cell at the cursor, for editors without code lenses.

Owns the choice of actions. They are returned when the user requests them, not for an automatic
request of the editor, which would show a light bulb on every line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types as lsp

from cellbridge.core.document.cells import CellKind
from cellbridge.core.document.text import Position
from cellbridge.core.output.bundle import part_label
from cellbridge.core.output.mime_types import Part
from cellbridge.core.output.outputs import Display
from cellbridge.core.output.preview import shorten
from cellbridge.lsp.context import Context
from cellbridge.lsp.documents.external_view import viewable_part
from cellbridge.lsp.features import missing_module
from cellbridge.lsp.features.agent_actions import agent_commands, permission_commands
from cellbridge.lsp.features.cell_edit_actions import CELL_EDITS, workspace_edit
from cellbridge.lsp.features.conversion_actions import conversion_actions
from cellbridge.lsp.features.debug_actions import (
    breakpoint_commands,
    run_by_line_commands,
    step_commands,
)
from cellbridge.lsp.features.frame_actions import error_action, frame_commands
from cellbridge.lsp.features.variable_actions import variable_actions
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook

_VIEWABLE_LIMIT = 5
"""The number of images of one cell that get their own action."""

_RESTORE_LIMIT = 3
"""The number of removed cells, the most recent first, that get their own action."""

RUN_KIND = "cellbridge.run"
"""The kind of the actions that run something. Kinds are an open set of dotted names."""


async def code_action(
    context: Context, params: lsp.CodeActionParams
) -> list[lsp.CodeAction | lsp.Command]:
    """Return the actions for the cell in which the range starts."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return []
    notebook.sharing.cursor_moved(params.range.start.line)
    actions = await _cell_actions(context, notebook, params)
    view = notebook.view(notebook.index_at(params.range.start.line))
    if _matches(lsp.CodeActionKind.QuickFix, params.context.only):
        # Quick fixes are worth a light bulb, so they also answer automatic requests.
        fix = error_action(notebook, view, list(params.context.diagnostics))
        found = await missing_module.actions(context, notebook, view)
        actions = [*found, *filter(None, [fix]), *actions]
    if not context.client.action_literals:
        return [action.command for action in actions if action.command is not None]
    return [*actions]


async def _cell_actions(
    context: Context, notebook: Notebook, params: lsp.CodeActionParams
) -> list[lsp.CodeAction]:
    """Return the actions for the cell itself, unless the request is automatic."""
    if params.context.trigger_kind is lsp.CodeActionTriggerKind.Automatic:
        return []
    only = params.context.only
    edits = _edits(context, notebook, params)
    actions = [action for action in edits if _matches(action.kind, only)]
    if _matches(RUN_KIND, only):
        view = notebook.view(notebook.index_at(params.range.start.line))
        steps = step_commands(context, notebook)
        commands = [*steps, *_force_stop_commands(notebook), *agent_commands(notebook)]
        commands += _input_commands(context, notebook, params.range)
        commands += frame_commands(notebook, view)
        commands += _cell_commands(notebook, view, params.range)
        commands += breakpoint_commands(context, notebook, params.range.start.line)
        commands += await variable_actions(context, notebook, params.range)
        commands += conversion_actions(notebook, view)
        commands += permission_commands(notebook, view)
        commands += _trust_commands(context, notebook)
        commands += _page_commands(notebook, view)
        runs = [lsp.CodeAction(each.title, kind=RUN_KIND, command=each) for each in commands]
        if steps:
            runs[0].is_preferred = True
        actions = [*runs, *actions]
    return actions


def _matches(kind: str | None, only: Sequence[str] | None) -> bool:
    """Return True if a requested kind includes ``kind``: a kind includes all its sub-kinds."""
    if only is None or kind is None:
        return True
    asked = [str(getattr(each, "value", each)) for each in only]
    return any(not each or kind == each or kind.startswith(f"{each}.") for each in asked)


def _edits(
    context: Context, notebook: Notebook, params: lsp.CodeActionParams
) -> list[lsp.CodeAction]:
    """Return the edits of the cell that are possible at the start of the range."""
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


def _page_commands(notebook: Notebook, view: CellView) -> list[lsp.Command]:
    """Return the action that shows the cell in a browser."""
    if notebook.path is None:
        return []
    argument = {"uri": notebook.uri, "cell": view.id}
    return [lsp.Command("Open in browser", "cellbridge.openPage", arguments=[argument])]


def _trust_commands(context: Context, notebook: Notebook) -> list[lsp.Command]:
    """Return the actions that trust the folders whose files were ignored."""
    return [
        lsp.Command(
            f"Trust folder {folder}",
            "cellbridge.trustFolder",
            arguments=[{"uri": notebook.uri, "folder": str(folder)}],
        )
        for folder in context.refused.get(notebook.uri, ())
    ]


def _input_commands(context: Context, notebook: Notebook, selected: lsp.Range) -> list[lsp.Command]:
    """Return the action that sends the selected text to a waiting cell as its line of input.

    Not every editor can prompt the user for a line and send it as a command's argument. In every
    editor the user can write it into the document and select it.
    """
    active = (view.active for view in notebook.views_with_runs())
    asked = [run.waiting for run in active if run is not None and run.waiting is not None]
    area = context.convert.from_range(notebook.text, selected)
    start, end = area.start, area.end
    if not asked or (end.line > start.line and end != Position(start.line + 1, 0)):
        return []
    line = notebook.text.line(start.line)
    line = line[start.column : end.column if end.line == start.line else None]
    prompt = shorten(asked[0].prompt, 40).rstrip(": ")
    offered = f"“{shorten(line, 40)}”" if line.strip() else "an empty line"
    argument: dict[str, object] = {"uri": notebook.uri, "text": line}
    title = f"Respond to {prompt or 'input()'} with {offered}"
    return [lsp.Command(title, "cellbridge.answerInput", arguments=[argument])]


def _cell_commands(notebook: Notebook, view: CellView, selected: lsp.Range) -> list[lsp.Command]:
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
        # Emacs blocks until a command is answered, and gives up after ten seconds.
        offer(title, command, {**argument, "wait": False})

    if view.cell.kind is CellKind.CODE:
        offer_run("Run cell", "runCell", cell)
        commands += run_by_line_commands(notebook, cell)
    if selected.start != selected.end:
        offer_run("Run selection", "runSelection", {"uri": uri, "range": _range_as_json(selected)})
    for title, command, more in _output_commands(view):
        offer(title, command, {**cell, **more})
    if view.index > 0:
        offer_run("Run cells above", "runAbove", cell)
    offer_run("Run cell and all below", "runBelow", cell)
    offer_run("Run all cells", "runAll", {"uri": uri})
    offer("Interrupt kernel", "interrupt", {"uri": uri})
    if view.run is not None or view.parts:
        offer("Clear cell outputs", "clearOutputs", cell)
    for title, command, more in _removed_cell_commands(notebook):
        offer(title, command, {"uri": uri, "position": cell["position"], **more})
    offer("Clear all outputs", "clearOutputs", {"uri": uri})
    offer("Restart kernel", "restart", {"uri": uri})
    offer_run("Restart kernel and run all cells", "restartAndRunAll", {"uri": uri})
    offer("Shut down kernel", "shutdown", {"uri": uri})
    offer("Show kernel details", "showKernelDetails", {"uri": uri})
    return commands


def _output_commands(view: CellView) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yield the title, the command and further arguments of the actions on a cell's outputs."""
    if not view.outputs:
        return
    yield "Open output", "openOutput", {}
    if any(isinstance(output, Display) and output.widget for output in view.outputs):
        yield "Open widgets in browser", "openPage", {}
    for which, part in _viewable_outputs(view):
        yield f"Open {part_label(part)}", "openOutput", {"output": which}


def _force_stop_commands(notebook: Notebook) -> Iterator[lsp.Command]:
    """Yield the action that kills a session which does not answer."""
    if notebook.silent:
        title = "Force stop session: it does not respond"
        yield lsp.Command(title, "cellbridge.forceStopSession", arguments=[{"uri": notebook.uri}])


def _removed_cell_commands(notebook: Notebook) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yield the title, command and extra arguments of each action for removed cells."""
    if orphans := notebook.orphans():
        many = "s" if len(orphans) > 1 else ""
        yield f"Show outputs of {len(orphans)} removed cell{many}", "showRemovedOutputs", {}
        for orphan in orphans[:_RESTORE_LIMIT]:
            said = shorten(orphan.run.cell_source, 30)
            yield f"Restore removed cell “{said}”", "restoreCell", {"cell": orphan.cell_id}


def _viewable_outputs(view: CellView) -> list[tuple[int, Part]]:
    """Return the outputs that a viewer can show; only the last ones if there are many."""
    found = [(which, viewable_part(output)) for which, output in enumerate(view.outputs)]
    return [(which, part) for which, part in found if part is not None][-_VIEWABLE_LIMIT:]


def _range_as_json(area: lsp.Range) -> dict[str, object]:
    return {
        "start": {"line": area.start.line, "character": area.start.character},
        "end": {"line": area.end.line, "character": area.end.character},
    }
