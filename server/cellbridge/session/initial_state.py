"""The whole state of a session on its way to one client, in pieces that hold nobody up.

Owns how a state is cut into frames, and how it is put together again. It must not know connections.

To encode two hundred pictures takes a tenth of a second, in which the host would answer nobody; so
the welcome holds the beginning, and says how many pieces follow. They are made one by one as they
are sent, of the state as it was when the welcome was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from cellbridge.core.output.output_mirror import apply_ops
from cellbridge.core.output.outputs import Display, Op, Output, SetOutput, Stream
from cellbridge.core.runs.runs import KernelStatus
from cellbridge.session import wire
from cellbridge.session.messages import PROTOCOL, Events, Notices, OutputsChanged, RunView, Welcome

_NONE = Notices()
PIECE = 512 * 1024
"""Characters of outputs in one piece, about; a single output may be longer."""


def frames(
    seq: int, kernel: KernelStatus, views: Sequence[RunView], notices: Notices = _NONE
) -> Iterator[bytes]:
    """Return the frames of a state at ``seq``, each made when it is asked for."""
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
        first.append(RunView(view.run, view.outputs[:count]))
    yield wire.encode(Welcome(PROTOCOL, seq, kernel, first, len(pieces) - 1, notices))
    for piece in pieces[1:]:
        yield wire.encode(
            Events(seq, [OutputsChanged(run, [SetOutput(at, o)]) for run, at, o in piece])
        )


class Arriving:
    """A state of which not all pieces have come yet."""

    def __init__(self, welcome: Welcome) -> None:
        self.missing = welcome.more
        self._welcome = welcome
        self._ops: dict[str, list[Op]] = {}

    def take(self, piece: Events) -> None:
        """Take in the next piece."""
        self.missing -= 1
        for event in piece.events:
            if isinstance(event, OutputsChanged):
                self._ops.setdefault(event.run, []).extend(event.ops)

    def whole(self) -> Welcome:
        """Return the welcome with everything that came after it."""
        runs = [
            RunView(view.run, apply_ops(view.outputs, self._ops.get(view.run.id, ())))
            for view in self._welcome.runs
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
