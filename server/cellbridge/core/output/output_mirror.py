"""A client's copy of a run's outputs, kept in step by the operations it receives.

Owns the application of operations, and their bounding and merging before they are sent. It must not
know the wire, or how outputs are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.core.output.output_reducer import bound_output
from cellbridge.core.output.outputs import (
    HEAD_LIMIT,
    DropOutputs,
    ExtendStream,
    Op,
    Output,
    SetOutput,
    Stream,
)
from cellbridge.core.output.terminal import common_prefix


def apply_ops(outputs: Sequence[Output], ops: Sequence[Op]) -> list[Output]:
    """Return the outputs after ``ops``; operations on outputs that are not there do nothing."""
    after = list(outputs)
    for op in ops:
        match op:
            case DropOutputs():
                after.clear()
            case SetOutput(index, output):
                if index == len(after):
                    after.append(output)
                elif index < len(after):
                    after[index] = output
            case ExtendStream(index, keep, text, chars, lines, tail):
                if index < len(after) and isinstance(stream := after[index], Stream):
                    after[index] = Stream(
                        stream.name, stream.text[:keep] + text, chars, lines, tail
                    )
    return after


def kept_characters(before: Output, now: Output) -> int | None:
    """Return how many characters of the text of ``before`` are kept in ``now``, its continuation.

    None if it is not a continuation, but another kind of output.
    """
    if not isinstance(before, Stream) or not isinstance(now, Stream) or before.name != now.name:
        return None
    return common_prefix(before.text, now.text)


class Pending:
    """Changes of one run's outputs that have not been sent to a client yet.

    Invariant: bounded. However much is written between two deliveries, only the outputs that
    changed are named, and their text is taken from the bounded outputs when it is sent.
    """

    def __init__(self) -> None:
        self._cleared = False
        self._puts: set[int] = set()
        self._writes: dict[int, int] = {}

    def note(self, op: Op) -> None:
        """Remember that ``op`` has happened."""
        match op:
            case DropOutputs():
                self._cleared = True
                self._puts.clear()
                self._writes.clear()
            case SetOutput(index, _):
                self._puts.add(index)
                self._writes.pop(index, None)
            case ExtendStream(index, keep):
                if index not in self._puts:
                    self._writes[index] = min(keep, self._writes.get(index, keep))

    def take(self, outputs: Sequence[Output]) -> list[Op]:
        """Return the operations that bring a client to ``outputs``, and forget them."""
        ops: list[Op] = [DropOutputs()] if self._cleared else []
        for index in sorted(self._puts | self._writes.keys()):
            output = outputs[index]
            if index in self._puts or not isinstance(output, Stream):
                ops.append(SetOutput(index, bound_output(output)))
            else:
                keep = min(self._writes[index], HEAD_LIMIT)
                ops.append(
                    ExtendStream(
                        index, keep, output.text[keep:], output.chars, output.lines, output.tail
                    )
                )
        self._cleared = False
        self._puts.clear()
        self._writes.clear()
        return ops
