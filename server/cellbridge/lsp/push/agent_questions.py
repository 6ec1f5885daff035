"""The question to the user whether an agent may use the session of an open document.

Owns which questions are open in this editor. The session's host owns for how long an agent waits
for the answer; it takes the first answer of all editors. Loaded when an agent first asks.
"""

from __future__ import annotations

from pathlib import PurePath

from lsprotocol import types as lsp

from cellbridge.core.output.escapes import label
from cellbridge.core.output.preview import shorten
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.agent_actions import ALLOW
from cellbridge.workspace.notebook import Notebook

ONCE = "Allow for This Session"
ALWAYS = "Always Allow for This Script"
REFUSE = "Refuse"
_NAME_LIMIT = 60


class AgentQuestions:
    """The questions of all open documents, one at a time for each agent."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._open: set[tuple[str, str]] = set()
        """The document and the agent of each question that the user has not answered."""

    def update(self, notebook: Notebook) -> None:
        """Ask the user for the agents that wait for it."""
        for agent in notebook.agents.status.asking:
            if (notebook.uri, agent) not in self._open:
                self._open.add((notebook.uri, agent))
                self._context.background.begin(self._ask(notebook, agent))

    async def _ask(self, notebook: Notebook, agent: str) -> None:
        try:
            await self._take_answer(notebook, agent)
        finally:
            self._open.discard((notebook.uri, agent))

    async def _take_answer(self, notebook: Notebook, agent: str) -> None:
        name = shorten(label(agent), _NAME_LIMIT)
        wish = f"{name} wants to read and run {PurePath(notebook.name).name}"
        choices = (ONCE, ALWAYS, REFUSE) if notebook.path is not None else (ONCE, REFUSE)
        editor = self._context.editor
        chosen = await editor.choose(f"{wish} in its session.", choices, lsp.MessageType.Info)
        if chosen is None:
            hint = f"to allow it, use the code action “{ALLOW}” within a minute."
            editor.show(f"{wish} in its session; {hint}", lsp.MessageType.Info)
        elif chosen in {ONCE, ALWAYS}:
            # A late answer helps the agent's next attempt.
            await notebook.agents.allow(remember=chosen == ALWAYS)
        elif chosen == REFUSE and agent in notebook.agents.status.asking:
            await notebook.agents.forbid(remember=False)
