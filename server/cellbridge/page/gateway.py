# Size: every message of tabs and to tabs, next to each other.
"""The messages between the tabs of browsers and the handlers of the language server.

Owns which tab shows which document, and what a tab may request. It answers tabs as VS Code's
extension answers the panel (editor-extension/vscode/src/panel/panel.ts). The messages are declared
in editor-extension/panel/src/messages.ts. It must not know HTTP.

Invariant: a message of a tab can request only what `REQUESTS` and `COMMANDS` name. An invalid
message is answered or ignored, and ends nothing.

Bounds: of one tab, some requests are handled at a time, `REQUEST_LIMIT` wait, and the rest is
refused. The answers wait until the tab has read the previous ones.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from lsprotocol import types as lsp

from cellbridge.base_protocol.message_bodies import decode, encode
from cellbridge.core.output.escapes import label
from cellbridge.lsp.context import Context
from cellbridge.lsp.errors import ArgumentError, response_error
from cellbridge.lsp.handlers import Handlers, table
from cellbridge.lsp.push.notifier import Notifier
from cellbridge.page.admission import Browser, Target
from cellbridge.page.browser_tab import MESSAGE_BYTES, Socket, Tab
from cellbridge.page.connection import BrowserConnection
from cellbridge.page.documents import Document, Documents, News
from cellbridge.session.errors import SessionError

REQUESTS = frozenset(
    {
        "cellbridge/outputs",
        "cellbridge/variables",
        "cellbridge/table",
        "cellbridge/tableSummary",
        "cellbridge/tableExport",
        "cellbridge/widgets",
        "cellbridge/widgetSend",
        "cellbridge/widgetModule",
        "cellbridge/plots",
        "cellbridge/plot",
        "cellbridge/sessions",
    }
)
"""The requests of the page: REQUESTS and PAGE_REQUESTS in messages.ts."""
RUNS = frozenset({"cellbridge.runCell", "cellbridge.runAll"})
"""The commands that run the text."""
COMMANDS = RUNS | {
    "cellbridge.interrupt",
    "cellbridge.restart",
    "cellbridge.clearOutputs",
    "cellbridge.answerInput",
}
"""The commands of the page: COMMANDS in messages.ts."""
TAB_LIMIT = 64
"""Tabs at a time; another one is refused."""
REQUEST_LIMIT = 256
"""Messages of one tab that are not handled yet."""
_CHANGES = {
    "cellbridge/cellsChanged": "cells",
    "cellbridge/kernelChanged": "kernel",
    "cellbridge/widgetsChanged": "widgets",
}
"""Notifications whose params are passed on, and the type of the page's message."""
_NEWS = {"cellbridge/variablesChanged": "variables", "cellbridge/plotsChanged": "plots"}
"""Notifications of which only the document is passed on."""
_KINDS = {1: "error", 2: "warning"}
_TOO_MANY = "Too many requests are waiting; wait until the page has caught up."
_TOO_LONG = "The answer has more than 64 MB, so it is not sent; save a smaller part of it."

log = logging.getLogger(__name__)

Message = dict[str, Any]


class Gateway:
    """All tabs of all browsers."""

    def __init__(self) -> None:
        self.connection = BrowserConnection(self._notified, self._drained)
        self._tabs: dict[int, Tab] = {}
        self._context: Context
        self._notifier: Notifier
        self._handlers: Handlers
        self._documents: Documents
        self.left = asyncio.Event()
        """Set when a tab has left; the process clears it, and waits for it."""

    def bind(self, context: Context, notifier: Notifier) -> None:
        """Connect the handlers; once, before the first tab."""
        self._context, self._notifier = context, notifier
        self._handlers = table(context, notifier)
        self._documents = Documents(context, notifier, self)

    @property
    def tabs(self) -> int:
        """The number of tabs."""
        return len(self._tabs)

    @asynccontextmanager
    async def joined(self, browser: Browser, socket: Socket) -> AsyncGenerator[Tab]:
        """Serve a tab while the block reads its messages.

        Raises:
            SessionError: there are too many tabs.
        """
        if len(self._tabs) >= TAB_LIMIT:
            raise SessionError("Too many tabs are open; close one, and reload this one.")
        tab = Tab(browser, self._send_document)
        self._tabs[tab.number] = tab

        def failed(error: Exception) -> None:
            if not isinstance(error, ConnectionError):  # Which means that the tab has left.
                log.error("A tab is disconnected after a fault", exc_info=error)
            self._start(tab, socket.close())

        writing = self._context.background.start(tab.write(socket), failed)
        try:
            yield tab
        finally:
            writing.cancel()
            tab.leave()
            del self._tabs[tab.number]
            self._leave(tab.uri)
            self.left.set()

    def receive(self, tab: Tab, text: str) -> None:
        """Handle a message of a tab; never raises because of what it holds."""
        try:
            message: object = decode(text.encode("utf-8", "surrogatepass"))
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        given = cast("Message", message)
        match given:
            case {"type": "ready"}:
                self._start(tab, self._begin(tab))
            case {"type": "visible", "visible": bool(visible)}:
                tab.visible = visible
                self._follow(tab.uri)
            case {"type": "choose", "path": str(path)}:
                self._start(tab, self._choose(tab, path))
            case {"type": "goto", "uri": str(uri), "cell": str(cell)}:
                self._start(tab, self._documents.show_in_editor(uri, cell=cell))
            case {"type": "reveal", "uri": str(uri), "range": {"start": {"line": int(line)}}}:
                self._start(tab, self._documents.show_in_editor(uri, line=max(0, line)))
            case {"type": "request", "id": int(), "method": str(), **rest}:
                self._start_request(tab, given, self._answer(tab, given, rest.get("params")))
            case {"type": "command", "command": str(command), **rest}:
                work = self._execute(command, rest.get("argument"))
                self._start_request(tab, given, work)
            case _:
                pass

    # --- what a tab requests ----------------------------------------------------------------------

    async def _begin(self, tab: Tab) -> None:
        self._send_document(tab)

    async def _choose(self, tab: Tab, path: str) -> None:
        tab.choices += 1
        choice = tab.choices
        try:
            document = await self._open(path)
        except SessionError:
            self._show(tab, None)
            raise
        if tab.number not in self._tabs or choice != tab.choices:
            self._leave(document.notebook.uri)  # The user has chosen another script meanwhile.
            return
        self._show(tab, document)
        target, script = tab.browser.target, str(document.path)
        if target.cell and target.script == script:
            tab.browser.target = Target(script)
            tab.send({"type": "cursor", "uri": tab.uri, "cell": target.cell})

    async def _open(self, path: str) -> Document:
        while True:
            document = await self._documents.open(path)
            # Another tab may have been the last one, and have closed it meanwhile.
            if self._documents.get(document.notebook.uri) is document:
                return document

    def _start_request(self, tab: Tab, message: Message, work: Coroutine[Any, Any, None]) -> None:
        """Handle a request or a command, unless too many wait."""
        if tab.waiting_requests >= REQUEST_LIMIT:
            work.close()
            if "id" in message:
                tab.send({"type": "answer", "id": message["id"], "error": _TOO_MANY})
            else:
                tab.send({"type": "message", "text": _TOO_MANY, "kind": "error"})
            return
        tab.waiting_requests += 1

        async def handle() -> None:
            try:
                async with tab.requests:
                    await work
            finally:
                tab.waiting_requests -= 1

        self._start(tab, handle())

    async def _answer(self, tab: Tab, message: Message, params: object) -> None:
        answer: Message = {"type": "answer", "id": message["id"]}
        try:
            result = await self._request(message["method"], params)
            text = _text({**answer, "result": self.connection.plain(result)})
        except Exception as error:  # Boundary: a request that fails is answered, whatever it is.
            text = _text({**answer, "error": response_error(error).message})
        if len(text) > MESSAGE_BYTES:
            text = _text({**answer, "error": _TOO_LONG})
        await tab.room()
        tab.send_text(text)

    async def _request(self, method: str, params: object) -> Any:
        handler = self._handlers.get(method) if method in REQUESTS else None
        if handler is None:
            raise ArgumentError(f"The page cannot send {method!r}.")
        result = handler(self.connection.read_params(method, params))
        return await result if inspect.isawaitable(result) else result

    async def _execute(self, command: str, argument: object) -> None:
        if command not in COMMANDS or not isinstance(argument, dict):
            raise ArgumentError(f"The page cannot execute {command!r}.")
        given = cast("Message", argument)
        uri = str(given.get("uri"))
        if command in RUNS:
            await self._documents.take_present_text(uri)
            # The command is answered once the cells are queued; the run does not need this tab.
            given = {**given, "wait": False}
        if isinstance(cell := given.get("cell"), str):
            given = {**given, "cell": self._documents.present_id(uri, cell)}
        params = lsp.ExecuteCommandParams(command, [given])
        with suppress(SessionError):  # It has been shown.
            await self._handlers[lsp.WORKSPACE_EXECUTE_COMMAND](params)

    # --- what tabs get ----------------------------------------------------------------------------

    def _show(self, tab: Tab, document: Document | None) -> None:
        """Show a document in a tab in place of the one it has shown."""
        before, tab.uri = tab.uri, document.notebook.uri if document is not None else ""
        if before != tab.uri:
            self._leave(before)
        self._send_document(tab)
        self._follow(tab.uri)

    def _send_document(self, tab: Tab) -> None:
        """Send a tab the whole state of its document.

        Changes that the other tabs have not received yet are sent before: later ones refer to the
        state of this moment. A tab that is too slow gets it later.
        """
        document = self._documents.get(tab.uri)
        if document is None:
            tab.send({"type": "document", "document": None})
            return
        if not tab.takes_document():
            return
        uri, tab.uri = tab.uri, ""
        self._notifier.cells.send_changes(document.notebook)
        tab.uri = uri
        params = self.connection.read_params("cellbridge/cells", {"uri": tab.uri})
        cells = self.connection.plain(self._handlers["cellbridge/cells"](params))
        shown = {"uri": tab.uri, "name": document.path.name, "cells": cells}
        tab.send({"type": "document", "document": shown})
        tab.send({"type": "code", "uri": tab.uri, "sources": document.sources})

    # --- the listener of the documents ------------------------------------------------------------

    def text_changed(self, document: Document, news: News, changed: dict[str, str]) -> None:
        """See `cellbridge.page.documents.DocumentListener`."""
        uri = document.notebook.uri
        if news == "cells":
            for tab in self._showing(uri):
                self._send_document(tab)
        else:
            self._send_change(uri, {"type": "code", "uri": uri, "sources": changed})

    def cursor_moved(self, document: Document, cell_id: str) -> None:
        """See `cellbridge.page.documents.DocumentListener`."""
        uri = document.notebook.uri
        self._send_change(uri, {"type": "cursor", "uri": uri, "cell": cell_id})

    # --- the notifications of the handlers --------------------------------------------------------

    def _notified(self, method: str, params: Any) -> None:
        """Pass on a notification of the server."""
        if method == lsp.WINDOW_SHOW_MESSAGE:
            kind = _KINDS.get(params["type"], "info")
            text = _text({"type": "message", "text": params["message"], "kind": kind})
            for tab in [*self._tabs.values()]:
                tab.send_change(text)
        elif method in _CHANGES:
            self._send_change(params["uri"], {"type": _CHANGES[method], "params": params})
        elif method in _NEWS:
            self._send_change(params["uri"], {"type": _NEWS[method], "uri": params["uri"]})

    def _send_change(self, uri: str, message: Message) -> None:
        if tabs := [*self._showing(uri)]:
            text = _text(message)
            for tab in tabs:
                tab.send_change(text)

    async def _drained(self) -> None:
        """Wait until one tab has read nearly all messages: a slow one must not slow the others."""
        tabs = self._tabs.values()
        if not tabs or any(tab.nearly_read for tab in tabs):
            return
        async with asyncio.TaskGroup() as group:
            waits = [group.create_task(tab.room()) for tab in tabs]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()

    # --- inside -----------------------------------------------------------------------------------

    def _showing(self, uri: str) -> Iterator[Tab]:
        return (tab for tab in [*self._tabs.values()] if tab.uri == uri)

    def _leave(self, uri: str) -> None:
        """Close a document that no tab shows any more."""
        if uri and not any(self._showing(uri)):
            self._documents.close(uri)
        self._follow(uri)

    def _follow(self, uri: str) -> None:
        """Follow the text of a document exactly while a visible tab shows it."""
        if (document := self._documents.get(uri)) is not None:
            seen = any(tab.visible for tab in self._showing(uri))
            (self._documents.follow if seen else self._documents.unfollow)(document)

    def _start(self, tab: Tab, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work for a tab; the tab gets a sentence about its failure."""

        def failed(error: Exception) -> None:
            text = label(response_error(error).message)
            tab.send_change(_text({"type": "message", "text": text, "kind": "error"}))

        return self._context.background.start(work, failed)


def _text(message: Message) -> str:
    return encode(message).decode()
