# Size: one client with all features of real editors.
"""An editor for end-to-end tests: pytest-lsp's client, with the behaviour of real editors.

Owns the client's side of the Language Server Protocol in tests: it answers refreshes, edits,
registrations and progress, types our custom messages, and waits for conditions by messages, never
by time.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import itertools
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
from lsprotocol import types as lsp
from pygls.protocol import default_converter
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from pytest_lsp.client import register_lsp_features
from pytest_lsp.protocol import LanguageClientProtocol

from cellbridge.core.document.text import PositionEncoding
from cellbridge.lsp.protocol import (
    METHODS,
    AgentsChangedParams,
    CellsChangedParams,
    CellsResult,
    KernelChangedParams,
    PlotsChangedParams,
)
from support.blocking import watched
from support.edits import apply_edits, edits_of
from support.patience import PATIENCE
from support.ticking import without_time

SERVER = [*watched("cellbridge"), "lsp"]
EDITORS = ("visual-studio-code", "neovim", "emacs")


class EditorProtocol(LanguageClientProtocol):
    """Knows the custom messages, and notifies the editor of every message."""

    def get_message_type(self, method: str) -> type[Any] | None:
        for known in METHODS:
            if known.name == method:
                fields: dict[str, Any] = {"method": str, "params": known.params, "jsonrpc": str}
                if known.kind == "request":
                    # A test may send wrong parameters on purpose, so they are not typed.
                    fields |= {"params": Any, "id": int | str}
                return _envelope("Message", fields)
        return super().get_message_type(method)

    def get_result_type(self, method: str) -> type[Any] | None:
        if method == lsp.TEXT_DOCUMENT_CODE_ACTION:
            # lsprotocol takes every code action that holds a command for a command.
            return _envelope("Answer", {"id": int | str, "jsonrpc": str, "result": Any})
        for known in METHODS:
            if known.name == method and known.result is not None:
                return _envelope(
                    "Answer", {"id": int | str, "jsonrpc": str, "result": known.result}
                )
        return super().get_result_type(method)

    def _handle_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        # The test may have given up the request; pygls would end the connection.
        if (asked := self._request_futures.get(msg_id)) is None or not asked.done():
            super()._handle_response(msg_id, result, error)

    def handle_message(self, message: Any) -> None:
        super().handle_message(message)
        self._server.arrived.set()


class Editor(LanguageClient):
    """A client that behaves like an editor."""

    def __init__(self) -> None:
        super().__init__(converter_factory=default_converter, protocol_cls=EditorProtocol)
        self.arrived = asyncio.Event()
        self.refreshes: Counter[str] = Counter()
        self.registrations: list[lsp.Registration] = []
        self.cell_news: list[CellsChangedParams] = []
        self.kernel_news: list[KernelChangedParams] = []
        self.agent_news: list[AgentsChangedParams] = []
        self.plot_news: list[PlotsChangedParams] = []
        self.announced: lsp.ServerCapabilities
        self.versions: dict[str, int] = {}
        self.takes_edits = True
        self.questions: list[lsp.ShowMessageRequestParams] = []
        self.choice = ""
        """The title to choose when the server shows a message request; empty chooses none."""
        self.texts: dict[str, str] = {}

    async def initialize_session(self, params: lsp.InitializeParams) -> lsp.InitializeResult:
        result = await super().initialize_session(params)
        self.announced = result.capabilities
        return result

    async def shutdown_session(self) -> None:
        """Request shutdown and exit, and end the connection."""
        await super().shutdown_session()
        await self.stop()

    async def stop(self) -> None:
        """End the connection, and close what pygls leaves open: its socket or the pipes."""
        await super().stop()
        if isinstance(writer := self.protocol.writer, asyncio.StreamWriter):
            writer.close()
            with suppress(OSError):  # The server has gone before all was written.
                await writer.wait_closed()
        if self._server is not None:
            await self._server.communicate()

    # --- waiting ---------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Wait until ``condition`` holds; it is checked after each message from the server."""
        await self.eventually(_asynchronous(condition), bool, what)

    async def eventually(
        self,
        ask: Callable[[], Awaitable[Any]],
        satisfied: Callable[[Any], bool],
        what: str = "",
    ) -> Any:
        """Repeat ``ask`` after each message from the server until its answer satisfies."""
        answer: Any = None
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self.arrived.clear()
                    answer = await ask()
                    if satisfied(answer):
                        return answer
                    await self.arrived.wait()
        except TimeoutError:
            raise AssertionError(f"never came: {what or ask}; last: {answer}") from None

    # --- documents -------------------------------------------------------------------------------

    def open(self, uri: str, text: str, language: str = "python") -> str:
        """Open a document; returns its URI."""
        self.versions[uri], self.texts[uri] = 1, text
        item = lsp.TextDocumentItem(uri, language, 1, text)
        self.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return uri

    def rewrite(self, uri: str, text: str) -> None:
        """Replace the whole text of a document."""
        self.texts[uri] = text
        self._change(uri, [lsp.TextDocumentContentChangeWholeDocument(text)])

    def edit(self, uri: str, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        """Replace a range, given in the units of the connection."""
        area = lsp.Range(lsp.Position(*start), lsp.Position(*end))
        encoding = PositionEncoding(self.announced.position_encoding or "utf-16")
        edits = [lsp.TextEdit(area, text)]
        if uri in self.texts:
            self.texts[uri], _ = apply_edits(self.texts[uri], edits, encoding)
        self._change(uri, [lsp.TextDocumentContentChangePartial(area, text)])

    def apply_edit(self, edit: lsp.WorkspaceEdit) -> None:
        """Apply the server's edits as one step."""
        encoding = PositionEncoding(self.announced.position_encoding or "utf-16")
        for uri, edits in edits_of(edit).items():
            self.texts[uri], events = apply_edits(self.texts[uri], edits, encoding)
            self._change(uri, events)

    def close(self, uri: str) -> None:
        self.text_document_did_close(
            lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri))
        )

    def _change(self, uri: str, changes: list[Any]) -> None:
        self.versions[uri] += 1
        identifier = lsp.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, changes))

    # --- requests --------------------------------------------------------------------------------

    async def command(self, name: str, /, **argument: Any) -> Any:
        """Run a command with one JSON object."""
        return await self.workspace_execute_command_async(
            lsp.ExecuteCommandParams(f"cellbridge.{name}", [argument])
        )

    async def cells(self, uri: str) -> CellsResult:
        return await self.protocol.send_request_async("cellbridge/cells", {"uri": uri})

    async def lenses(self, uri: str) -> list[tuple[int, str, str]]:
        """Return line, title and command of each lens."""
        found = await self.text_document_code_lens_async(
            lsp.CodeLensParams(lsp.TextDocumentIdentifier(uri))
        )
        return [(lens.range.start.line, lens.command.title, lens.command.command) for lens in found]

    async def hints(self, uri: str, first: int = 0, last: int = 10_000) -> list[lsp.InlayHint]:
        area = lsp.Range(lsp.Position(first, 0), lsp.Position(last, 0))
        return await self.text_document_inlay_hint_async(
            lsp.InlayHintParams(lsp.TextDocumentIdentifier(uri), area)
        )

    async def hint_texts(self, uri: str) -> list[tuple[int, str]]:
        """Return line and text of each hint; a running cell's hint without its elapsed time."""
        hints = await self.hints(uri)
        return [(one.position.line, without_time(str(one.label))) for one in hints]

    async def hover(self, uri: str, line: int, character: int = 0) -> str:
        """Return the text of the hover; empty without one."""
        found = await self.text_document_hover_async(
            lsp.HoverParams(lsp.TextDocumentIdentifier(uri), lsp.Position(line, character))
        )
        return found.contents.value if found else ""

    async def actions(
        self, uri: str, line: int, *, end: int | None = None, **context: Any
    ) -> list[lsp.CodeAction]:
        area = lsp.Range(lsp.Position(line, 0), lsp.Position(line if end is None else end, 0))
        found = await self.text_document_code_action_async(
            lsp.CodeActionParams(
                lsp.TextDocumentIdentifier(uri), area, lsp.CodeActionContext([], **context)
            )
        )
        structure = self.protocol._converter.structure
        return [structure(action, lsp.CodeAction) for action in found]


def make_editor() -> Editor:
    """Return an editor that answers the requests of servers."""
    editor = Editor()
    register_lsp_features(editor)

    for method in (
        lsp.WORKSPACE_INLAY_HINT_REFRESH,
        lsp.WORKSPACE_CODE_LENS_REFRESH,
        lsp.WORKSPACE_SEMANTIC_TOKENS_REFRESH,
        lsp.WORKSPACE_FOLDING_RANGE_REFRESH,
    ):
        editor.feature(method)(_count(method))

    @editor.feature(lsp.WORKSPACE_APPLY_EDIT)
    def apply_edit(
        client: Editor, params: lsp.ApplyWorkspaceEditParams
    ) -> lsp.ApplyWorkspaceEditResult:
        if client.takes_edits:
            client.apply_edit(params.edit)
        return lsp.ApplyWorkspaceEditResult(applied=client.takes_edits)

    @editor.feature(lsp.WINDOW_SHOW_MESSAGE_REQUEST)
    def choose(
        client: Editor, params: lsp.ShowMessageRequestParams
    ) -> lsp.MessageActionItem | None:
        client.questions.append(params)
        return next((item for item in params.actions or () if item.title == client.choice), None)

    @editor.feature(lsp.CLIENT_REGISTER_CAPABILITY)
    def register(client: Editor, params: lsp.RegistrationParams) -> None:
        client.registrations.extend(params.registrations)

    @editor.feature("cellbridge/cellsChanged")
    def cells_changed(client: Editor, params: CellsChangedParams) -> None:
        client.cell_news.append(params)

    @editor.feature("cellbridge/kernelChanged")
    def kernel_changed(client: Editor, params: KernelChangedParams) -> None:
        client.kernel_news.append(params)

    @editor.feature("cellbridge/plotsChanged")
    def plots_changed(client: Editor, params: PlotsChangedParams) -> None:
        client.plot_news.append(params)

    @editor.feature("cellbridge/agentsChanged")
    def agents_changed(client: Editor, params: AgentsChangedParams) -> None:
        client.agent_news.append(params)

    return editor


@functools.cache
def recorded_capabilities(editor: str) -> lsp.ClientCapabilities:
    """Read the capabilities of an editor, which takes longer than to copy them."""
    return client_capabilities(editor)


def initialize_params(editor: str = "visual-studio-code", **changes: Any) -> lsp.InitializeParams:
    """Return the parameters of ``editor``; ``draws=True`` adds our experimental capability."""
    capabilities = copy.deepcopy(recorded_capabilities(editor))
    if changes.pop("draws", False):
        capabilities.experimental = {"cellbridge": {"outputs": True}}
    if encodings := changes.pop("encodings", None):
        capabilities.general = capabilities.general or lsp.GeneralClientCapabilities()
        capabilities.general.position_encodings = encodings
    return lsp.InitializeParams(
        capabilities=capabilities,
        client_info=lsp.ClientInfo(editor),
        root_uri=None,
        **changes,
    )


def configuration(command: list[str] | None = None) -> ClientServerConfig:
    """Return pytest-lsp's configuration for the server."""
    return ClientServerConfig(
        server_command=command or SERVER, client_factory=make_editor, server_env=dict(os.environ)
    )


async def start_editor(editor: str = "visual-studio-code", **changes: Any) -> Editor:
    """Start a separate server and initialize it."""
    client = await configuration().start()
    assert isinstance(client, Editor)
    await client.initialize_session(initialize_params(editor, **changes))
    return client


_numbers = itertools.count(1)


def fresh_uri(directory: Path, name: str = "script") -> str:
    """Return the URI of a script that no test has used yet; nothing is on disk."""
    return (directory / f"{name}{next(_numbers)}.py").as_uri()


def _count(method: str) -> Callable[[Editor, Any], None]:
    def handler(ls: Editor, *_: Any) -> None:
        ls.refreshes[method] += 1

    return handler


def _asynchronous(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return condition()

    return ask


def _envelope(name: str, fields: dict[str, Any]) -> type[Any]:
    return attrs.make_class(name, {key: attrs.field(type=kind) for key, kind in fields.items()})
