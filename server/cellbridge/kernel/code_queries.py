"""The queries about code that a kernel answers: candidates, descriptions, signatures and frames.

Owns the choice between the probe and Jupyter's own requests. It must not know how either reaches
the kernel.
"""

from __future__ import annotations

from typing import Any

from cellbridge.core.code_info import (
    NO_COMPLETIONS,
    NO_INSPECTION,
    NO_SIGNATURES,
    Completions,
    Inspection,
    Signatures,
)
from cellbridge.core.runs.frames import Frame
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.process.kernel_records import KernelInfo
from cellbridge.kernel.queries import answers, questions, selected_frame


class CodeQueries:
    """A kernel that can be queried about code."""

    info: KernelInfo

    async def query_probe(self, content: dict[str, Any], timeout: float) -> dict[str, Any] | None:  # noqa: ASYNC109 - passed on
        """Return the probe's answer; None if it does not come in time."""
        raise NotImplementedError

    async def _query(
        self,
        msg_type: str,
        content: dict[str, Any],
        timeout: float,  # noqa: ASYNC109 - passed on
    ) -> Message | None:
        """Send a query that never delays a run: on control, or only while nothing runs."""
        raise NotImplementedError

    async def select_frame(
        self, choice: selected_frame.FrameChoice | None
    ) -> tuple[list[Frame], int]:
        """Select a frame, or none; return the frames among which it is, and its depth.

        Raises:
            KernelError: it cannot be selected; the message gives the reason.
        """
        if not self.info.has_probe:
            if choice is not None:
                raise KernelError(selected_frame.NO_FRAMES)
            return [], 0
        return await selected_frame.select(self.query_probe, choice)

    async def complete(
        self,
        code: str,
        offset: int,
        timeout: float,  # noqa: ASYNC109 - the interface's word
        *,
        frame: bool = False,
    ) -> Completions:
        """Return the kernel's completions at ``offset`` (code points), if they come in time.

        ``frame`` is True for code of the selected frame.
        """
        at = max(0, min(offset, len(code)))
        query = questions.completion_query(code, at, frame=frame) if self.info.has_probe else None
        if query is not None:
            return await questions.complete(self.query_probe, query, timeout)
        content = {"code": code, "cursor_pos": at}
        reply = await self._query("complete_request", content, timeout)
        return answers.completions(reply.content, code) if reply is not None else NO_COMPLETIONS

    async def inspect(
        self,
        code: str,
        offset: int,
        timeout: float,  # noqa: ASYNC109 - the interface's word
        *,
        frame: bool = False,
    ) -> Inspection:
        """Return the kernel's description of the name at ``offset``, if it comes in time."""
        at = max(0, min(offset, len(code)))
        if self.info.has_probe and not questions.is_magic(code, at):
            return await questions.inspect(self.query_probe, code, at, timeout, frame=frame)
        content = {"code": code, "cursor_pos": at, "detail_level": 0}
        reply = await self._query("inspect_request", content, timeout)
        return answers.inspection(reply.content) if reply is not None else NO_INSPECTION

    async def signature(
        self,
        code: str,
        offset: int,
        timeout: float,  # noqa: ASYNC109 - the interface's word
        *,
        frame: bool = False,
    ) -> Signatures:
        """Return the signature of the function whose call contains ``offset``, if known."""
        if not self.info.has_probe:
            return NO_SIGNATURES
        at = max(0, min(offset, len(code)))
        return await questions.signature(self.query_probe, code, at, timeout, frame=frame)
