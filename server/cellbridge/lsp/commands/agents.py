"""Commands about the agents of a document's session."""

from __future__ import annotations

from pathlib import PurePath

from lsprotocol import types as lsp

from cellbridge.lsp import protocol as p
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.session.errors import SessionError
from cellbridge.workspace.notebook import Notebook


async def allow_agents(call: Invocation, arguments: p.AllowAgentsArguments) -> None:
    """Allow agents in the document's session, or in all sessions of the script."""
    notebook = call.context.notebook(arguments.uri)
    await notebook.agents.allow(remember=arguments.remember)
    _confirm(call, notebook, "Agents can now read and run {}. To end this, forbid agents.")


async def forbid_agents(call: Invocation, arguments: p.NotebookArguments) -> None:
    """Disconnect all agents, and allow none until the user allows it again."""
    notebook = call.context.notebook(arguments.uri)
    await notebook.agents.forbid(remember=True)
    _confirm(call, notebook, "Agents cannot use the session of {} any more.")


async def cancel_agent_runs(call: Invocation, arguments: p.NotebookArguments) -> None:
    """Cancel the waiting runs of agents, and interrupt the running one.

    Raises:
        SessionError: No agent has a run that has not ended.
    """
    notebook = call.context.notebook(arguments.uri)
    if not await notebook.agents.cancel_runs():
        raise SessionError(f"No agent runs code of {notebook.name}; nothing was cancelled.")


async def show_agent_log(call: Invocation, arguments: p.NotebookArguments) -> p.OpenResult:
    """Show the calls of agents for the document.

    Raises:
        SessionError: The log cannot be shown.
    """
    from cellbridge.lsp.documents import agent_log  # noqa: PLC0415 (on demand)

    return p.OpenResult(await agent_log.show(call.context, call.context.notebook(arguments.uri)))


def _confirm(call: Invocation, notebook: Notebook, sentence: str) -> None:
    name = PurePath(notebook.name).name
    call.context.editor.show(sentence.format(name), lsp.MessageType.Info)
