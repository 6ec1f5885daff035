"""``cellbridge agents``: the permission for agents, listed and changed, and the log of their calls.

Owns the printed text. It starts no session.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from cellbridge.cli import script_argument
from cellbridge.cli.errors import OK
from cellbridge.core.output.escapes import label
from cellbridge.session import agent_log, agent_permission
from cellbridge.session.control import allow_agents, describe_sessions
from cellbridge.session.locations import of_script
from cellbridge.session.messages import Description
from cellbridge.session.renamed_scripts import follow_rename
from cellbridge.workspace.agent_log_text import log_text

_CLIENT = "cellbridge agents"
_PIPE_WIDTH = 1_000
_ALWAYS = "always"
_SESSION = "in this session"
_CONFIGURED = "by --allow"


def show() -> int:
    """Print the scripts that allow agents, and those with connected agents."""
    rows: dict[str, tuple[str, str]] = {}
    rows.update(dict.fromkeys(agent_permission.allowed_scripts(), (_ALWAYS, "")))
    for _, record, answer in asyncio.run(describe_sessions(_CLIENT)):
        if isinstance(answer, Description) and (answer.agents.allowed or answer.agents.connected):
            always = rows.get(record.name, ("", ""))[0]
            allowed = always or (_SESSION if answer.agents.allowed else _CONFIGURED)
            rows[record.name] = (allowed, ", ".join(answer.agents.connected))
    if not rows:
        print("No script allows agents. To allow them for one: cellbridge agents allow SCRIPT")
        return OK
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("Script", "Allowed", "Connected agents"):
        table.add_column(heading, overflow="fold")
    for name, (allowed, connected) in sorted(rows.items()):
        table.add_row(label(name), allowed, label(connected or "none"))
    # No folding in a pipe, so that the path of a script stays one word.
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    Console(highlight=False, markup=False, width=width).print(table)
    return OK


def change(file: Path, *, allowed: bool) -> int:
    """Allow or forbid agents for a script."""
    if allowed:
        script = script_argument.read(file)
        follow_rename(of_script(file.absolute()), script.text.content)
    location = of_script(file.absolute())
    asyncio.run(allow_agents(location, _CLIENT, allowed=allowed))
    name = label(str(file))
    print(
        f"Agents may now use the sessions of {name}. To end this: cellbridge agents forbid {name}"
        if allowed
        else f"Agents may no longer use the sessions of {name}."
    )
    return OK


def show_log(file: Path, limit: int, *, json: bool) -> int:
    """Print the calls of agents for a script."""
    calls = agent_log.read(of_script(file.absolute()), limit)
    if json:
        for call in calls:
            print(msgspec.json.encode(call).decode())
    else:
        print(log_text(calls))
    return OK
