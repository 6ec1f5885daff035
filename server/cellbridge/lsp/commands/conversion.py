"""Commands that convert between scripts and notebooks, and the update of a notebook on save.

Owns the questions to the user. `cellbridge.notebooks.sync` decides which file is written and
ensures that no change is lost.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types as lsp

from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.lsp.context import Context
from cellbridge.lsp.push import ignored_files
from cellbridge.notebooks.pairs import may_be_paired
from cellbridge.notebooks.sync_process import SyncRequest, SyncResult
from cellbridge.session.errors import SessionError
from cellbridge.workspace import pair_sync
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.pair_sync import Purpose, Take
from cellbridge.workspace.workspace import path_of

KEEP_SCRIPT = "Keep Script"
KEEP_NOTEBOOK = "Keep Notebook"
LEAVE = "Leave Both Unchanged"
_TAKES: dict[str, Take] = {KEEP_SCRIPT: "script", KEEP_NOTEBOOK: "notebook"}


async def convert_to_notebook(call: Invocation, arguments: p.ConvertArguments) -> p.ConvertResult:
    """Write the notebook of a script."""
    answer = await _convert(call, arguments.uri, "notebook")
    return p.ConvertResult(Path(answer.notebook).as_uri())


async def convert_to_script(call: Invocation, arguments: p.ConvertArguments) -> p.ConvertResult:
    """Write the script of a notebook."""
    answer = await _convert(call, arguments.uri, "script")
    return p.ConvertResult(Path(answer.script).as_uri())


async def open_as_script(call: Invocation, arguments: p.ConvertArguments) -> p.ConvertResult:
    """Write the script of a notebook, and show it if the editor can."""
    made = await convert_to_script(call, arguments)
    if call.context.client.shows_documents:
        shown = lsp.ShowDocumentParams(made.uri, take_focus=True)
        await call.context.editor.request(lsp.WINDOW_SHOW_DOCUMENT, shown)
    else:
        name = Path(path_of(made.uri) or made.uri).name
        call.context.editor.show(f"Open {name} to edit the notebook as a script.", _INFO)
    return made


async def update_paired_notebook(context: Context, notebook: Notebook) -> None:
    """Update the notebook that is paired with a script that was saved, if there is one."""
    path = notebook.path
    if path is None or not context.config.pairs.save:
        return
    if not await asyncio.to_thread(may_be_paired, path, notebook.text.content):
        return
    answer = await context.keeper.sync_saved(notebook)
    for one in answer.ignored:
        refusal = Refusal(Path(one.entry), Path(one.folder), one.reason)
        ignored_files.report(context, notebook, refusal)
    news = context.keeper.is_new_problem(notebook.uri, answer.problem)
    if answer.conflict:
        answer = await _resolve_conflict(context, notebook, "save", answer)
    elif answer.problem and news:
        context.editor.show(answer.problem, lsp.MessageType.Warning)
    elif answer.problem:
        context.editor.log(answer.problem)
    if answer.note:
        context.editor.show(answer.note, lsp.MessageType.Info)
    if answer.notebook and not answer.problem:
        context.editor.log(f"{answer.notebook} is up to date with {path.name}.")


_INFO = lsp.MessageType.Info


async def _convert(call: Invocation, uri: str, purpose: Purpose) -> SyncResult:
    """Convert a file, and return the result.

    Raises:
        SessionError: The file was not converted; the message contains the reason.
    """
    notebook = call.context.workspace.get(uri)
    path = path_of(uri)
    if notebook is not None and purpose == "notebook":
        answer = await call.context.keeper.convert(notebook, purpose)
    elif path is not None:
        answer = await pair_sync.run_sync_process(SyncRequest(str(path), purpose))
    else:
        raise SessionError("Only a file can be converted; save the document first.")
    if answer.conflict:
        answer = await _resolve_conflict(call.context, notebook or path or uri, purpose, answer)
    if answer.problem:
        raise SessionError(answer.problem)
    if answer.note:
        call.context.editor.show(answer.note, _INFO)
    return answer


async def _resolve_conflict(
    context: Context, which: Notebook | Path | str, purpose: Purpose, conflict: SyncResult
) -> SyncResult:
    """Ask the user which file to keep; without a choice the conflict is returned."""
    choices = (KEEP_SCRIPT, KEEP_NOTEBOOK, LEAVE)
    take = _TAKES.get(await context.editor.choose(conflict.problem, choices) or "")
    if take is None:
        return conflict
    if isinstance(which, Notebook):
        answer = await context.keeper.convert(which, purpose, take)
    else:
        answer = await pair_sync.run_sync_process(SyncRequest(conflict.script, purpose, take))
    if answer.problem and purpose == "save":
        context.editor.show(answer.problem)
    return answer
