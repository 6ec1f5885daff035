"""The debugger of an open document: requests to its session, and the text that they refer to.

Owns the connection of a document to the debugger of its session, and keeps the session's copy of
the open text up to date while any client debugs. It must not know the Debug Adapter Protocol beyond
the names of its requests, nor how an editor shows a stop.

The open text is sent when a client begins to debug, before each run, and after edits. Of several
edits in a row, only the last text is sent.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cellbridge.core.document.blocks import code_to_run, joined_source
from cellbridge.core.document.cell import CellKind
from cellbridge.core.document.cells import Cells
from cellbridge.core.runs.debug_status import DebugStatus, TextCell
from cellbridge.core.runs.frames import SelectedFrame
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError, SessionLostError
from cellbridge.workspace.session_link import SessionLink

Listener = Callable[[str, dict[str, Any]], None]
"""Takes the name and the body of an event of the Debug Adapter Protocol."""

NO_KERNEL = "No kernel runs for this notebook, so there is nothing to debug."
SESSION_ENDED = "The session of this notebook ended, so it is not debugged any more.\n"


class Document(Protocol):
    """The document that is debugged."""

    name: str

    @property
    def cells(self) -> Cells:
        """Its cells."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        ...

    async def warm(self, *, again: bool) -> None:
        """Start the kernel; with ``again``, also one that ended."""
        ...


class Debugging:
    """One document's debugger; this client debugs between `attach` and `detach`."""

    def __init__(self, link: SessionLink, document: Document) -> None:
        self._link = link
        self._document = document
        self.live = True
        """False if the document's text is the file's, and not that of an open editor."""
        self._attached: tuple[SessionClient, Listener] | None = None
        self._debugged = False
        self._changed = self._sending = False

    @property
    def status(self) -> DebugStatus:
        """The client that debugs the document's kernel, and where its code has stopped."""
        return self._link.kernel.debugger

    async def attach(
        self,
        listener: Listener,
        *,
        start: bool = True,
        just_my_code: bool = True,
        subprocesses: bool = False,
    ) -> None:
        """Debug the kernel; ``listener`` takes the events. With ``start``, a kernel is started.

        Raises:
            SessionError: the kernel cannot be debugged, or another client debugs it.
        """
        client = await self._connect(start=start)
        await self._send(client)
        before = client.debug_listener
        client.debug_listener = listener
        arguments = {"justMyCode": just_my_code, "subProcess": subprocesses}
        try:
            await client.debug("attach", arguments)
        except BaseException:
            client.debug_listener = before
            raise
        self._attached = client, listener

    async def request(self, command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a request of the Debug Adapter Protocol; return the body of its response.

        Raises:
            SessionError: it cannot be carried out; one sentence gives the reason.
        """
        if (client := self._link.answering_client()) is None:
            raise SessionError(NO_KERNEL)
        if self._changed:
            await self._send(client)
        return await client.debug(command, arguments)

    async def select_frame(self, depth: int | None, run: str = "") -> SelectedFrame | None:
        """Select the frame to examine, of a failed run or of code that has stopped; None for none.

        No debugger is needed for a failed run. ``depth`` counts from the innermost frame.

        Raises:
            SessionError: it cannot be selected; one sentence gives the reason.
        """
        if (client := self._link.answering_client()) is None:
            raise SessionError(NO_KERNEL)
        return await client.select_frame(depth, run)

    async def detach(self) -> None:
        """Stop debugging; code that has stopped continues."""
        attached, self._attached = self._attached, None
        if attached is not None and attached[0] is self._link.client:
            attached[0].debug_listener = None
            with contextlib.suppress(SessionLostError):  # The code continues without its host.
                await attached[0].debug("disconnect", {})

    async def before_run(self, client: SessionClient) -> None:
        """Send the open text before a run that is to be debugged."""
        if client.kernel.debugger.client:
            await self._send(client)

    def text_changed(self) -> None:
        """Send the open text soon if a client debugs."""
        if self.status.client:
            self._changed = True
            if not self._sending:
                self._sending = True
                self._link.tasks.create_task(self._send_latest())

    def kernel_changed(self) -> None:
        """React to another state of the session's debugger, or to another session."""
        attached, client = self._attached, self._link.client
        if attached is not None and attached[0] is not client:
            self._attached = None
            attached[1]("output", {"category": "important", "output": SESSION_ENDED})
            attached[1]("terminated", {})
        debugged = bool(self.status.client)
        if debugged and not self._debugged:
            self.text_changed()
        self._debugged = debugged

    # --- inside -----------------------------------------------------------------------------------

    async def _connect(self, *, start: bool) -> SessionClient:
        if start:
            await self._document.warm(again=True)
            return await self._link.connect()
        await self._link.ready()
        if (client := self._link.answering_client()) is None:
            raise SessionError(NO_KERNEL)
        return client

    async def _send_latest(self) -> None:
        try:
            while self._changed and (client := self._link.client) is not None:
                await self._send(client)
        except SessionError:
            self._changed = False  # The text is sent again with the next session.
        finally:
            self._sending = False

    async def _send(self, client: SessionClient) -> None:
        self._changed = False
        cells = text_cells(self._document)
        await client.debug_text(cells, live=self.live, path=self._document.name)


def text_cells(document: Document) -> list[TextCell]:
    """Return the code cells of a document as the session compares them with the texts that ran.

    The source of a cell is the lines that its run covers. So the first cell of a block that runs
    as a whole contains the other cells of the block.
    """
    cells = document.cells
    code = [index for index, cell in enumerate(cells) if cell.kind is CellKind.CODE]
    found: list[TextCell] = []
    for index, below in zip(code, [*code[1:], None], strict=True):
        source, cell = cells[index].source, cells[index]
        if below is not None and _begins_indented(cells[below].source):
            last = code_to_run(cells, index)[1]
            source = joined_source(cells, index, last) if last > index else source
        line = cells.first_line(index) + cell.body_offset
        found.append(TextCell(document.ids[index], line, source))
    return found


def _begins_indented(source: str) -> bool:
    first = next((line for line in source.split("\n") if line.strip()), "")
    return first[:1] in {" ", "\t"}
