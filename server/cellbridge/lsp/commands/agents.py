"""Commands about the agents of a document's session."""

from __future__ import annotations

from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.session.errors import SessionError


async def allow_agents(call: Invocation, arguments: p.AllowAgentsArguments) -> None:
    """Allow agents in the document's session, or in all sessions of the script."""
    await call.context.notebook(arguments.uri).agents.allow(remember=arguments.remember)


async def forbid_agents(call: Invocation, arguments: p.NotebookArguments) -> None:
    """Disconnect all agents, and allow none until the user allows it again."""
    await call.context.notebook(arguments.uri).agents.forbid(remember=True)


async def cancel_agent_runs(call: Invocation, arguments: p.NotebookArguments) -> None:
    """Cancel the waiting runs of agents, and interrupt the running one.

    Raises:
        SessionError: No agent has a run that has not ended.
    """
    notebook = call.context.notebook(arguments.uri)
    if not await notebook.agents.cancel_runs():
        raise SessionError(f"No agent runs code of {notebook.name}; nothing was cancelled.")
