"""Joined messages have the same content as the separate ones."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.kernel.channels import coalesce
from cellbridge.kernel.channels.lost_messages import LostMessages
from cellbridge.kernel.channels.messages import Message

KINDS = st.sampled_from(["stream", "stream", "stream", "display_data", "status"])
SAID = st.tuples(
    KINDS, st.sampled_from("ab"), st.sampled_from(["stdout", "stderr"]), st.text(max_size=5)
)


def published(said: list[tuple[str, str, str, str]], missing: set[int]) -> list[Message]:
    """Return the messages that a kernel publishes with these numbers, without lost ones."""
    return [
        Message("iopub", kind, f"m{at}", parent, {}, {"name": name, "text": text}, {}, number=at)
        for at, (kind, parent, name, text) in enumerate(said, 1)
        if at not in missing
    ]


def joined(messages: list[Message]) -> list[Message]:
    batch: list[Message] = []
    for message in messages:
        coalesce.add(batch, message)
    return batch


def told(messages: list[Message]) -> list[tuple[Any, ...]]:
    """Return a reader's whole view, with text in stretches between other messages."""
    events: list[tuple[Any, ...]] = []
    for message in LostMessages().mark(messages):
        if message.lost:
            events.append(("lost", message.lost))
        who = message.msg_type, message.parent_id, message.content["name"]
        events.extend((*who, character) for character in message.content["text"])
        if message.msg_type != "stream":
            events.append((*who, message.msg_id))
    return events


@given(st.lists(SAID, max_size=30), st.sets(st.integers(2, 30), max_size=4))
def test_a_reader_learns_the_same_in_the_same_order(
    said: list[tuple[str, str, str, str]], missing: set[int]
) -> None:
    messages = published(said, missing)
    batch = joined(messages)
    assert told(batch) == told(messages)
    assert sum(1 + message.joined for message in batch) == len(messages)


def test_all_that_can_be_joined_is_one_message() -> None:
    said = [("stream", "a", "stdout", f"{at}\n") for at in range(20)]
    (message,) = joined(published(said, set()))
    assert message.content["text"] == "".join(text for *_, text in said)
    (unnumbered,) = joined([Message("iopub", "stream", "", "a", {}, {"text": "x"}, {})] * 3)
    assert (unnumbered.content["text"], unnumbered.joined) == ("xxx", 2)


def test_a_joined_message_has_its_bound() -> None:
    text = "x" * 1000
    one = Message("iopub", "stream", "", "a", {}, {"text": text}, {}, size=len(text))
    batch = joined([one] * 1000)
    assert max(message.size for message in batch) <= coalesce.JOINED_LIMIT + len(text)
    assert "".join(message.content["text"] for message in batch) == text * 1000


def test_what_is_not_plain_text_is_left_alone() -> None:
    strange: list[dict[str, Any]] = [
        {"content": {"text": 3}},
        {"content": {"text": "a", "name": "stderr"}},
        {"content": {"text": "a"}, "metadata": {"of": "somebody"}},
        {"content": {"text": "a"}, "buffers": [b"1"]},
        {"content": {}},
    ]
    plain: dict[str, Any] = {"content": {"text": "a"}, "metadata": {}}
    messages = [
        Message("iopub", "stream", "", "a", {}, **{**plain, **fields})
        for fields in (plain, *strange, plain)
    ]
    assert joined(messages) == messages
