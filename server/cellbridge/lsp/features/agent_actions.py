"""Code actions for agents: their runs, and the user's permission for them.

Owns where they are offered, to keep menus short: what an agent does or wants now, everywhere in the
document; the rest in its first cell.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from cellbridge.core.output.escapes import label
from cellbridge.core.output.preview import shorten
from cellbridge.lsp import status_text
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook

ALLOW = "Allow agents in this session"
ALWAYS = "Always allow agents for this script"
_NAMES_LIMIT = 60


def agent_commands(notebook: Notebook) -> Iterator[lsp.Command]:
    """Yield the commands for what agents do now, and for the permission that they request."""
    if runs := notebook.agents.runs:
        names = ", ".join(dict.fromkeys(map(status_text.author, runs)))
        title = f"Cancel runs of {shorten(names, _NAMES_LIMIT)}"
        yield _command(notebook, title, "cancelAgentRuns")
    if asking := notebook.agents.status.asking:
        yield from _allow(notebook)
        names = ", ".join(map(label, asking))
        yield _command(notebook, f"Refuse {shorten(names, _NAMES_LIMIT)}", "forbidAgents")


def permission_commands(notebook: Notebook, view: CellView) -> Iterator[lsp.Command]:
    """Yield the commands that are offered at the first cell."""
    status = notebook.agents.status
    if view.index > 0:
        return
    if not status.allowed and not status.asking:
        yield from _allow(notebook)
    if status.allowed or status.connected:
        yield _command(notebook, "Forbid agents", "forbidAgents")
        yield _command(notebook, "Show agent log", "showAgentLog")


def _allow(notebook: Notebook) -> Iterator[lsp.Command]:
    yield _command(notebook, ALLOW, "allowAgents")
    if notebook.path is not None:
        yield _command(notebook, ALWAYS, "allowAgents", remember=True)


def _command(notebook: Notebook, title: str, name: str, **more: object) -> lsp.Command:
    return lsp.Command(title, f"cellbridge.{name}", arguments=[{"uri": notebook.uri, **more}])
