"""Runs: executions of one cell's source, and the states they go through.

Owns the shape of runs and the rules between their states. It must not know how a kernel is reached,
where runs are stored or how they are drawn.

The same structures travel on the session's wire and are kept in its store, so that one description
serves all three (docs/decisions/0002-one-description-for-store-and-wire.md).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from cellbridge.core.runs.agents import Scratch
from cellbridge.core.runs.debug_status import NOT_DEBUGGED, DebugStatus


class RunState(StrEnum):
    """The state of a run. The last four are final: a run in one of them never changes again."""

    QUEUED = "queued"
    RUNNING = "running"
    OK = "ok"
    ERROR = "error"
    CANCELLED = "cancelled"
    """Taken from the queue before it started: by the user, or after an earlier cell failed."""
    LOST = "lost"
    """The kernel died, was restarted or went out of reach while the cell ran."""

    @property
    def final(self) -> bool:
        """True once the run has ended."""
        return self not in {RunState.QUEUED, RunState.RUNNING}


class KernelState(StrEnum):
    """The life of a session's kernel as every client sees it."""

    ABSENT = "absent"
    """No kernel yet: nothing has been run."""
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    RESTARTING = "restarting"
    STOPPED = "stopped"
    """Ended on request."""
    DEAD = "dead"
    """Ended by itself, or could not start; the status holds the reason."""
    UNRESPONSIVE = "unresponsive"
    """Unknown: the session's process exists and does not answer. No host reports this itself."""


class KernelStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The kernel's state and the facts about it that the user needs."""

    state: KernelState
    name: str = ""
    """The kernelspec's name, such as ``python3``."""
    language: str = ""
    """The kernel's own name of its language, in lower case; empty until it is known."""
    message: str = ""
    """One sentence for the user: what happened and what to do next. Empty when all is well."""
    stuck: bool = False
    """The running cell cannot be interrupted; only a restart ends it."""
    python: str = ""
    """The interpreter it runs in, if it is Python and reports it."""
    id: str = ""
    """The key it was chosen by: a kernelspec's name, or an interpreter's path."""
    life: str = ""
    """A different text for each start of a kernel; empty while no kernel accepts cells."""
    debugger: DebugStatus = NOT_DEBUGGED
    """The client that debugs the kernel, and the place where its code has stopped."""


class Origin(msgspec.Struct, frozen=True):
    """The position of a run's source in its document when it was started."""

    path: str
    """Absolute path of the script, or the document's name where it has no path."""
    line: int
    """Line of the document, from 0, of the source's first line."""


class Part(msgspec.Struct, frozen=True):
    """The selected lines of a cell, if not all of it is run."""

    first: int
    """The first line, from 0, in the cell's source."""
    last: int
    """The last line that is not blank."""


class InputRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A running cell waits for a line of text from the user."""

    prompt: str
    password: bool = False
    number: int = 1
    """Counts the requests of one run from 1: two with the same prompt are not the same."""


class NextInput(msgspec.Struct, frozen=True, omit_defaults=True):
    """Text that a run has left for an input, such as by ``%load``."""

    text: str
    replace: bool = False
    """It takes the place of the cell's own text; else it is for a new cell below."""


class Run(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One execution of one cell's source. Immutable: each change of state is a new value."""

    id: str
    cell_id: str
    source: str
    """The code as sent to the kernel."""
    cell_source: str
    """The cell's text in the document, for freshness."""
    origin: Origin
    title: str = ""
    """The name of the cell at the time of the request; empty if unknown."""
    version: int = 0
    """The document version the run was started from."""
    message: str = ""
    """Id of the kernel message that carries it; empty until it is sent."""
    client: str = ""
    """The client that requested it, such as ``Visual Studio Code``."""
    agent: bool = False
    """True if this client is an agent, and not the user's."""
    scratch: Scratch = Scratch.NONE
    """The names that its code uses, for code outside the script; its cell id is then empty."""
    state: RunState = RunState.QUEUED
    count: int | None = None
    """The kernel's execution count."""
    queued_at: float = 0.0
    """Seconds since the epoch, as all times here."""
    started_at: float | None = None
    ended_at: float | None = None
    waiting: InputRequest | None = None
    truncated: bool = False
    """Some output may be missing: it never came, or the kernel never reported the run's end."""
    note: str = ""
    """One sentence for the user on why the run ended so, if its state does not show it."""
    next_input: NextInput | None = None
    part: Part | None = None
    """The lines that were run, for a run of selected lines; None for a run of the cell."""
    life: str = ""
    """The `KernelStatus.life` in which it ran; empty until it starts."""
    interrupted: bool = False
    """It ended because the user interrupted it."""
    exit_code: int | None = None
    """The exit code with which its code ended the program, for example by ``sys.exit()``."""

    @property
    def agent_name(self) -> str | None:
        """The agent that requested it; None for a run of the user."""
        return self.client if self.agent else None

    @property
    def duration(self) -> float | None:
        """Seconds from start to end; None while it has not both."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0.0, self.ended_at - self.started_at)


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A client's request for a run; the session makes a `Run` of it."""

    cell_id: str
    source: str
    cell_source: str
    origin: Origin
    title: str = ""
    """See `Run.title`."""
    version: int = 0
    part: Part | None = None
    scratch: Scratch = Scratch.NONE
    """See `Run.scratch`."""
    continue_on_error: bool = False
    """The cell may fail (Jupyter's ``raises-exception`` tag): the queue continues after it."""
