"""``cellbridge sessions``: running sessions, listed, followed and stopped.

Owns the requests to sessions and the printed text. It starts no session.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cellbridge.cli.errors import FAILED, OK
from cellbridge.cli.exit_handling import run_command
from cellbridge.cli.run.failure import reason_of
from cellbridge.cli.run.follow import Changes, Follower, NoProgress, Viewer
from cellbridge.cli.run.input_lines import Keyboard
from cellbridge.core import units
from cellbridge.core.output.escapes import label
from cellbridge.core.runs.agents import ClientInfo
from cellbridge.session.client import SessionClient
from cellbridge.session.control import describe_sessions, kill_session, stop_session
from cellbridge.session.errors import SessionError, SessionSilentError
from cellbridge.session.locations import Location, of_script
from cellbridge.session.messages import Description
from cellbridge.session.registry import (
    HostRecord,
    end_kernels_without_host,
    has_orphaned_kernel,
    list_sessions,
    sessions_without_host,
)
from cellbridge.workspace.output_printer import Screen

_ORPHANED = "its session is gone; open the script to continue, or run cellbridge sessions prune"
_SILENT = "does not answer; wait, or run cellbridge sessions stop --force"
_CLIENT = "cellbridge sessions"
_PIPE_WIDTH = 1_000


def show() -> int:
    """Print the running sessions; return the exit code."""
    # No folding in a pipe, so that the path of a script stays one word.
    console = Console(
        highlight=False, markup=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH
    )
    found = asyncio.run(describe_sessions(_CLIENT))
    orphans = [left for left in sessions_without_host() if has_orphaned_kernel(left)]
    if not found and not orphans:
        console.print("No session runs. One starts when you run a cell.")
        return OK
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("Script", "Kernel", "State", "Memory", "CPU", "Age", "Last used", "Used by"):
        table.add_column(heading, overflow="fold")
    for _, record, said in found:
        table.add_row(*map(label, (record.name, *_row(record.started, said))))
    for location in orphans:
        table.add_row(label(location.name), "", _ORPHANED)
    console.print(table)
    return OK


def prune_orphans() -> int:
    """End kernels whose session is gone, and remove its files; return the exit code."""
    print(_ended_kernels_text(end_kernels_without_host()))
    return OK


def attach(file: Path) -> int:
    """Show the runs of the session of ``file`` until they end; return the exit code."""
    return run_command(lambda: asyncio.run(_attach(of_script(file.absolute()), file)))


async def _attach(location: Location, file: Path) -> int:
    changes, fault, last = Changes(), None, None
    async with asyncio.TaskGroup() as tasks:
        try:
            client = await SessionClient.attach(location, ClientInfo(_CLIENT), changes, tasks)
        except SessionError as error:
            client, fault = None, error  # Raised below, because a group would wrap it.
        if client is not None:
            screen = Screen(sys.stdout, sys.stderr)
            waiting = [run.id for run in client.runs.values() if not run.state.final]
            follower = Follower(client, changes, Viewer(screen, Keyboard()), NoProgress())
            try:
                last = await follower.follow(waiting, frozenset())
            except SessionError as error:
                fault = error
            finally:
                client.close()
    if fault is not None:
        raise fault
    if client is None:
        raise SessionError(f"No session runs for {file}; cellbridge sessions lists those that do.")
    if last is not None:
        why = reason_of(last, client.outputs.get(last.id, ()))
        print(label(f"{file}: {why}"), file=sys.stderr)
    return OK if last is None else FAILED


def stop(file: Path | None, *, force: bool = False) -> int:
    """End the session of ``file``, or all sessions if it is None; return the exit code.

    Kernels whose session was killed are ended too. With ``force``, sessions that do not answer or
    do not end are killed.
    """
    wanted = None if file is None else of_script(file.absolute()).key
    found = [
        (location, record) for location, record in list_sessions() if wanted in {None, record.key}
    ]
    kernels = end_kernels_without_host(wanted)
    if file is not None and not found and not kernels:
        print(
            f"No session runs for {file}; cellbridge sessions lists those that do.", file=sys.stderr
        )
        return FAILED
    problems = [problem for problem in asyncio.run(_stop_all(found, force=force)) if problem]
    for problem in problems:
        print(label(problem), file=sys.stderr)
    count = len(found) - len(problems)
    print(f"{count} session{'' if count == 1 else 's'} stopped.")
    if kernels:
        print(_ended_kernels_text(kernels))
    return FAILED if problems else OK


async def _stop_all(found: list[tuple[Location, HostRecord]], *, force: bool) -> list[str]:
    """End sessions at the same time; return for each the problem that prevented it, or nothing."""

    async def one(location: Location, record: HostRecord) -> str:
        problem = await stop_session(location, record, _CLIENT)
        if problem is None or (force and await kill_session(location, _CLIENT)):
            return ""
        session = f"The session of {record.name} (process {record.pid})"
        if force:
            return f"{session} could not be killed. It may be waiting for a disk; try again."
        if isinstance(problem, SessionSilentError):
            which = shlex.quote(record.name) if record.name.startswith("/") else "--all"
            return (
                f"{session} does not answer, so it was not stopped; wait, or kill it and its "
                f"kernel: cellbridge sessions stop --force {which}"
            )
        return str(problem)

    return await asyncio.gather(*(one(location, record) for location, record in found))


def _ended_kernels_text(count: int) -> str:
    return f"{count} kernel{'' if count == 1 else 's'} without a session ended."


def _row(started: float, said: Description | SessionError) -> tuple[str, ...]:
    now = time.time()
    age = units.age(now - started)
    if isinstance(said, SessionSilentError):
        return "", _SILENT, "", "", age, "", ""
    if isinstance(said, SessionError):
        return "", str(said), "", "", age, "", ""
    state = said.kernel.state.value
    if said.running_since is not None:
        state += f" for {units.age(now - said.running_since)}"
        if said.running_by:
            state += f" by {_author(said.running_by, agent=said.running_agent)}"
    if said.queued:
        state += f", {said.queued} queued"
    memory = units.size(said.memory) if said.memory else ""
    if memory and said.limits.memory:
        memory += f" of {units.size(said.limits.memory * 1e6)}"
    cpu = f"{said.cpu:.0%}" if said.kernel_pid else ""
    used = "now" if said.running_since is not None else f"{units.age(now - said.last_used)} ago"
    return said.kernel.name, state, memory, cpu, age, used, _clients(said)


def _clients(said: Description) -> str:
    """Return the connected clients, and the agents that wait for the user's permission."""
    agents = said.agents
    names = [_author(name, agent=name in agents.connected) for name in said.clients]
    names += [f"{name} (agent, waits for your permission)" for name in agents.asking]
    return ", ".join(names) or "none"


def _author(name: str, *, agent: bool) -> str:
    return f"{name} (agent)" if agent else name
