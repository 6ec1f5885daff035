# Size: every message between a host and its clients, in one place.
"""The typed messages between a session's host and its clients.

Owns the shape and the meaning of every message; wire.py owns the framing of bytes. It must not know
sockets or kernels.

A client begins with `Hello` and receives `Welcome`, which holds the whole state. From then on,
every `Event` with a higher ``seq`` comes exactly once and in order. A `Reply` repeats the id of its
request.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cellbridge.core.output.outputs import Op, Output
from cellbridge.core.runs.agents import NO_AGENTS, AgentStatus, ClientKind, OpenText
from cellbridge.core.runs.debug_status import TextCell
from cellbridge.core.runs.limits import NO_LIMITS, Limits
from cellbridge.core.runs.runs import KernelStatus, Run, RunRequest
from cellbridge.core.runs.start_options import AS_IT_IS, Startup
from cellbridge.core.variables import VariableQuery
from cellbridge.session.plot_messages import PlotCall, PlotsChanged
from cellbridge.session.text_messages import TextCall, TextEvent
from cellbridge.session.widget_messages import SendWidgets, WatchWidgets, WidgetsChanged

PROTOCOL = 8
"""Increased whenever an older peer could misread a message: hosts outlive clients' upgrades."""

REQUEST_LIMIT = 64
"""Maximum number of one client's requests under way. The client sends the next one after a reply,
so that a host can always read a `Ping`."""


# --- client to host -------------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, omit_defaults=True, tag="hello"):
    """The first message of a client."""

    protocol: int
    client: str
    """The name for users, such as ``Visual Studio Code`` or ``cellbridge run``."""
    observer: bool = msgspec.field(default=False, name="only_looking")
    """True for a client that only describes the session: it receives neither runs nor events."""
    kind: ClientKind = ClientKind.PERSON
    allowed: bool = False
    """True for an agent that the user has allowed where the agent is configured.

    Any other agent is refused, unless the user allows agents in the session or for its script.
    """


class Execute(msgspec.Struct, frozen=True, omit_defaults=True, tag="execute"):
    """Queue these runs in order. Result: the list of run ids.

    If no kernel runs, one is started: of the kernelspec ``kernel``, or else of ``language``.
    """

    runs: list[RunRequest]
    language: str
    kernel: str | None = None
    startup: Startup = AS_IT_IS
    stop_on_entry: bool = False
    """Stop before the first statement of the first run, if the client debugs the session."""


class Cancel(msgspec.Struct, frozen=True, omit_defaults=True, tag="cancel"):
    """Remove these runs from the queue; the running one is not affected."""

    runs: list[str]


class Interrupt(msgspec.Struct, frozen=True, omit_defaults=True, tag="interrupt"):
    """Interrupt the running cell and empty the queue; an agent does so only with its own runs."""

    agents: bool = False
    """True if only runs of agents are meant: the user's runs stay in the queue, or continue."""


class Restart(msgspec.Struct, frozen=True, omit_defaults=True, tag="restart"):
    """Replace the session's kernel, chosen as for `Execute`. The reply comes when it is ready."""

    language: str
    kernel: str | None = None
    startup: Startup = AS_IT_IS


class Warm(msgspec.Struct, frozen=True, omit_defaults=True, tag="warm"):
    """Start a kernel, chosen as for `Execute`, before the first cell is run."""

    language: str
    kernel: str | None = None
    startup: Startup = AS_IT_IS


class Limit(msgspec.Struct, frozen=True, omit_defaults=True, tag="limit"):
    """Set the limits of the session's kernel; None for those of the settings."""

    limits: Limits | None


class SaveVariables(msgspec.Struct, frozen=True, omit_defaults=True, tag="save_variables"):
    """Save variables; all if ``names`` is empty. Result: `cellbridge.core.saved_variables.Kept`."""

    names: list[str]


class RestoreVariables(msgspec.Struct, frozen=True, omit_defaults=True, tag="restore_variables"):
    """Load saved variables. Result: `cellbridge.core.saved_variables.Kept`."""

    names: list[str]


class Shutdown(msgspec.Struct, frozen=True, omit_defaults=True, tag="shutdown"):
    """End the kernel and the host. The outputs stay in the store."""


class ClearOutputs(msgspec.Struct, frozen=True, omit_defaults=True, tag="clear_outputs"):
    """Remove these runs, with their outputs, if they have ended.

    It names the runs that the user saw, so that a late request never removes a newer run.
    """

    runs: list[str]
    everything: bool = False
    """True if all outputs are meant: the history of plots and unreadable parts of the store are
    removed too."""


class RecoverOutputs(msgspec.Struct, frozen=True, omit_defaults=True, tag="recover_outputs"):
    """Restore the readable outputs of damaged stores put aside. Result: `RecoveryResult`."""


class RecoveryResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The result of recovering outputs."""

    runs: int
    """Runs that were restored, with their outputs."""
    older: int
    """Runs that were not restored because their cells have outputs."""
    unread: int
    """Rows, ranges of pages, and whole files that cannot be read."""
    files: list[str]
    """The damaged files, which are kept."""


class AnswerInput(msgspec.Struct, frozen=True, omit_defaults=True, tag="answer_input"):
    """Send the line of text that a running cell waits for."""

    run: str
    text: str


class Complete(msgspec.Struct, frozen=True, omit_defaults=True, tag="complete"):
    """Request the live kernel's completions at ``offset`` (code points) of ``code``.

    Result: `cellbridge.core.code_info.Completions`.
    """

    code: str
    offset: int
    frame: bool = False
    """True for code of the selected frame, whose names then come first."""


class Inspect(msgspec.Struct, frozen=True, omit_defaults=True, tag="inspect"):
    """Request the live kernel's documentation of the name at ``offset`` of ``code``.

    Result: `cellbridge.core.code_info.Inspection`.
    """

    code: str
    offset: int
    frame: bool = False
    """True for code of the selected frame, whose names then come first."""


class GetSignatures(msgspec.Struct, frozen=True, omit_defaults=True, tag="signature"):
    """Request the signatures of the function in whose call ``offset`` of ``code`` is.

    Result: `cellbridge.core.code_info.Signatures`.
    """

    code: str
    offset: int
    frame: bool = False
    """True for code of the selected frame, whose names then come first."""


class QueryVariables(msgspec.Struct, frozen=True, omit_defaults=True, tag="look"):
    """Query the live kernel's variables and tables.

    Result: `cellbridge.core.variables.VariableAnswer`.
    """

    question: VariableQuery


class FetchOutputs(msgspec.Struct, frozen=True, omit_defaults=True, tag="fetch_outputs"):
    """Request the outputs of a run. Result: a list of `Output` with whole texts of streams."""

    run: str


class StoreCells(msgspec.Struct, frozen=True, omit_defaults=True, tag="remember_cells"):
    """Store the present cells of the document, so that a later reader can recognise them."""

    cells: list[StoredCell]


class StoredCell(msgspec.Struct, frozen=True, omit_defaults=True):
    """One cell of the document as it was last stored."""

    id: str
    source: str


class DebugRequest(msgspec.Struct, frozen=True, omit_defaults=True, tag="debug"):
    """Carry out a request of the Debug Adapter Protocol. Result: the body of the response.

    ``attach`` makes the client the debugger of the session, and comes before all other requests;
    ``disconnect`` ends that. Lines count from 1, and those of the script are lines of the open
    text, which the host receives as `DebugText`.
    """

    command: str
    arguments: dict[str, Any] = {}


class DebugText(msgspec.Struct, frozen=True, omit_defaults=True, tag="debug_text"):
    """Take the open text of the script, to which breakpoints and frames refer."""

    cells: list[TextCell]
    live: bool
    """True for the text of an open editor, which is preferred to the text of the file."""
    path: str = ""
    """The script's path as in `Origin`; it changes when the script is renamed."""


class SelectFrame(msgspec.Struct, frozen=True, omit_defaults=True, tag="select_frame"):
    """Select the frame in which code is examined. Result: `cellbridge.core.runs.frames`' type.

    The selection ends with the next run, when stopped code continues, or by a ``depth`` of None;
    the result is then None.
    """

    depth: int | None
    """The place of the frame, counted from the innermost."""
    run: str = ""
    """The failed run whose frames are meant; empty for the code that has stopped."""


class AskAccess(msgspec.Struct, frozen=True, omit_defaults=True, tag="ask_access"):
    """Ask the user, in the editors that have the script open, whether an agent may connect.

    An agent sends this as an observer. Result: True or False, the user's answer; None if no editor
    has the script open, or the user has not answered in time.
    """

    new: bool = False
    """True if the session was started for this request: editors that have the script open connect
    to a new session within seconds, and are waited for."""


class AllowAgents(msgspec.Struct, frozen=True, omit_defaults=True, tag="allow_agents"):
    """Allow agents in this session, or end this; then all agents are disconnected."""

    allowed: bool
    remember: bool = False
    """True if this holds for the script's later sessions, too."""


class GetText(msgspec.Struct, frozen=True, omit_defaults=True, tag="get_text"):
    """Request the present text of the script, with the ids of its cells. Result: `OpenText`.

    It is the text of the editor in which the script is open, or else the given one.
    """

    content: str
    """The text of the file."""


class GiveText(msgspec.Struct, frozen=True, omit_defaults=True, tag="give_text"):
    """The answer of an editor to `TextWanted`."""

    text: OpenText


class Describe(msgspec.Struct, frozen=True, omit_defaults=True, tag="describe"):
    """Request the session's entry in a list of sessions. Result: `Description`."""


class Description(msgspec.Struct, frozen=True, omit_defaults=True):
    """A session at one moment."""

    kernel: KernelStatus
    kernel_pid: int
    """0 if no kernel runs."""
    memory: int
    """Bytes of memory of the kernel and the processes it started."""
    cpu: float
    """Share of one processor that they have used since the last description; 1.0 = all of it."""
    clients: list[str]
    """The names of the connected clients, without the one that sent the request."""
    queued: int
    """The number of queued runs."""
    running_since: float | None
    """Start of the running cell, in seconds since the epoch; None while none runs."""
    last_used: float
    """When a cell was last run or a client was last connected, in seconds since the epoch."""
    running_by: str = ""
    """The client that requested the running cell; empty while none runs."""
    running_agent: bool = False
    """True if this client is an agent."""
    limits: Limits = NO_LIMITS
    """The limits of the kernel."""
    agents: AgentStatus = NO_AGENTS


class Ping(msgspec.Struct, frozen=True, omit_defaults=True, tag="ping"):
    """Request a sign of life. The reply comes at once and overtakes the queue."""


Call = (
    Execute
    | Cancel
    | Interrupt
    | Restart
    | Warm
    | Limit
    | SaveVariables
    | RestoreVariables
    | Shutdown
    | ClearOutputs
    | RecoverOutputs
    | AnswerInput
    | Complete
    | Inspect
    | GetSignatures
    | QueryVariables
    | FetchOutputs
    | PlotCall
    | StoreCells
    | DebugRequest
    | DebugText
    | SelectFrame
    | AskAccess
    | AllowAgents
    | GetText
    | GiveText
    | TextCall
    | WatchWidgets
    | SendWidgets
    | Describe
)

ObjectQuery = Complete | Inspect | GetSignatures | QueryVariables
"""Requests about live objects: their replies do not depend on the session's events, so they may
overtake them."""


class Request(msgspec.Struct, frozen=True, omit_defaults=True, tag="request"):
    """A call with the id that its reply will carry."""

    id: int
    call: Call | Ping


FromClient = Hello | Request


# --- host to client -------------------------------------------------------------------------------


class RunView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run with its outputs, bounded as `cellbridge.core.output.outputs` defines."""

    run: Run
    outputs: list[Output]


class Notices(msgspec.Struct, frozen=True, omit_defaults=True):
    """Present notices of a session for the user: sentences, each to be shown once."""

    store: list[str] = []
    """Notices about outputs that are not stored, or cannot be read."""
    kernel: list[str] = []
    """Notices about the kernel, which hold for as long as it runs."""


class Welcome(msgspec.Struct, frozen=True, omit_defaults=True, tag="welcome"):
    """The whole state of the session at ``seq``."""

    protocol: int
    seq: int
    kernel: KernelStatus
    runs: list[RunView]
    """The last run of each cell and every run that has not ended, oldest first."""
    more: int = 0
    """The number of following `Events` that complete the state (initial_state.py)."""
    notices: Notices = Notices()
    agents: AgentStatus = NO_AGENTS


class KernelChanged(msgspec.Struct, frozen=True, omit_defaults=True, tag="kernel"):
    """A change of the kernel's status."""

    kernel: KernelStatus


class RunChanged(msgspec.Struct, frozen=True, omit_defaults=True, tag="run"):
    """A new or changed run; it replaces any earlier run with its id."""

    run: Run


class OutputsChanged(msgspec.Struct, frozen=True, omit_defaults=True, tag="outputs"):
    """A change of a run's outputs; the operations apply in order."""

    run: str
    ops: list[Op]


class RunsForgotten(msgspec.Struct, frozen=True, omit_defaults=True, tag="forgotten"):
    """The end of these runs and their outputs."""

    runs: list[str]


class NoticesChanged(msgspec.Struct, frozen=True, omit_defaults=True, tag="notices"):
    """A change of the session's notices."""

    notices: Notices


class AgentsChanged(msgspec.Struct, frozen=True, omit_defaults=True, tag="agents"):
    """A change of the session's agents, or of the permission that the user gave for them."""

    agents: AgentStatus


Event = KernelChanged | RunChanged | OutputsChanged | RunsForgotten | NoticesChanged | AgentsChanged


class Events(msgspec.Struct, frozen=True, omit_defaults=True, tag="events"):
    """The changes since the last batch; ``seq`` counts batches."""

    seq: int
    events: list[Event]


class Reply(msgspec.Struct, frozen=True, omit_defaults=True, tag="reply"):
    """The reply to the request of the same id: a result, or one sentence with the error."""

    id: int
    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    """MessagePack of the call's result type; nil if the call has none."""
    error: str | None = None


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True, tag="refusal"):
    """The host's refusal to serve this client; one sentence with the reason and what to do."""

    reason: str


class DebugEvent(msgspec.Struct, frozen=True, omit_defaults=True, tag="debug_event"):
    """An event of the Debug Adapter Protocol, for the client that debugs the session."""

    event: str
    body: dict[str, Any] = {}


class TextWanted(msgspec.Struct, frozen=True, omit_defaults=True, tag="text_wanted"):
    """The host's request to an editor for the present text of the script; see `GiveText`."""


FromHost = (
    Welcome
    | Events
    | Reply
    | Refusal
    | DebugEvent
    | TextWanted
    | TextEvent
    | WidgetsChanged
    | PlotsChanged
)
