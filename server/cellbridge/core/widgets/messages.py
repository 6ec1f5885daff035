"""The messages of widget models, and their form in Jupyter's comm messages.

Owns the two forms and the translation between them. It must not know the state of any model.

Source: "Jupyter widget messaging protocol", version 2 (comm target ``jupyter.widget``), and version
1 of the control comm (``jupyter.widget.control``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, cast

import msgspec

TARGET = "jupyter.widget"
CONTROL_TARGET = "jupyter.widget.control"
VERSION = {"version": "2.1.0"}
"""The metadata of messages to a model."""
CONTROL_VERSION = {"version": "1.0.0"}
"""The metadata of messages to the control comm."""
ID_LIMIT = 256
"""Characters of a model's id; a comm with a longer id is not a widget."""
PATH_LIMIT = 32
"""Keys and indices in the path of a buffer."""

Path = tuple[str | int, ...]


class Buffer(msgspec.Struct, frozen=True):
    """A binary part of a state, at the path where it belongs; the path is empty in a message."""

    path: Path
    data: bytes


class WidgetMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change of one model.

    The values of a state are JSON values, or `msgspec.Raw` with their MessagePack.
    """

    kind: Literal["open", "update", "custom", "close"]
    model: str
    state: dict[str, Any] = {}
    content: Any = None
    buffers: list[Buffer] = []

    @property
    def attributes(self) -> set[str]:
        """The attributes that the message sets, also those that consist of a buffer."""
        return {*self.state, *(str(buffer.path[0]) for buffer in self.buffers if buffer.path)}


class CommMessage(msgspec.Struct, frozen=True):
    """A comm message: its type, content, metadata and buffers."""

    msg_type: Literal["comm_open", "comm_msg", "comm_close"]
    content: dict[str, Any]
    metadata: dict[str, Any] = {}
    buffers: list[bytes] = []


def read_comm(
    msg_type: str, content: Mapping[str, Any], buffers: Sequence[bytes] = ()
) -> tuple[WidgetMessage, bool] | None:
    """Return the message of a model, and True if it only repeats a change by a client.

    None if the message is not about a widget's model, as far as its content shows.
    """
    model, data = content.get("comm_id"), _mapping(content.get("data"))
    if not isinstance(model, str) or not model or len(model) > ID_LIMIT:
        return None
    state, paths = _mapping(data.get("state")), data.get("buffer_paths")
    match msg_type, data.get("method"):
        case "comm_open", _ if content.get("target_name") == TARGET:
            return WidgetMessage("open", model, state, None, [*_placed(paths, buffers)]), False
        case "comm_msg", "update" | "echo_update" as method:
            update = WidgetMessage("update", model, state, None, [*_placed(paths, buffers)])
            return update, method == "echo_update"
        case "comm_msg", "custom":
            parts = [Buffer((), part) for part in buffers]
            return WidgetMessage("custom", model, {}, data.get("content"), parts), False
        case "comm_close", _:
            return WidgetMessage("close", model), False
        case _:
            return None


def read_states(content: Mapping[str, Any], buffers: Sequence[bytes]) -> Iterator[WidgetMessage]:
    """Yield the models in a kernel's answer to `request_states`, each as an ``open`` message."""
    data = _mapping(content.get("data"))
    states = _mapping(data.get("states"))
    parts: dict[object, list[Buffer]] = {}
    for buffer in _placed(data.get("buffer_paths"), buffers):
        model, state, *path = (*buffer.path, "")
        if state == "state" and (inner := tuple(path[:-1])):
            parts.setdefault(model, []).append(Buffer(inner, buffer.data))
    for model, entry in states.items():
        if 0 < len(model) <= ID_LIMIT:
            state = _mapping(_mapping(entry).get("state"))
            yield WidgetMessage("open", model, state, None, parts.get(model, []))


def to_comm(message: WidgetMessage) -> CommMessage:
    """Return the comm message that sends a message to its model in the kernel.

    The values of its state must be JSON values.
    """
    parts = [buffer.data for buffer in message.buffers]
    match message.kind:
        case "close":
            content: dict[str, Any] = {"comm_id": message.model, "data": {}}
            return CommMessage("comm_close", content)
        case "custom":
            data: dict[str, Any] = {"method": "custom", "content": message.content}
        case "update":
            paths = [list(buffer.path) for buffer in message.buffers]
            data = {"method": "update", "state": message.state, "buffer_paths": paths}
        case "open":
            paths = [list(buffer.path) for buffer in message.buffers]
            data = {"state": message.state, "buffer_paths": paths}
            content = {"comm_id": message.model, "target_name": TARGET, "data": data}
            return CommMessage("comm_open", content, VERSION, parts)
    return CommMessage("comm_msg", {"comm_id": message.model, "data": data}, VERSION, parts)


def request_states(comm: str) -> list[CommMessage]:
    """Return the messages that make a kernel send the states of all its models."""
    opening: dict[str, Any] = {"comm_id": comm, "target_name": CONTROL_TARGET, "data": {}}
    request = {"comm_id": comm, "data": {"method": "request_states"}}
    return [
        CommMessage("comm_open", opening, CONTROL_VERSION),
        CommMessage("comm_msg", request, CONTROL_VERSION),
    ]


def request_state(model: str) -> CommMessage:
    """Return the message that makes a kernel send the state of one model."""
    return CommMessage("comm_msg", {"comm_id": model, "data": {"method": "request_state"}}, VERSION)


def _placed(paths: object, buffers: Iterable[bytes]) -> Iterator[Buffer]:
    """Yield the buffers that have a path; those without, or with a malformed one, are left out."""
    given = cast("list[Any]", paths) if isinstance(paths, list) else []
    for path, data in zip(given, buffers, strict=False):
        if isinstance(path, list) and 0 < len(cast("list[Any]", path)) <= PATH_LIMIT:
            steps = cast("list[Any]", path)
            known = all(isinstance(step, (str, int)) and step is not True for step in steps)
            if known and isinstance(steps[0], str):
                yield Buffer(tuple(steps), data)


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
