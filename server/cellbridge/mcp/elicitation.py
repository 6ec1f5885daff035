"""Questions to the user through the agent's own program.

Owns the two ways of the Model Context Protocol to ask: until version 2025-11-25 by a request from
the server, and since 2026-07-28 by an interim result, after which the client repeats the call with
the answer. It must not know the questions.
"""

from __future__ import annotations

import logging
from typing import Any

from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp_types import (
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    InputResponseRequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from cellbridge.mcp.answers import Unanswered

_YES_OR_NO: dict[str, Any] = {"type": "object", "properties": {}}
"""A form without fields: the user accepts or declines."""

log = logging.getLogger(__name__)


def interim_result(question: Unanswered) -> InputRequiredResult:
    """Return the result after which the client asks the user, and repeats the call."""
    form = ElicitRequestFormParams(message=question.message, requested_schema=_YES_OR_NO)
    return InputRequiredResult(input_requests={question.key: ElicitRequest(params=form)})


class Questions:
    """The questions of one call of a tool, or of one page of a resource."""

    def __init__(
        self, context: ServerRequestContext[Any], params: InputResponseRequestParams
    ) -> None:
        self._context = context
        self._answers = params.input_responses or {}

    async def ask(self, key: str, message: str) -> bool | None:
        """Return the user's answer; see `cellbridge.mcp.call.Asker`.

        Raises:
            Unanswered: the client has to repeat the call with the answer.
        """
        if (answer := self._answers.get(key)) is not None:
            return _read(answer)
        session = self._context.session
        capabilities = session.client_capabilities
        if capabilities is None or capabilities.elicitation is None:
            return None
        if self._context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            raise Unanswered(key, message)
        if not session.can_send_request:
            return None
        try:
            return _read(
                await session.elicit_form(
                    message, _YES_OR_NO, related_request_id=self._context.request_id
                )
            )
        except MCPError as error:
            log.warning("The client could not ask the user: %s", error)
            return None


def _read(answer: object) -> bool | None:
    """Return True or False for an answer; None if the user has put the question aside."""
    action = answer.action if isinstance(answer, ElicitResult) else None
    return {"accept": True, "decline": False}.get(action or "")
