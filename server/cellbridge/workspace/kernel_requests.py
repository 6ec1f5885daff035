"""The requests of an open document to its session and to the session's live kernel.

Owns the requests that do not depend on the document's text, and the results without a kernel.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from cellbridge.core import code_info
from cellbridge.core.code_info import Completions, Inspection, Signatures
from cellbridge.core.document.text import Text
from cellbridge.core.output.outputs import Output
from cellbridge.core.runs.limits import Limits
from cellbridge.core.runs.runs import KernelState
from cellbridge.core.saved_variables import SavedVariables
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.workspace.kernel_selection import KernelChooser
from cellbridge.workspace.plots import Plots
from cellbridge.workspace.session_link import SessionLink

T = TypeVar("T")


class KernelRequests:
    """A document that can send requests to its session."""

    _link: SessionLink
    kernels: KernelChooser
    text: Text

    @functools.cached_property
    def plots(self) -> Plots:
        """The history of plots."""
        return Plots(self._link)

    async def ready(self) -> None:
        """Wait until the document's stored outputs have been read."""
        await self._link.ready()

    async def interrupt(self) -> None:
        """Interrupt the running cell and empty the queue.

        Raises:
            SessionSilentError: the session does not answer.
        """
        if (client := self._link.answering_client()) is not None:
            await client.interrupt()

    async def cancel(self, run_ids: Sequence[str]) -> None:
        """Remove runs from the queue; the running cell continues.

        Raises:
            SessionSilentError: the session does not answer.
        """
        if (client := self._link.answering_client()) is not None:
            await client.cancel(run_ids)

    async def shutdown(self) -> None:
        """End the kernel and the session; the outputs stay.

        Raises:
            SessionSilentError: the session does not answer.
        """
        await self._link.ready()
        await self._link.shutdown()

    async def force_stop(self) -> None:
        """End the kernel and the session although it does not answer; the outputs stay.

        Raises:
            SessionError: the session could not be ended.
        """
        await self._link.ready()
        await self._link.force_stop()

    async def answer_input(self, run_id: str, text: str) -> None:
        """Send a line of text to a cell that waits for input.

        Raises:
            SessionError: no cell waits for input.
        """
        if (client := self._link.answering_client()) is None:
            raise SessionError("No cell is waiting for input; nothing was sent.")
        await client.answer_input(run_id, text)

    async def set_limits(self, memory: int | None, time: float | None) -> None:
        """Set the kernel's limits in megabytes and seconds; None for those of the settings."""
        given = self.kernels.limits()
        own = Limits(
            given.memory if memory is None else memory, given.time if time is None else time
        )
        client = await self._link.connect()
        await client.limit(None if memory is None and time is None else own)

    async def save_variables(self, names: Sequence[str]) -> SavedVariables:
        """Save the kernel's variables with these names; all if empty.

        Raises:
            SessionError: it is not possible now; the sentence gives the reason.
        """
        if (client := self._link.answering_client()) is None:
            raise SessionError("No kernel runs for this notebook, so there is nothing to save.")
        return await client.save_variables(names)

    async def restore_variables(self, names: Sequence[str]) -> SavedVariables:
        """Load the last saved variables into the kernel, which is started if none runs.

        Raises:
            SessionError: it is not possible now; the sentence gives the reason.
        """
        start = await self.kernels.start(self.text)
        client = await self._link.connect()
        await client.warm(**start)
        return await client.restore_variables(names)

    async def has_saved_variables(self) -> bool:
        """Return True if there are saved variables to restore."""
        return await asyncio.to_thread(self._link.location.variables.is_file)

    async def fetch_outputs(self, run_id: str) -> list[Output]:
        """Return the outputs of a run with their whole texts."""
        return await self._link.fetch_outputs(run_id)

    async def kept_outputs(self, run_id: str) -> list[Output] | None:
        """Return the whole outputs of a run; None if it is no longer kept."""
        outputs = await self._link.fetch_outputs(run_id)
        return outputs if run_id in self._link.runs else None

    async def query(self, question: Callable[[SessionClient], Awaitable[T]], otherwise: T) -> T:
        """Return the session's reply about a live kernel; else ``otherwise``."""
        client = self._link.client
        if client is not None and client.kernel.state in {KernelState.IDLE, KernelState.BUSY}:
            with contextlib.suppress(SessionError):
                return await question(client)
        return otherwise

    async def complete(self, code: str, offset: int) -> Completions:
        """Request completions from the live kernel; ``answered`` is False without one."""
        return await self.query(
            lambda client: client.complete(code, offset), code_info.NO_COMPLETIONS
        )

    async def inspect(self, code: str, offset: int) -> Inspection:
        """Request documentation of a name; ``answered`` is False without a live kernel."""
        return await self.query(
            lambda client: client.inspect(code, offset), code_info.NO_INSPECTION
        )

    async def signature(self, code: str, offset: int) -> Signatures:
        """Request the signatures of a call; ``answered`` is False without a live kernel."""
        return await self.query(
            lambda client: client.signature(code, offset), code_info.NO_SIGNATURES
        )


class FrameQueries:
    """The kernel of a document, queried about code of the selected frame."""

    def __init__(self, requests: KernelRequests) -> None:
        self._requests = requests

    async def complete(self, code: str, offset: int) -> Completions:
        """See `KernelRequests.complete`."""
        return await self._requests.query(
            lambda client: client.complete(code, offset, frame=True), code_info.NO_COMPLETIONS
        )

    async def inspect(self, code: str, offset: int) -> Inspection:
        """See `KernelRequests.inspect`."""
        return await self._requests.query(
            lambda client: client.inspect(code, offset, frame=True), code_info.NO_INSPECTION
        )

    async def signature(self, code: str, offset: int) -> Signatures:
        """See `KernelRequests.signature`."""
        return await self._requests.query(
            lambda client: client.signature(code, offset, frame=True), code_info.NO_SIGNATURES
        )
