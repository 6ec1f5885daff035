"""The states of widget models, and messages on their way, for any sequence of messages."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbridge.core.widgets import models as bounds
from cellbridge.core.widgets import pending
from cellbridge.core.widgets.messages import (
    Buffer,
    WidgetMessage,
    read_comm,
    read_states,
    request_states,
    to_comm,
)
from cellbridge.core.widgets.models import BYTE_LIMIT, WidgetModels, unpacked
from cellbridge.core.widgets.pending import PendingMessages
from cellbridge.core.widgets.saved_state import saved_state

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=5,
)
STATES = st.dictionaries(st.sampled_from(["x", "y", "z"]), VALUES, max_size=3)
PATHS = st.lists(st.sampled_from(["x", "y", "q", 0, 1]), max_size=3).map(tuple)
PARTS = st.lists(st.builds(Buffer, PATHS, st.binary(max_size=4)), max_size=2)
MESSAGES = st.builds(
    WidgetMessage, st.sampled_from(["open", "update", "custom", "close"]), NAMES, STATES, VALUES,
    PARTS,
)  # fmt: skip
ANY = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=2), max_leaves=3)


def opened(model: str, **state: Any) -> WidgetMessage:
    return WidgetMessage("open", model, state)


def updated(model: str, **state: Any) -> WidgetMessage:
    return WidgetMessage("update", model, state)


def custom(model: str, content: Any, data: bytes = b"") -> WidgetMessage:
    return WidgetMessage("custom", model, {}, content, [Buffer((), data)] if data else [])


def states(models: WidgetModels) -> dict[str, Any]:
    """Return all states and buffers, by model."""
    found = [unpacked(message) for message in models.messages()]
    return {one.model: (one.state, {part.path: part.data for part in one.buffers}) for one in found}


@settings(max_examples=50)
@given(st.lists(MESSAGES, max_size=20))
def test_a_follower_of_the_news_has_the_same_states(messages: list[WidgetMessage]) -> None:
    models, follower, joined = WidgetModels(), WidgetModels(), WidgetModels()
    waiting = PendingMessages()
    for message in messages:
        if (news := models.apply(message)) is not None:
            follower.apply(msgspec.msgpack.decode(msgspec.msgpack.encode(news), type=WidgetMessage))
            waiting.add(news)
    for message in waiting.take():
        joined.apply(message)
    assert states(follower) == states(models) == states(joined)
    assert models.size == sum(model.size for model in map(models.get, models) if model)


@settings(max_examples=50)
@given(st.lists(MESSAGES, max_size=12), st.integers(0, 12))
def test_a_late_follower_catches_up_by_a_snapshot(messages: list[WidgetMessage], at: int) -> None:
    models, follower = WidgetModels(), WidgetModels()
    for message in messages[:at]:
        models.apply(message)
    for message in models.messages():
        follower.apply(message)
    for message in messages[at:]:
        if (news := models.apply(message)) is not None:
            follower.apply(news)
    assert states(follower) == states(models)


@settings(max_examples=50)
@given(ANY, ANY, ANY, ANY, st.lists(st.binary(max_size=2), max_size=2))
def test_no_comm_message_is_too_odd(
    comm: Any, data: Any, state: Any, paths: Any, buffers: list[bytes]
) -> None:
    models = WidgetModels()
    models.apply(opened("a", x=[1], y={"k": 2}))
    for content in (data, {"state": state, "buffer_paths": paths, "method": "update"}):
        for msg_type in ("comm_open", "comm_msg", "comm_close", "comm_other"):
            for model in (comm, "a"):
                message = {"comm_id": model, "target_name": "jupyter.widget", "data": content}
                if read := read_comm(msg_type, message, buffers):
                    models.apply(read[0])
        models.apply(opened("a", x=[1]))
    nested = {"states": {"a": {"state": state}, "b": data}, "buffer_paths": paths}
    assert [one.kind for one in read_states({"data": nested}, buffers)] == ["open", "open"]


@settings(max_examples=50)
@given(MESSAGES)
def test_a_message_survives_its_comm(message: WidgetMessage) -> None:
    comm = to_comm(message)
    read = read_comm(comm.msg_type, comm.content, comm.buffers)
    assert read is not None
    known = read[0]
    assert (known.kind, known.model) == (message.kind, message.model)
    if message.kind in {"open", "update"}:
        assert known.state == message.state


def test_buffers_belong_to_their_attribute() -> None:
    models = WidgetModels()
    parts = [Buffer(("data", 1), b"one"), Buffer(("data", 7), b"nowhere"), Buffer(("raw",), b"r")]
    models.apply(WidgetMessage("open", "a", {"data": [0, None], "n": 1}, None, parts))
    assert states(models)["a"][1] == {("data", 1): b"one", ("raw",): b"r"}
    models.apply(updated("a", n=2))
    assert states(models)["a"][1] == {("data", 1): b"one", ("raw",): b"r"}
    models.apply(updated("a", data=[0]))
    assert states(models)["a"] == ({"n": 2, "data": [0]}, {("raw",): b"r"})


def test_only_news_is_passed_on() -> None:
    models = WidgetModels()
    models.apply(opened("a", x=1, y=[1, {"k": None}]))
    assert models.apply(updated("a", x=1, y=[1, {"k": None}])) is None
    assert models.apply(updated("unknown", x=1)) is None
    assert models.apply(WidgetMessage("close", "unknown")) is None
    news = models.apply(updated("a", x=True, y=[1, {"k": None}]))
    assert news is not None
    assert unpacked(news).state == {"x": True}


def test_the_models_changed_longest_ago_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    models = WidgetModels(limit=10_000)
    for number in range(4):
        models.apply(opened(str(number), text="x" * 2_000))
    models.apply(updated("0", text="y" * 2_000))
    models.apply(opened("big", text="x" * 4_000))
    assert ({*models}, models.lost) == ({"3", "0", "big"}, 2)
    models.apply(opened("huge", text="x" * 20_000))
    assert (len(models), models.size) == (0, 0)
    monkeypatch.setattr(bounds, "MODEL_LIMIT", 10)
    for number in range(25):
        models.apply(opened(str(number)))
    assert (len(models), models.lost) == (10, 21)


def test_thousands_of_models_and_a_large_buffer_fit() -> None:
    models = WidgetModels()
    state = dict.fromkeys("abcdefghijklmnopqrstuvwxyz") | {"_model_name": "LayoutModel"}
    for number in range(10_000):
        models.apply(WidgetMessage("open", f"{number:032x}", copy.copy(state)))
    large = Buffer(("value",), bytes(50_000_000))
    models.apply(WidgetMessage("open", "large", {}, None, [large]))
    assert (len(models), models.lost) == (10_001, 0)
    assert 50_000_000 < models.size < BYTE_LIMIT


def test_updates_of_a_model_are_joined() -> None:
    waiting = PendingMessages()
    for number in range(1_000):
        waiting.add(updated("a", x=number))
        waiting.add(updated("b", x=number, y=0))
    assert [*map(unpacked, waiting.take())] == [updated("a", x=999), updated("b", x=999, y=0)]
    assert not waiting


def test_custom_messages_keep_their_place_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = PendingMessages()
    order = [updated("a", x=1), custom("a", "go"), updated("a", x=2)]
    for message in order:
        waiting.add(message)
    assert waiting.take() == order
    for number in range(5_000):
        waiting.add(custom("a", number))
        waiting.add(updated("a", x=number))
        waiting.add(updated("b", x=number))
    assert len(waiting) <= 2 * pending.CUSTOM_LIMIT + 2
    assert waiting.dropped == 5_000 - pending.CUSTOM_LIMIT
    taken = waiting.take()
    assert [one.content for one in taken if one.kind == "custom"][-1] == 4_999
    monkeypatch.setattr(pending, "CUSTOM_BYTES", 100)
    for _ in range(3):
        waiting.add(custom("a", None, bytes(80)))
    waiting.add(custom("a", None, bytes(500)))
    assert [len(one.buffers[0].data) for one in waiting.take()] == [500]


def test_a_model_that_opens_and_closes_leaves_nothing() -> None:
    waiting = PendingMessages()
    for message in (opened("a"), updated("a", x=1), custom("a", 1), WidgetMessage("close", "a")):
        waiting.add(message)
    assert waiting.take() == []
    again: Sequence[WidgetMessage] = [WidgetMessage("close", "a"), opened("a", x=2)]
    for message in (updated("a", x=1), *again):
        waiting.add(message)
    assert waiting.take() == again


def test_the_states_of_a_kernel_are_read_from_its_control_comm() -> None:
    opening, request = request_states("c")
    assert opening.content["target_name"] == "jupyter.widget.control"
    assert request.content["data"] == {"method": "request_states"}
    states_sent = {"m": {"model_name": "ImageModel", "state": {"_model_name": "ImageModel"}}}
    content = {"data": {"states": states_sent, "buffer_paths": [["m", "state", "value"]]}}
    [message] = read_states(content, [b"png"])
    expected = WidgetMessage(
        "open", "m", {"_model_name": "ImageModel"}, None, [Buffer(("value",), b"png")]
    )
    assert message == expected


def test_saved_states_hold_what_is_shown_and_its_parts() -> None:
    messages = [
        opened("box", _model_name="VBoxModel", children=["IPY_MODEL_s"], layout="IPY_MODEL_box"),
        opened("s", _model_name="IntSliderModel", _model_module="m", _model_module_version="2"),
        opened("other"),
        WidgetMessage("open", "p", {}, None, [Buffer(("value",), b"\0\1")]),
    ]
    found = saved_state(messages, ["box", "p", "gone"])
    assert found["state"].keys() == {"box", "s", "p"}
    assert found["state"]["s"]["model_module_version"] == "2"
    assert found["state"]["p"]["buffers"] == [
        {"encoding": "base64", "path": ["value"], "data": "AAE="}
    ]
