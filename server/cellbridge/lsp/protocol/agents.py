"""The agents of a document's session: programs that act for the user, such as coding assistants.

Declarations only. An agent connects to the session itself (``cellbridge mcp``), not through the
editor's server, and only if the user has allowed it.
"""

import attrs

from cellbridge.lsp.protocol.commands import NotebookArguments
from cellbridge.lsp.protocol.declarations import Command, Method
from cellbridge.lsp.protocol.documents import OpenResult


@attrs.frozen
class Agents:
    """The agents of a document's session, and their runs that have not ended."""

    allowed: bool = False
    """True if the user allows agents in this session."""
    connected: list[str] = attrs.field(factory=list[str])
    """The names of the connected agents, such as ``Claude Code``."""
    asking: list[str] = attrs.field(factory=list[str])
    """The names of the agents that wait for the user's permission."""
    running: str = ""
    """The agent whose code is running; empty if none of an agent is."""
    outside: bool = False
    """True if this code is not that of a cell: the agent has not written it into the document."""
    waiting: int = 0
    """The number of runs of agents in the queue."""


@attrs.frozen
class AgentsChangedParams:
    """The new state of the agents of a document's session."""

    uri: str
    agents: Agents


@attrs.frozen
class AllowAgentsArguments:
    """The argument of ``cellbridge.allowAgents``."""

    uri: str
    remember: bool = False
    """True to allow agents in all later sessions of the script, too."""


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/agentsChanged",
        "server to client",
        "notification",
        AgentsChangedParams,
        None,
        "0.1.0",
        "An agent connected, left, or waits for the user's permission; the user's permission or "
        "the agents' runs changed. It is not sent for a document without agents. The server itself "
        "requests the permission from the user, by `window/showMessageRequest`.",
    ),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.allowAgents", "Allow agents", AllowAgentsArguments, None,
        "Allow agents to read and run the document's cells, in its session or in all sessions of "
        "the script.",
    ),
    Command(
        "cellbridge.forbidAgents", "Forbid agents", NotebookArguments, None,
        "Disconnect all agents from the document's session, cancel their runs in the queue, and "
        "allow no agent until the user allows it again.",
    ),
    Command(
        "cellbridge.cancelAgentRuns", "Cancel runs of agents", NotebookArguments, None,
        "Remove the runs of agents from the queue, and interrupt the running one if it is an "
        "agent's. Runs of the user are not affected.",
    ),
    Command(
        "cellbridge.showAgentLog", "Show agent log", NotebookArguments, OpenResult,
        "Show the calls of agents for the document, with their results, as a text document.",
    ),
)  # fmt: skip
