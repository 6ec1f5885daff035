# Size: every message between a host and its clients, in one place.
"""The wire between a session's host and its clients: every message, typed.

Owns the shape and the meaning of what travels; how bytes are framed is wire.py's. It must not know
sockets or kernels.

A client opens with `Hello` and gets `Welcome`, which holds the whole state; from then on every
`Event` with a higher ``seq`` comes exactly once and in order. Requests carry an id that their
`Reply` repeats.
"""

from __future__ import annotations

import msgspec

from cellbridge.core.output.outputs import Op, Output
from cellbridge.core.runs.limits import NO_LIMITS, Limits
from cellbridge.core.runs.runs import KernelStatus, Run, RunRequest
from cellbridge.core.runs.start_options import AS_IT_IS, Startup
from cellbridge.core.variables import VariableQuery

PROTOCOL = 4
"""Raised whenever an older peer could misread a message: hosts outlive their clients' upgrades."""

REQUEST_LIMIT = 64
"""Requests of one client under way at once. A client sends the next when one has been answered, so
that a host always gets to read a `Ping`."""


# --- client to host -------------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The first message of a client."""

    protocol: int
    client: str
    """For people, as ``Visual Studio Code`` or ``cellbridge run``."""
    only_looking: bool = False
    """It asks about the session and is no user of it: it is sent neither runs nor events."""


class Execute(msgspec.Struct, frozen=True, tag="execute"):
    """Queue these runs in order. Result: the list of run ids.

    Where no kernel runs, one is started: of the kernelspec ``kernel``, or else of ``language``.
    """

    runs: list[RunRequest]
    language: str
    kernel: str | None = None
    startup: Startup = AS_IT_IS


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """Take these runs from the queue; one that already runs is not touched."""

    runs: list[str]


class Interrupt(msgspec.Struct, frozen=True, tag="interrupt"):
    """Interrupt the running cell and empty the queue."""


class Restart(msgspec.Struct, frozen=True, tag="restart"):
    """Give the session a new kernel process, chosen as for `Execute`. Result when it is ready."""

    language: str
    kernel: str | None = None
    startup: Startup = AS_IT_IS


class Warm(msgspec.Struct, frozen=True, tag="warm"):
    """See to it that there is a kernel, chosen as for `Execute`, before the first cell is run."""

    language: str
    kernel: str | None = None
    startup: Startup = AS_IT_IS


class Limit(msgspec.Struct, frozen=True, tag="limit"):
    """Set what the session's kernel may use, whatever settings say; None for what they say."""

    limits: Limits | None


class SaveVariables(msgspec.Struct, frozen=True, tag="save_variables"):
    """Save some variables of the kernel, or all. Result: `core.saved_variables.SavedVariables`."""

    names: list[str]


class RestoreVariables(msgspec.Struct, frozen=True, tag="restore_variables"):
    """Load what was saved. Result: `cellbridge.core.saved_variables.SavedVariables`."""

    names: list[str]


class Shutdown(msgspec.Struct, frozen=True, tag="shutdown"):
    """End the kernel and the host. The outputs stay in the store."""


class ClearOutputs(msgspec.Struct, frozen=True, tag="clear_outputs"):
    """Forget these runs, with their outputs, where they have ended.

    It names the runs that the user saw, so that one that comes late never hits a newer run.
    """

    runs: list[str]
    everything: bool = False
    """All outputs are meant: what the store holds and cannot be read goes too."""


class RecoverOutputs(msgspec.Struct, frozen=True, tag="recover_outputs"):
    """Restore what can be read of damaged stores that were put aside. Result: `Recovered`."""


class Recovered(msgspec.Struct, frozen=True):
    """What came of recovering outputs."""

    runs: int
    """Runs that are back, with their outputs."""
    older: int
    """Runs that are not: their cells have outputs."""
    unread: int
    """Rows, stretches of pages, and whole files, that cannot be read."""
    files: list[str]
    """The damaged files, which stay."""


class AnswerInput(msgspec.Struct, frozen=True, tag="answer_input"):
    """The line of text that a running cell waits for."""

    run: str
    text: str


class Complete(msgspec.Struct, frozen=True, tag="complete"):
    """What the living kernel offers at ``offset`` (code points) of ``code``.

    Result: `cellbridge.core.code_info.Completions`.
    """

    code: str
    offset: int


class Inspect(msgspec.Struct, frozen=True, tag="inspect"):
    """What the living kernel says about the name at ``offset`` of ``code``.

    Result: `cellbridge.core.code_info.Inspection`.
    """

    code: str
    offset: int


class AskSignature(msgspec.Struct, frozen=True, tag="signature"):
    """How the function is called in whose call ``offset`` of ``code`` stands.

    Result: `cellbridge.core.code_info.Signatures`.
    """

    code: str
    offset: int


class Look(msgspec.Struct, frozen=True, tag="look"):
    """A question about the living kernel's variables and tables.

    Result: `cellbridge.core.variables.VariableAnswer`.
    """

    question: VariableQuery


class FetchOutputs(msgspec.Struct, frozen=True, tag="fetch_outputs"):
    """The outputs of a run. Result: a list of `Output`, whose streams hold their whole text."""

    run: str


class RememberCells(msgspec.Struct, frozen=True, tag="remember_cells"):
    """The cells of the document as they stand, so that a later reader can find them again."""

    cells: list[StoredCell]


class StoredCell(msgspec.Struct, frozen=True):
    """One cell of the document as it was last seen."""

    id: str
    source: str


class Describe(msgspec.Struct, frozen=True, tag="describe"):
    """The session as a list of sessions shows it. Result: `Description`."""


class Description(msgspec.Struct, frozen=True):
    """A session at one moment."""

    kernel: KernelStatus
    kernel_pid: int
    """0 where no kernel runs."""
    memory: int
    """Bytes of memory that the kernel and the processes it started hold."""
    cpu: float
    """Share of one processor that they have used since they were last asked about, 1.0 = all."""
    clients: list[str]
    """Who is connected, whoever asks left out."""
    queued: int
    """Runs that wait for their turn."""
    running_since: float | None
    """Start of the running cell, in seconds since the epoch; None while none runs."""
    last_used: float
    """When a cell was last run or a client was last connected, in seconds since the epoch."""
    limits: Limits = NO_LIMITS
    """What the kernel may use."""


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """A request for a sign of life. The reply comes at once and overtakes all that waits."""


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
    | AskSignature
    | Look
    | FetchOutputs
    | RememberCells
    | Describe
)

AboutObjects = Complete | Inspect | AskSignature | Look
"""Questions about living objects: their replies say nothing of the session's events, so they need
not come after them."""


class Request(msgspec.Struct, frozen=True, tag="request"):
    """A call with the id that its reply will carry."""

    id: int
    call: Call | Ping


FromClient = Hello | Request


# --- host to client -------------------------------------------------------------------------------


class RunView(msgspec.Struct, frozen=True):
    """A run with its outputs, bounded as `cellbridge.core.output.outputs` says."""

    run: Run
    outputs: list[Output]


class Notices(msgspec.Struct, frozen=True):
    """What the user should know of a session now: sentences, each to be shown once."""

    store: list[str] = []
    """About outputs that are not stored, or cannot be read."""
    kernel: list[str] = []
    """About the kernel, true for as long as it lives."""


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """The whole state of the session at ``seq``."""

    protocol: int
    seq: int
    kernel: KernelStatus
    runs: list[RunView]
    """The last run of each cell and every run that has not ended, oldest first."""
    more: int = 0
    """How many of the next `Events` belong to it; with them it is whole (initial_state.py)."""
    notices: Notices = Notices()


class KernelChanged(msgspec.Struct, frozen=True, tag="kernel"):
    """The kernel's state is now this."""

    kernel: KernelStatus


class RunChanged(msgspec.Struct, frozen=True, tag="run"):
    """A run is new or has changed; it replaces what was known of its id."""

    run: Run


class OutputsChanged(msgspec.Struct, frozen=True, tag="outputs"):
    """The outputs of a run have changed; the operations apply in order."""

    run: str
    ops: list[Op]


class RunsForgotten(msgspec.Struct, frozen=True, tag="forgotten"):
    """These runs and their outputs are gone."""

    runs: list[str]


class NoticesChanged(msgspec.Struct, frozen=True, tag="notices"):
    """What the user should know of the session is now this."""

    notices: Notices


Event = KernelChanged | RunChanged | OutputsChanged | RunsForgotten | NoticesChanged


class Events(msgspec.Struct, frozen=True, tag="events"):
    """What happened since the last batch; ``seq`` counts batches."""

    seq: int
    events: list[Event]


class Reply(msgspec.Struct, frozen=True, tag="reply"):
    """The answer to the request of the same id: a result, or one sentence saying why not."""

    id: int
    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    """MessagePack of the call's result type; nil where the call has none."""
    error: str | None = None


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """The host will not serve this client; one sentence saying why and what to do."""

    reason: str


FromHost = Welcome | Events | Reply | Refusal
