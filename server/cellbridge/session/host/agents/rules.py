"""The requests that an agent may make: what concerns its own runs, and nothing for the user.

Owns these rules. They keep an agent from mistakes. They do not protect the user from its program,
which has all rights of the user.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.core.runs.agents import ClientInfo, ClientKind
from cellbridge.core.runs.queue import RunQueue, Whose
from cellbridge.core.runs.runs import Run
from cellbridge.session import messages as m
from cellbridge.session.text_messages import ShareCursor, ShareText, ShowCell
from cellbridge.session.widget_messages import SendWidgets


def is_own(run: Run, agent: ClientInfo) -> bool:
    """Return True if the agent has requested the run."""
    return run.agent_name == agent.name


def reason_against(client: ClientInfo, call: m.Call, queue: RunQueue, *, observer: bool) -> str:
    """Return why a request of a client is refused; empty if it is carried out."""
    if client.kind is ClientKind.AGENT:
        return _reason_against_agent(client, call, queue, observer=observer)
    match call:
        case m.AskAccess():
            return "Only an agent asks for access."
        case m.GiveText() | ShareText() | ShareCursor() if client.kind is not ClientKind.EDITOR:
            return _ONLY_EDITORS
        case _:
            return ""


def _reason_against_agent(
    agent: ClientInfo, call: m.Call, queue: RunQueue, *, observer: bool
) -> str:
    reason = ""
    match call:
        case m.Describe() | m.AskAccess():
            pass
        case _ if observer:
            reason = "The user has not allowed this agent to use the session."
        case m.AllowAgents():
            reason = "Only the user can allow agents."
        case m.GiveText() | ShareText() | ShareCursor():
            reason = _ONLY_EDITORS
        case ShowCell():
            reason = "Only the user can have a cell shown in the editor."
        case SendWidgets():
            reason = "Only the user changes widgets; run code that sets the value."
        case m.Interrupt() if (running := queue.running) and not is_own(running, agent):
            reason = _NOT_YOURS.format("running", "interrupt it; wait for its end")
        case m.AnswerInput(run=run_id) if (run := queue.get(run_id)) and not is_own(run, agent):
            reason = _NOT_YOURS.format("waiting for input", "answer it")
        case _:
            pass
    return reason


def allowed_runs(client: ClientInfo, run_ids: Sequence[str], queue: RunQueue) -> list[str]:
    """Return those of these runs that the client may cancel: an agent only its own."""
    runs = filter(None, map(queue.get, run_ids))
    return [run.id for run in runs if client.kind is not ClientKind.AGENT or is_own(run, client)]


def waiting_of_agents(queue: RunQueue) -> list[str]:
    """Return the waiting runs of all agents."""
    return [run.id for run in queue.upcoming(0, queue.waiting) if run.agent]


def interrupted_runs(client: ClientInfo, call: m.Interrupt) -> Whose:
    """Return which runs an interrupt concerns; None for all."""
    if client.kind is ClientKind.AGENT:
        return lambda run: is_own(run, client)
    return (lambda run: run.agent) if call.agents else None


_ONLY_EDITORS = "Only an editor has the text of the script."
_NOT_YOURS = "The cell that is {} was not run by this agent, so it cannot {}."
