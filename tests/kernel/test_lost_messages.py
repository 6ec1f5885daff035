"""Gaps in what a kernel has published, by the numbers of its messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.kernel.channels.framing import Framer
from cellbridge.kernel.channels.lost_messages import LostMessages
from cellbridge.kernel.channels.messages import Message


def message(number: int) -> Message:
    return Message("iopub", "stream", "", "", {}, {}, {}, number=number)


@given(
    st.lists(st.booleans(), max_size=60),
    st.integers(1, 1000),
    st.integers(1, 9),
)
def test_every_missing_number_is_told_once(kept: list[bool], first: int, size: int) -> None:
    numbers = [first, *(first + at for at, keep in enumerate(kept, 1) if keep)]
    gaps, told = LostMessages(), 0
    for at in range(0, len(numbers), size):
        told += sum(one.lost for one in gaps.mark([message(n) for n in numbers[at : at + size]]))
    assert told == numbers[-1] - first + 1 - len(numbers)


def test_a_kernel_that_does_not_number_has_no_gaps() -> None:
    gaps = LostMessages()
    assert [one.lost for one in gaps.mark([message(0), message(7), message(0)])] == [0, 0, 0]


def test_what_a_dropped_message_told_is_told_by_the_next() -> None:
    gaps = LostMessages()
    gaps.mark([message(1)])
    (dropped,) = gaps.mark([message(4)])
    gaps.report_later(dropped.lost)
    assert [one.lost for one in gaps.mark([message(5), message(6)])] == [2, 0]


def test_the_number_stands_in_the_routing() -> None:
    framer = Framer(b"key", "session")
    frames = framer.encode("status", "id", {})
    for routing, number in (
        ([], 0),
        ([b"topic"], 0),
        ([b"topic", b"cellbridge:12"], 12),
        ([b"topic", b"cellbridge:x"], 0),
        ([b"topic", b"other", b"more"], 0),
    ):
        read = framer.decode("iopub", [*routing, *frames])
        assert read.number == number
