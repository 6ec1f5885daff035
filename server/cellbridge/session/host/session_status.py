"""The state of a session that is small and sent as a whole: its kernel, its notices, its agents.

Owns which of it has changed since the last events. It must not know runs or outputs.
"""

from __future__ import annotations

from cellbridge.core.runs.agents import NO_AGENTS, AgentStatus
from cellbridge.core.runs.runs import KernelState, KernelStatus
from cellbridge.session.messages import (
    AgentsChanged,
    Event,
    KernelChanged,
    Notices,
    NoticesChanged,
)


class SessionStatus:
    """The state as clients have received it, or are about to."""

    def __init__(self) -> None:
        self.kernel = KernelStatus(KernelState.ABSENT)
        self.notices = Notices()
        """The notices that clients have received."""
        self.agents = NO_AGENTS
        self._kernel_notices: list[str] = []
        self._changed: dict[type[Event], Event] = {}

    def set_kernel(self, kernel: KernelStatus, notices: list[str]) -> bool:
        """Take the kernel's status and its notices; return True if they are new."""
        if (kernel, notices) == (self.kernel, self._kernel_notices):
            return False
        self.kernel, self._kernel_notices = kernel, notices
        self._changed[KernelChanged] = KernelChanged(kernel)
        return True

    def set_agents(self, agents: AgentStatus) -> bool:
        """Take the agents; return True if they have changed."""
        if agents == self.agents:
            return False
        self.agents = agents
        self._changed[AgentsChanged] = AgentsChanged(agents)
        return True

    def take_events(self, stored: list[str]) -> list[Event]:
        """Return the changes since the last call; ``stored`` are the notices about the store."""
        if (notices := Notices(stored, self._kernel_notices)) != self.notices:
            self.notices = notices
            self._changed[NoticesChanged] = NoticesChanged(notices)
        events, self._changed = [*self._changed.values()], {}
        return events
