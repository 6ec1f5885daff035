"""The agents of a session, and the user's permission for them.

Owns who may connect, which agents wait for an answer of the user, and what is published about this.
It must not know how the user answers.

The user's last word in this session counts: after a refusal, no agent is admitted, whatever was
allowed elsewhere, until the user allows agents again.

Bound: `QUESTION_LIMIT` agents wait for an answer at a time, each for `ANSWER_SECONDS`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection

from cellbridge.core.runs.agents import AgentStatus, ClientInfo, ClientKind
from cellbridge.session import agent_permission
from cellbridge.session.errors import SessionError
from cellbridge.session.host.agents.clients import SessionClient
from cellbridge.session.locations import Location
from cellbridge.session.messages import AllowAgents

ANSWER_SECONDS = 60.0
"""Seconds that the user has to answer."""
JOIN_SECONDS = 4.0
"""Seconds in which an editor that has the script open connects to a new session."""
QUESTION_LIMIT = 16

NOT_ALLOWED = (
    "The user has not allowed agents in the session of this script; this is possible in an editor "
    "(Allow Agents), by `cellbridge agents allow SCRIPT`, or by `cellbridge mcp --allow SCRIPT`."
)
REFUSED = (
    "The user has ended the access of agents to the session of this script; "
    "only the user can allow it again, in an editor or by `cellbridge agents allow SCRIPT`."
)


class AgentAccess:
    """The permission for the agents of one session."""

    def __init__(
        self,
        location: Location,
        clients: Collection[SessionClient],
        publish: Callable[[AgentStatus], None],
    ) -> None:
        """``clients`` are the session's present clients."""
        self._location = location
        self._clients = clients
        self._publish = publish
        self._allowed: bool | None = None
        """The user's last word in this session."""
        self._editor_joined = asyncio.Event()
        self._questions: dict[str, asyncio.Future[bool | None]] = {}
        """By the name of the agent that asks."""

    @property
    def allowed(self) -> bool:
        """True if the user allows agents in this session."""
        return agent_permission.read(self._location) if self._allowed is None else self._allowed

    def reason_against(self, client: ClientInfo) -> str:
        """Return why a client is not admitted; empty if it is."""
        if client.kind is not ClientKind.AGENT:
            return ""
        if self._allowed is False:
            return REFUSED
        return "" if client.allowed or self.allowed else NOT_ALLOWED

    async def ask(self, name: str, *, new: bool = False) -> bool | None:
        """Ask the user for the agent of that name; None if no editor is connected or answers.

        ``new``: wait for the editors that connect to a new session.

        Raises:
            SessionError: too many agents wait for an answer.
        """
        if self._allowed is not None or self.allowed:
            return self.allowed
        if new and not self._has_editor:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._editor_joined.wait(), JOIN_SECONDS)
        if not self._has_editor:
            return None
        question = self._questions.get(name)
        if question is None:
            if len(self._questions) >= QUESTION_LIMIT:
                raise SessionError(
                    "Too many agents wait for the user's permission; try again in a minute."
                )
            question = self._questions[name] = asyncio.get_running_loop().create_future()
            self.clients_changed()
        done, _ = await asyncio.wait([question], timeout=ANSWER_SECONDS)
        if not done and self._questions.get(name) is question:
            self._answer([name], None)
        return question.result() if question.done() else None

    def allow(self, call: AllowAgents) -> None:
        """Take the user's decision.

        Raises:
            SessionError: it holds for this session, but could not be stored for the script.
        """
        self._allowed = call.allowed
        self._answer([*self._questions], call.allowed)
        for client in [*self._clients]:
            if self.reason_against(client.info):
                client.refuse(REFUSED)
        self.clients_changed()
        if call.remember:
            agent_permission.write(self._location, allowed=call.allowed)

    def withdraw(self, name: str) -> None:
        """End the question of an agent that has disconnected."""
        if name in self._questions:
            self._answer([name], None)

    def clients_changed(self) -> None:
        """Publish the present agents; without an editor, no question can be answered."""
        if self._has_editor:
            self._editor_joined.set()
        if self._questions and not self._has_editor:
            self._answer([*self._questions], None)
        agents = [one.info.name for one in self._clients if one.info.kind is ClientKind.AGENT]
        self._publish(AgentStatus(self.allowed, sorted(agents), [*self._questions]))

    @property
    def _has_editor(self) -> bool:
        return any(client.info.kind is ClientKind.EDITOR for client in self._clients)

    def _answer(self, names: Collection[str], answer: bool | None) -> None:  # noqa: FBT001
        for name in names:
            question = self._questions.pop(name)
            if not question.done():
                question.set_result(answer)
        self.clients_changed()
