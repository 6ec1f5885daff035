"""cellbridge.openPage: the session of a document in a browser.

Owns how the address reaches the user. `cellbridge.workspace.page_process` finds or starts the
process that serves the page.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation, cell_index
from cellbridge.session.errors import SessionError


async def open_page(call: Invocation, arguments: p.OpenPageArguments) -> p.OpenPageResult:
    """Open an address of the page in a browser, or show it where the editor cannot.

    Raises:
        SessionError: The document has no file, or the page cannot be started.
    """
    # Only this command needs the module.
    from cellbridge.workspace import page_process  # noqa: PLC0415 (on demand)

    context = call.context
    notebook = context.notebook(arguments.uri)
    if notebook.path is None:
        raise SessionError(f"{notebook.name} has no file yet; save it to show it in a browser.")
    named = arguments.cell is not None or arguments.position is not None
    place = p.CellPosition(arguments.uri, arguments.position, arguments.cell)
    cell = notebook.ids[cell_index(call, notebook, place)] if named else ""
    request = page_process.Request(script=str(notebook.path), cell=cell)
    answer = await page_process.open_address(request)
    forward = page_process.forward_command(answer, request)
    shown = arguments.show and not forward and await _show(call, answer.url)
    if arguments.show and not shown:
        hint = f"run {forward} on your own machine, then " if forward else ""
        sentence = f"{hint}open {answer.url} in a browser; it works once, within two minutes."
        context.editor.show(sentence[0].upper() + sentence[1:], lsp.MessageType.Info)
    return p.OpenPageResult(answer.url, shown, forward)


async def _show(call: Invocation, url: str) -> bool:
    """Have the editor open an address; return True if it has."""
    context = call.context
    if not context.client.shows_documents:
        return False
    params = lsp.ShowDocumentParams(url, external=True, take_focus=True)
    answer = await context.editor.request(lsp.WINDOW_SHOW_DOCUMENT, params)
    return isinstance(answer, lsp.ShowDocumentResult) and answer.success
