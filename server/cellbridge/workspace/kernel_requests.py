"""What an open document asks of its session, and of the living kernel in it.

Owns what needs nothing of the document's text, and what is said where no kernel answers.
"""

from __future__ import annotations

import asyncio
import contextlib
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
from cellbridge.workspace.session_link import SessionLink

T = TypeVar("T")


class Asking:
    """A document that can ask its session."""

    _link: SessionLink
    kernels: KernelChooser
    text: Text

    async def ready(self) -> None:
        """Wait until what was stored of the document has been read."""
        await self._link.ready()

    async def interrupt(self) -> None:
        """Interrupt the running cell and empty the queue.

        Raises:
            SessionSilentError: the session does not answer.
        """
        if (client := self._link.asked()) is not None:
            await client.interrupt()

    async def shutdown(self) -> None:
        """End the kernel and the session; the outputs stay.

        Raises:
            SessionSilentError: the session does not answer.
        """
        await self._link.ready()
        await self._link.shutdown()

    async def stop_anyway(self) -> None:
        """End the kernel and the session though it does not answer; the outputs stay.

        Raises:
            SessionError: it could not be ended.
        """
        await self._link.ready()
        await self._link.stop_anyway()

    async def answer_input(self, run_id: str, text: str) -> None:
        """Give a waiting cell its line of text.

        Raises:
            SessionError: no cell waits for one.
        """
        if (client := self._link.asked()) is None:
            raise SessionError("No cell is waiting for input; nothing was sent.")
        await client.answer_input(run_id, text)

    async def set_limits(self, memory: int | None, time: float | None) -> None:
        """Limit what the kernel may use, in megabytes and seconds; None as the settings say."""
        given = self.kernels.limits()
        own = Limits(
            given.memory if memory is None else memory, given.time if time is None else time
        )
        client = await self._link.connected()
        await client.limit(None if memory is None and time is None else own)

    async def save_variables(self, names: Sequence[str]) -> SavedVariables:
        """Save the kernel's variables of these names, or all.

        Raises:
            SessionError: it cannot be done now; the sentence says why.
        """
        if (client := self._link.asked()) is None:
            raise SessionError("No kernel runs for this notebook, so there is nothing to save.")
        return await client.save_variables(names)

    async def restore_variables(self, names: Sequence[str]) -> SavedVariables:
        """Load what was saved last into the kernel, started where none runs.

        Raises:
            SessionError: it cannot be done now; the sentence says why.
        """
        start = await self.kernels.start(self.text)
        client = await self._link.connected()
        await client.warm(**start)
        return await client.restore_variables(names)

    async def has_saved_variables(self) -> bool:
        """Return whether there are saved variables to restore."""
        return await asyncio.to_thread(self._link.location.variables.is_file)

    async def fetch_outputs(self, run_id: str) -> list[Output]:
        """Return the outputs of a run with their whole texts."""
        return await self._link.fetch_outputs(run_id)

    async def kept_outputs(self, run_id: str) -> list[Output] | None:
        """Return the whole outputs of a run; None where it is not kept any more."""
        outputs = await self._link.fetch_outputs(run_id)
        return outputs if run_id in self._link.runs else None

    async def ask(self, question: Callable[[SessionClient], Awaitable[T]], otherwise: T) -> T:
        """Return what the session says of a kernel that lives; else ``otherwise``."""
        client = self._link.client
        if client is not None and client.kernel.state in {KernelState.IDLE, KernelState.BUSY}:
            with contextlib.suppress(SessionError):
                return await question(client)
        return otherwise

    async def complete(self, code: str, offset: int) -> Completions:
        """Ask the living kernel for completions; ``answered`` is False where there is none."""
        return await self.ask(
            lambda client: client.complete(code, offset), code_info.NO_COMPLETIONS
        )

    async def inspect(self, code: str, offset: int) -> Inspection:
        """Ask the living kernel about a name; ``answered`` is False where there is none."""
        return await self.ask(lambda client: client.inspect(code, offset), code_info.NO_INSPECTION)

    async def signature(self, code: str, offset: int) -> Signatures:
        """Ask the living kernel about a call; ``answered`` is False where there is none."""
        return await self.ask(
            lambda client: client.signature(code, offset), code_info.NO_SIGNATURES
        )
