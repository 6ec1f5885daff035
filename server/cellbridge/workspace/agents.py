"""The agents of an open document's session, and the user's permission for them.

Owns the requests about them. It must not know how an agent connects, or how the permission is
requested from the user.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cellbridge.core.runs.agents import AgentStatus
from cellbridge.core.runs.runs import Run
from cellbridge.session import agent_permission
from cellbridge.session.locations import Location
from cellbridge.workspace.session_link import SessionLink


class Agents:
    """One document's agents."""

    def __init__(self, link: SessionLink) -> None:
        self._link = link

    @property
    def status(self) -> AgentStatus:
        """The agents of the session, and whether the user allows them."""
        return self._link.agents

    @property
    def runs(self) -> Sequence[Run]:
        """The runs of agents that have not ended, the oldest first."""
        return [run for run in self._link.runs.values() if run.agent and not run.state.final]

    @property
    def location(self) -> Location:
        """The place of the session, and of the log of the agents' calls."""
        return self._link.location

    async def allow(self, *, remember: bool) -> None:
        """Allow agents in the session, which is started if none runs.

        ``remember``: in all later sessions of the script, too.

        Raises:
            SessionError: the session cannot be started, or the permission cannot be stored.
        """
        client = await self._link.connect()
        await client.allow_agents(allowed=True, remember=remember)

    async def forbid(self, *, remember: bool) -> None:
        """Disconnect all agents, and allow none any more; with ``remember``, in no later session.

        Raises:
            SessionError: the session does not answer, or the permission cannot be removed.
        """
        await self._link.ready()
        if (client := self._link.answering_client()) is not None:
            await client.allow_agents(allowed=False, remember=remember)
        elif remember:
            await asyncio.to_thread(agent_permission.write, self.location, allowed=False)

    async def cancel_runs(self) -> int:
        """Cancel the waiting runs of agents, and interrupt the running one; return their number.

        Runs of the user are not affected.

        Raises:
            SessionError: the session does not answer.
        """
        runs, client = self.runs, self._link.answering_client()
        if client is None or not runs:
            return 0
        await client.interrupt(agents=True)
        return len(runs)
