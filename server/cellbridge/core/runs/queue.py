# Size: the rules between runs are one table, which is read as one.
"""The order in which a session's runs are executed, as a notebook does it.

Owns every run of a session and the rules between them: one at a time, in order; a failing cell
empties the queue behind it; a run ends when the kernel has both replied and reported idle. It must
not know the kernel, the clock (times are passed in) or the receivers of changes.

The user's runs go before those of agents. A failing cell empties the queue of its own side alone:
the user's runs, or those of one agent. Runs that are requested once its failure is shown stay.

Each method returns the runs as they are after the change, for the caller to publish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from cellbridge.core.runs.agents import ClientInfo, ClientKind
from cellbridge.core.runs.parts import replaces
from cellbridge.core.runs.runs import InputRequest, NextInput, Origin, Run, RunRequest, RunState

FOREIGN = "another client of the kernel"
"""The client's name of runs that came from outside the session, such as ``jupyter console``."""

Whose = Callable[[Run], bool] | None
"""The runs that a request concerns; None for all."""
FOREIGN_LIMIT = 20
"""Maximum number of ended runs of other clients of the kernel that are kept."""
SCRATCH_LIMIT = 50
"""Maximum number of ended runs of code outside the script that are kept."""

NO_IDLE = "The end of its output may be missing: the kernel never reported the end of the cell."
NO_COPY = (
    "Code cannot run on a copy of this kernel's names, because Cellbridge has no part inside this "
    "kernel; run it on the names of the session."
)
NO_REPLY = "The kernel left this cell without reporting how it ended. Run it again."


class RunQueue:
    """The runs of one session. Invariant: at most one run is in state running."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._of_cell: dict[str, dict[str, None]] = {}
        """By cell, the ids of its runs, oldest first."""
        self._waiting: list[str] = []
        self._running: str | None = None
        self._goes_on: set[str] = set()
        self._failure_shown = ""
        """The running run, once clients have been shown its failure."""
        self._after_failure: set[str] = set()
        """Waiting runs that were requested after that."""
        self._asked: dict[str, int] = {}
        self._missing: dict[str, tuple[int, int]] = {}
        """By run, its messages that never came and those that could not be read."""
        self._reasons: dict[str, str] = {}
        self._replied: RunState | None = None
        self._idle = False

    @property
    def running(self) -> Run | None:
        """The run that the kernel executes now."""
        return self._runs[self._running] if self._running else None

    @property
    def busy(self) -> bool:
        """True while a run is executed or waits for its turn."""
        return self._running is not None or bool(self._waiting)

    @property
    def waiting(self) -> int:
        """The number of runs that wait for their turn."""
        return len(self._waiting)

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._runs

    def get(self, run_id: str) -> Run | None:
        """Return the run of that id, or None."""
        return self._runs.get(run_id)

    def all(self) -> list[Run]:
        """Return every run, oldest first."""
        return list(self._runs.values())

    def restore(self, runs: Iterable[Run], now: float, *, still_running: str = "") -> list[Run]:
        """Take in the runs of an earlier host.

        The run ``still_running`` is still executed, though some of its output may be missing. Of
        the other runs that had not ended, running ones become lost and waiting ones cancelled.
        """
        changed: list[Run] = []
        for run in runs:
            self._include(run)
            if run.id == still_running:
                self._running = run.id
                self._asked[run.id] = run.waiting.number if run.waiting else 0
                changed.append(self._change(run.id, truncated=True))
            elif run.state is RunState.QUEUED:
                note = "The session's process ended while this cell waited; run it again."
                changed.append(
                    self._change(run.id, state=RunState.CANCELLED, ended_at=now, note=note)
                )
            elif not run.state.final:
                note = "The session's process ended while this cell ran."
                changed.append(
                    self._change(
                        run.id,
                        state=RunState.LOST,
                        ended_at=now,
                        note=note,
                        waiting=None,
                        truncated=True,
                    )
                )
        return changed

    def restore_older(self, runs: Iterable[Run], now: float) -> list[Run]:
        """Take in runs of an earlier host that are found late: older than all that are here."""
        later, self._runs = self._runs, {}
        changed = self.restore(runs, now)
        self._runs |= later
        return changed

    def add(self, run_id: str, request: RunRequest, author: ClientInfo, now: float) -> Run:
        """Put a new run at the end of the queue, or before the runs of agents."""
        run = Run(
            id=run_id,
            cell_id="" if request.scratch else request.cell_id,
            source=request.source,
            cell_source=request.cell_source,
            origin=request.origin,
            title=request.title,
            version=request.version,
            part=request.part,
            client=author.name,
            agent=author.kind is ClientKind.AGENT,
            scratch=request.scratch,
            queued_at=now,
        )
        self._include(run)
        if self._running is not None and self._failure_shown == self._running:
            self._after_failure.add(run_id)
        at = len(self._waiting)
        while not run.agent and at and self._runs[self._waiting[at - 1]].agent:
            at -= 1
        self._waiting.insert(at, run_id)
        if request.continue_on_error:
            self._goes_on.add(run_id)
        return run

    def start_next(self, now: float, life: str = "") -> Run | None:
        """Return the next run, now running, or None while one runs or nothing waits.

        ``life`` is the kernel's (`KernelStatus.life`).
        """
        if self._running is not None or not self._waiting:
            return None
        self._running = self._waiting.pop(0)
        self._replied, self._idle = None, False
        return self._change(self._running, state=RunState.RUNNING, started_at=now, life=life)

    def note_sent(self, run_id: str, message_id: str) -> Run:
        """Note the id of the kernel message that carries the run."""
        return self._change(run_id, message=message_id)

    def upcoming(self, start: int, stop: int) -> list[Run]:
        """Return waiting runs by their place in the queue: the next one has place 0."""
        return [self._runs[run_id] for run_id in self._waiting[start:stop]]

    def continues_after(self, run_id: str) -> bool:
        """True if the queue continues even if this run fails."""
        return run_id in self._goes_on

    def count(self, run_id: str, count: int) -> Run | None:
        """Note the kernel's execution count."""
        run = self._runs.get(run_id)
        return self._change(run_id, count=count) if run and run.count != count else None

    def note_missing(self, run_id: str, lost: int, unreadable: int = 0) -> Run | None:
        """Note how many messages of the run never came, and how many could not be read."""
        if run_id not in self._runs or not (lost or unreadable):
            return None
        known = self._missing.get(run_id, (0, 0))
        self._missing[run_id] = known[0] + lost, known[1] + unreadable
        return self._noted(run_id, truncated=True)

    def note_reason(self, run_id: str, note: str) -> Run | None:
        """Note, while it runs, why the run is about to end; the note stays with it."""
        run = self._runs.get(run_id)
        if run is None or run.state.final:
            return None
        self._reasons[run_id] = note
        return self._noted(run_id)

    def _noted(self, run_id: str, **changes: object) -> Run:
        """Return the run with what is missing of it, and why it ends, in its note."""
        lost, unreadable = self._missing.get(run_id, (0, 0))
        notes = (self._reasons.get(run_id, ""), _lost(lost), _unreadable(unreadable))
        return self._change(run_id, note=" ".join(filter(None, notes)), **changes)

    def note_end(self, run_id: str, exit_code: int | None, *, interrupted: bool) -> Run | None:
        """Note an end that is not a failure: by the user's interrupt, or by an exit of the program.

        After an exit, nothing is to run.
        """
        if run_id not in self._runs or not (interrupted or exit_code is not None):
            return None
        if exit_code is not None:
            self._reasons[run_id] = _exited(exit_code)
        return self._noted(run_id, exit_code=exit_code, interrupted=interrupted)

    def note_failure(self, run_id: str) -> None:
        """Note that clients are shown the failure of a run, which has not ended yet.

        Later requests are made in this knowledge, so the failure does not cancel them.
        """
        self._failure_shown = run_id

    def set_next_input(self, run_id: str, text: NextInput) -> Run | None:
        """A run has left text for an input."""
        return self._change(run_id, next_input=text) if run_id in self._runs else None

    def request_input(self, run_id: str, prompt: str, *, password: bool) -> Run | None:
        """Note that the run waits for a line of text."""
        run = self._runs.get(run_id)
        if run is None or run.state.final:
            return None
        number = self._asked[run_id] = self._asked.get(run_id, 0) + 1
        return self._change(run_id, waiting=InputRequest(prompt, password, number))

    def note_input_sent(self, run_id: str) -> Run | None:
        """Note that the run has got its line of text."""
        run = self._runs.get(run_id)
        if run is None or run.state.final or run.waiting is None:
            return None
        return self._change(run_id, waiting=None)

    def note_reply(self, run_id: str, state: RunState, now: float) -> list[Run]:
        """Note the kernel's reply: ok, error or cancelled. Returns what has ended by it."""
        if run_id != self._running:
            return []
        self._replied = state
        return self._end_when_complete(now)

    def note_idle(self, run_id: str, now: float) -> list[Run]:
        """Note that all output of the run has been received. Returns what has ended by it."""
        if run_id != self._running:
            return []
        self._idle = True
        return self._end_when_complete(now)

    def give_up(self, run_id: str, now: float) -> list[Run]:
        """End a run of whose reply and idle one has come, and the other is not waited for longer.

        Without the idle some output may be missing; without the reply its end state is unknown.
        """
        if run_id != self._running:
            return []
        if self._replied is not None:
            return self._end(self._replied, now, truncated=True, note=NO_IDLE)
        return self._end(RunState.CANCELLED, now, note=NO_REPLY) if self._idle else []

    def conclude(self, run_id: str, state: RunState, note: str, now: float) -> list[Run]:
        """End a run whose reply and idle came while no host received them."""
        return self._end(state, now, note=note) if run_id == self._running else []

    def lose_running(self, note: str, now: float) -> list[Run]:
        """The kernel is gone: the running cell is lost and the queue is emptied."""
        changed = self._end(RunState.LOST, now, truncated=True, note=note) if self._running else []
        foreign = [r.id for r in self._runs.values() if r.state is RunState.RUNNING]
        for run_id in foreign:
            changed.append(self._change(run_id, state=RunState.LOST, ended_at=now, note=note))
        return changed + self.cancel(list(self._waiting), now)

    def begin_foreign(self, run_id: str, source: str, now: float) -> Run:
        """Note a run of another client of the kernel; it is in no queue and belongs to no cell."""
        run = Run(
            id=run_id,
            cell_id="",
            source=source,
            cell_source="",
            origin=Origin("", 0),
            client=FOREIGN,
            state=RunState.RUNNING,
            queued_at=now,
            started_at=now,
        )
        self._include(run)
        return run

    def end_foreign(self, run_id: str, *, failed: bool, now: float) -> list[Run]:
        """Note that another client's run is over."""
        run = self._runs.get(run_id)
        if run is None or run.client != FOREIGN or run.state.final:
            return []
        state = RunState.ERROR if failed else RunState.OK
        return [self._change(run_id, state=state, ended_at=now)]

    def foreign_beyond(self, count: int = FOREIGN_LIMIT) -> list[str]:
        """Return the ended runs of other clients, but for the last ``count`` of them."""
        return self._ended_beyond(count, lambda run: run.client == FOREIGN)

    def _ended_beyond(self, count: int, kind: Callable[[Run], bool]) -> list[str]:
        ended = [run.id for run in self._runs.values() if run.state.final and kind(run)]
        return ended[: max(0, len(ended) - count)]

    def cancel(self, run_ids: Iterable[str], now: float) -> list[Run]:
        """Take runs from the queue; those that run or have ended stay as they are."""
        wanted = set(run_ids)
        gone = [run_id for run_id in self._waiting if run_id in wanted]
        self._waiting = [run_id for run_id in self._waiting if run_id not in wanted]
        return [self._change(run_id, state=RunState.CANCELLED, ended_at=now) for run_id in gone]

    def cancel_all(self, now: float, whose: Whose = None) -> list[Run]:
        """Empty the queue, or take the runs ``whose`` from it; the running cell continues."""
        wanted = (r for r in self._waiting if whose is None or whose(self._runs[r]))
        return self.cancel([*wanted], now)

    def empty_for_interrupt(self, now: float, whose: Whose = None) -> list[Run]:
        """Empty the queue, as `cancel_all` does, because the running cell is being stopped.

        Later requests, and those that stay, are meant to run after it, however it ends.
        """
        if self._running is not None:
            self._goes_on.add(self._running)
        return self.cancel_all(now, whose)

    def superseded(self, run: Run) -> list[str]:
        """Return the ended runs of the same cell that ``run``, which has started, replaces.

        Code outside the script replaces the oldest of its kind beyond `SCRATCH_LIMIT`.
        """
        if run.scratch:
            return self._ended_beyond(SCRATCH_LIMIT, lambda other: bool(other.scratch))
        others = (self._runs[one] for one in self._of_cell.get(run.cell_id, {}))
        return [other.id for other in others if other.state.final and replaces(run, other)]

    def outdated(self) -> list[str]:
        """Return the ended runs that a later run, which has started, replaces."""
        started, gone = dict[str, list[Run]](), list[str]()
        for run in reversed(self._runs.values()):
            later = started.setdefault(run.cell_id, [])
            if run.state.final and any(replaces(other, run) for other in later):
                gone.append(run.id)
            elif run.started_at is not None:
                later.append(run)
        return gone

    def ended(self, run_ids: Iterable[str]) -> list[str]:
        """Return those of these runs that have ended."""
        return [run_id for run_id in run_ids if (run := self._runs.get(run_id)) and run.state.final]

    def forget(self, run_ids: Iterable[str]) -> None:
        """Drop ended runs."""
        for run_id in run_ids:
            run = self._runs.get(run_id)
            if run and run.state.final:
                del self._runs[run_id]
                del self._of_cell[run.cell_id][run_id]
                self._goes_on.discard(run_id)
                self._asked.pop(run_id, None)
                self._missing.pop(run_id, None)
                self._reasons.pop(run_id, None)

    def _include(self, run: Run) -> None:
        self._runs[run.id] = run
        self._of_cell.setdefault(run.cell_id, {})[run.id] = None

    def _end_when_complete(self, now: float) -> list[Run]:
        if self._replied is None or not self._idle:
            return []
        return self._end(self._replied, now)

    def _end(
        self, state: RunState, now: float, *, truncated: bool = False, note: str = ""
    ) -> list[Run]:
        run_id = self._running
        assert run_id is not None  # noqa: S101 (callers have looked)
        self._running = None
        truncated = truncated or self._runs[run_id].truncated
        note = f"{self._runs[run_id].note} {note}".strip()
        ended = self._change(
            run_id, state=state, ended_at=now, waiting=None, truncated=truncated, note=note
        )
        failed = state not in {RunState.OK, RunState.LOST} or ended.exit_code is not None
        stops = failed and run_id not in self._goes_on
        side, later = ended.agent_name, self._after_failure
        self._after_failure = set()
        if not stops:
            return [ended]
        behind = self.cancel_all(now, lambda run: run.agent_name == side and run.id not in later)
        return [ended, *behind]

    def _change(self, run_id: str, **changes: object) -> Run:
        run = msgspec.structs.replace(self._runs[run_id], **changes)
        self._runs[run_id] = run
        return run


def _exited(code: int) -> str:
    how = f"sys.exit(): exit code {code}" if code else "sys.exit()"
    return f"The cell ended with {how}. The kernel is still running."


def _lost(messages: int) -> str:
    if not messages:
        return ""
    return (
        f"{_messages(messages)} of its output never came: more was printed than "
        "the kernel keeps for a session that had no time to read. Run the cell again."
    )


def _unreadable(messages: int) -> str:
    if not messages:
        return ""
    return (
        f"{_messages(messages)} of the kernel could not be read, as malformed or wrongly signed, "
        "so output may be missing; the session's log names them."
    )


def _messages(number: int) -> str:
    return f"{number:,} message{'s' * (number != 1)}"
