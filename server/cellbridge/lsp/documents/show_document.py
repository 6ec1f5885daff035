"""The display of a document or a file in the best way that the editor supports.

Owns the choice, which depends on the editor's capabilities:

    text       a virtual document                       workspace/textDocumentContent
               otherwise a private file                 window/showDocument
    the rest   a private file, in the system's viewer   window/showDocument, external
    neither    a private file, and a message with its path
    a line     of a document                            window/showDocument, with a selection

It must not know the meaning of the content.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from lsprotocol import types as lsp

from cellbridge.lsp.context import Context
from cellbridge.lsp.documents import temporary_files
from cellbridge.lsp.documents.document_uri import Address, written
from cellbridge.session.errors import SessionError


async def show_text(
    context: Context, address: Address, title: str, text: Callable[[], Awaitable[str]]
) -> str:
    """Show a text that can be requested again by its address; return the URI of the document.

    Raises:
        SessionError: It can neither be shown nor written to a file.
    """
    if context.client.text_documents and context.client.shows_documents:
        uri = written(address, title)
        if await _show(context, uri, external=False):
            return uri
    stem, dot, suffix = title.rpartition(".")
    return await show_file(
        context,
        (stem, f"{dot}{suffix}") if dot else (title, ".txt"),
        (await text()).encode("utf-8", "replace"),
        external=False,
    )


async def show_file(
    context: Context, name: tuple[str, str], content: bytes, *, external: bool
) -> str:
    """Show a private file with this name and suffix; return its URI.

    Raises:
        SessionError: It cannot be written.
    """
    try:
        path = await temporary_files.write_file(*name, content)
    except OSError as error:
        raise SessionError(
            f"The output cannot be written to a file ({error.strerror}); "
            "free space in the runtime directory, or set CELLBRIDGE_RUNTIME_DIR to another one."
        ) from error
    uri = path.as_uri()
    if not (context.client.shows_documents and await _show(context, uri, external=external)):
        context.editor.show(f"The output is in {path}; open it from there.", lsp.MessageType.Info)
    return uri


async def show_line(context: Context, uri: str, start: lsp.Position) -> None:
    """Have the editor show a line of a document and move the cursor there, if it can."""
    if context.client.shows_documents:
        area = lsp.Range(start, start)
        params = lsp.ShowDocumentParams(uri, take_focus=True, selection=area)
        await context.editor.request(lsp.WINDOW_SHOW_DOCUMENT, params)


async def _show(context: Context, uri: str, *, external: bool) -> bool:
    params = lsp.ShowDocumentParams(uri, external=external, take_focus=True)
    answer = await context.editor.request(lsp.WINDOW_SHOW_DOCUMENT, params)
    return isinstance(answer, lsp.ShowDocumentResult) and answer.success
