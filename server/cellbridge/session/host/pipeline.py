"""The cells that were sent to the kernel before their turn.

Owns which runs these are, and the messages that come for them while an earlier run has not ended.
It must not know the kernel, or how messages become outputs; the executor does both.

A kernel that has ended a trivial cell would wait for the host to receive that, and to send the next
one. On a busy machine this takes several times as long as the cell. So the next cells are already
in the kernel's queue. For all others such a run stays in the state *queued* until the run before it
has ended. The kernel's probe refuses it if that run has failed, and after an interrupt
(probe/execution_order.py).

It is used only for the sessions of ``cellbridge run``, which end with their client. The kernel of
another session may outlive its host, and the next host could not know which run was the last.

Bound: `AHEAD` requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cellbridge.core.runs.queue import RunQueue
from cellbridge.core.runs.runs import Run
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.queries.run_details import Predecessor

AHEAD = 16
"""Cells in the kernel's queue at most. A host on a busy machine may not run for as long as the
kernel takes for that many trivial cells."""


class Pipeline:
    """The runs whose requests were sent before their turn, in the order of the queue."""

    def __init__(self) -> None:
        self._requests: dict[str, Predecessor] = {}
        self._early: dict[str, list[Message]] = {}

    def __len__(self) -> int:
        return len(self._requests)

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._requests

    def fill(self, queue: RunQueue, send: Callable[[Run, Predecessor], str]) -> None:
        """Send the next runs of a queue, if one is running; ``send`` returns the request's id."""
        if queue.running is None or queue.running.agent:
            return
        running = Predecessor(queue.running.message, queue.continues_after(queue.running.id))
        last = next(reversed(self._requests.values()), running)
        for run in queue.upcoming(len(self), AHEAD):
            if run.agent:  # A later run of the user goes before it.
                return
            last = Predecessor(send(run, last), queue.continues_after(run.id))
            self._requests[run.id] = last

    def keep(self, run_id: str, message: Message) -> None:
        """Keep a message for a run until its turn."""
        self._early.setdefault(run_id, []).append(message)

    def begin(self, run_id: str) -> tuple[str, list[Message]]:
        """Return the request, if one was sent, and the messages of a run whose turn has come."""
        sent = self._requests.pop(run_id, None)
        return sent.request if sent else "", self._early.pop(run_id, [])

    def drop(self, run_ids: Iterable[str]) -> list[str]:
        """Drop runs that were cancelled before their turn; return their requests."""
        return [self.begin(run_id)[0] for run_id in run_ids if run_id in self]

    def clear(self) -> list[str]:
        """Drop all runs; return their requests."""
        return self.drop(list(self._requests))
