"""The whole state of a session, sent to one client in pieces that delay no other client.

Owns how a state is split into frames, and how it is assembled again. It must not know connections.

Encoding two hundred images takes a tenth of a second, in which the host would answer no client; so
the welcome holds the beginning, and the number of pieces that follow. Each piece is created when it
is sent, from the state at the time when the welcome was requested.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from cellbridge.core.output.output_mirror import apply_ops
from cellbridge.core.output.outputs import Display, Op, Output, SetOutput, Stream
from cellbridge.core.runs.agents import NO_AGENTS, AgentStatus
from cellbridge.core.runs.runs import KernelStatus
from cellbridge.session import wire
from cellbridge.session.messages import PROTOCOL, Events, Notices, OutputsChanged, RunView, Welcome

_NONE = Notices()
PIECE = 512 * 1024
"""Approximate characters of outputs in one piece; a single output may be longer."""


def encode_state(
    seq: int,
    kernel: KernelStatus,
    views: Sequence[RunView],
    notices: Notices = _NONE,
    agents: AgentStatus = NO_AGENTS,
) -> Iterator[bytes]:
    """Return the frames of a state at ``seq``, each created when it is requested."""
    first: list[RunView] = []
    pieces: list[list[tuple[str, int, Output]]] = [[]]
    room = PIECE
    for view in views:
        count = 0
        for place, output in enumerate(view.outputs):
            room -= _size(output)
            if room < 0 and (len(pieces) > 1 or first or count):
                pieces.append([])
                room = PIECE - _size(output)
            if len(pieces) == 1:
                count += 1
            else:
                pieces[-1].append((view.run.id, place, output))
        whole = count == len(view.outputs)
        first.append(view if whole else RunView(view.run, view.outputs[:count]))
    yield wire.encode(Welcome(PROTOCOL, seq, kernel, first, len(pieces) - 1, notices, agents))
    for piece in pieces[1:]:
        yield wire.encode(
            Events(seq, [OutputsChanged(run, [SetOutput(at, o)]) for run, at, o in piece])
        )


class PartialState:
    """A state of which some pieces have not arrived yet."""

    def __init__(self, welcome: Welcome) -> None:
        self.missing = welcome.more
        self._welcome = welcome
        self._ops: dict[str, list[Op]] = {}

    def add(self, piece: Events) -> None:
        """Add the next piece."""
        self.missing -= 1
        for event in piece.events:
            if isinstance(event, OutputsChanged):
                self._ops.setdefault(event.run, []).extend(event.ops)

    def assemble(self) -> Welcome:
        """Return the welcome with all pieces that followed it."""
        if not self._ops:
            return self._welcome
        runs = [
            RunView(view.run, apply_ops(view.outputs, ops)) if ops else view
            for view in self._welcome.runs
            for ops in (self._ops.get(view.run.id),)
        ]
        return msgspec.structs.replace(self._welcome, runs=runs, more=0)


def _size(output: Output) -> int:
    match output:
        case Stream():
            return len(output.text) + len(output.tail)
        case Display(data=data):
            return sum(len(part) for part in data.values() if isinstance(part, str))
        case _:
            return 1024
