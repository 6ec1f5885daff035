"""The states of all widget models of one kernel, within a limit.

Owns the states, and which change of a model is news. It must not know comms, or who follows.

The value of each attribute is kept as MessagePack: its size is then known, two values are compared
without decoding, and a value is passed on as it is. A buffer belongs to the attribute at the
beginning of its path, and goes when that attribute is set again.

Bounds: `MODEL_LIMIT` models with `BYTE_LIMIT` bytes. Beyond, the models that were changed longest
ago are dropped, and counted in `WidgetModels.lost`; later updates of them are ignored. A single
model beyond the limit is dropped, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import msgspec

from cellbridge.core.packed_values import pack
from cellbridge.core.widgets.messages import Buffer, Path, WidgetMessage

MODEL_LIMIT = 50_000
BYTE_LIMIT = 128 * 1024 * 1024
OVERHEAD = 96
"""Bytes that an attribute, a buffer or a model takes in addition to its content."""

_unpack = msgspec.msgpack.Decoder().decode
_SHORT: dict[bytes, bytes] = {}
"""Values of one byte, for example None and small numbers. Each is in memory only once."""
_RAW = msgspec.Raw


class Model:
    """The state of one model."""

    __slots__ = ("buffers", "size", "values")

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        """The MessagePack of each attribute's value, without its binary parts."""
        self.buffers: dict[Path, bytes] = {}
        self.size = OVERHEAD

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of an attribute, without its binary parts."""
        packed = self.values.get(name)
        return default if packed is None else _unpack(packed)

    def message(self, model: str) -> WidgetMessage:
        """Return the whole state as an ``open`` message, with packed values."""
        state = {name: _RAW(value) for name, value in self.values.items()}
        parts = [Buffer(path, data) for path, data in self.buffers.items()]
        return WidgetMessage("open", model, state, None, parts)

    def change(self, message: WidgetMessage) -> WidgetMessage | None:
        """Set attributes; return the part of the message that is news, or None."""
        given: dict[str, dict[Path, bytes]] = {}
        for buffer in message.buffers:
            if buffer.path and _has_place(message.state, buffer.path):
                given.setdefault(str(buffer.path[0]), {})[buffer.path] = buffer.data
        news: dict[str, Any] = {}
        parts: list[Buffer] = []
        for name in (*message.state, *(name for name in given if name not in message.state)):
            packed = _packed(message.state[name]) if name in message.state else None
            own = given.get(name, {})
            if self.values.get(name) == packed and self._buffers_of(name) == own:
                continue
            self._replace(name, packed, own)
            if packed is not None:
                news[name] = _RAW(packed)
            parts += [Buffer(path, data) for path, data in own.items()]
        if not news and not parts:
            return None
        return WidgetMessage("update", message.model, news, None, parts)

    def _buffers_of(self, name: str) -> dict[Path, bytes]:
        if not self.buffers:
            return {}
        return {path: data for path, data in self.buffers.items() if path[0] == name}

    def _replace(self, name: str, packed: bytes | None, own: Mapping[Path, bytes]) -> None:
        old = self.values.pop(name, None)
        if old is not None:
            self.size -= len(name) + len(old) + OVERHEAD
        for path, data in self._buffers_of(name).items():
            self.size -= len(data) + OVERHEAD
            del self.buffers[path]
        if packed is not None:
            self.values[name] = packed
            self.size += len(name) + len(packed) + OVERHEAD
        for path, data in own.items():
            self.buffers[path] = data
            self.size += len(data) + OVERHEAD


class WidgetModels:
    """All models, the one that was changed longest ago first."""

    def __init__(self, limit: int = BYTE_LIMIT) -> None:
        self.lost = 0
        """The number of models that were dropped to stay within the limits."""
        self.size = 0
        """Bytes that all models take, approximately."""
        self._models: dict[str, Model] = {}
        self._limit = limit

    def __len__(self) -> int:
        return len(self._models)

    def __contains__(self, model: str) -> bool:
        return model in self._models

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def get(self, model: str) -> Model | None:
        """Return the state of a model; None if it is not known, or no longer."""
        return self._models.get(model)

    def apply(self, message: WidgetMessage) -> WidgetMessage | None:
        """Take in a message; return the part that is news for others, with packed values.

        None if nothing has changed, or the model is not known.
        """
        match message.kind:
            case "open":
                self._drop(message.model)
                opened = Model()
                opened.change(message)
                self._add(message.model, opened)
                return opened.message(message.model)
            case "update":
                return self._update(message)
            case "custom":
                if message.model not in self._models:
                    return None
                content = _RAW(_packed(message.content))
                return msgspec.structs.replace(message, content=content)
            case "close":
                return message if self._drop(message.model) else None

    def set(self, model: str, name: str, value: object) -> WidgetMessage | None:
        """Set one attribute; return the change as `apply` does."""
        return self.apply(WidgetMessage("update", model, {name: value}))

    def messages(self, models: Iterable[str] | None = None) -> Iterator[WidgetMessage]:
        """Yield the present states of these models, or of all, as ``open`` messages.

        A model that is closed in the meantime is left out.
        """
        for model in list(self._models if models is None else models):
            if (known := self._models.get(model)) is not None:
                yield known.message(model)

    def _update(self, message: WidgetMessage) -> WidgetMessage | None:
        known = self._models.get(message.model)
        if known is None:
            return None
        before = known.size
        if (news := known.change(message)) is not None:
            self.size -= before
            del self._models[message.model]
            self._add(message.model, known)
        return news

    def _add(self, name: str, model: Model) -> None:
        """Add a model after all others, and drop the first ones beyond the limits."""
        self._models[name] = model
        self.size += model.size
        while self._models and (self.size > self._limit or len(self._models) > MODEL_LIMIT):
            self._drop(next(iter(self._models)))
            self.lost += 1

    def _drop(self, name: str) -> bool:
        found = self._models.pop(name, None)
        if found is not None:
            self.size -= found.size
        return found is not None


def unpacked(message: WidgetMessage) -> WidgetMessage:
    """Return a message with JSON values in place of packed ones."""
    state = {name: _value(value) for name, value in message.state.items()}
    return msgspec.structs.replace(message, state=state, content=_value(message.content))


def _has_place(state: Mapping[str, Any], path: Path) -> bool:
    """Return True if a state has the list or dictionary to which a path leads."""
    if len(path) == 1:
        return True
    inner = _value(state.get(str(path[0])))
    for step in path[1:-1]:
        inner = _child(inner, step)
    last = path[-1]
    if isinstance(inner, dict):
        return isinstance(last, str)
    return isinstance(inner, list) and _child(cast("list[Any]", inner), last) is not _NOTHING


def _child(parent: Any, step: str | int) -> Any:
    if isinstance(parent, dict):
        return cast("dict[Any, Any]", parent).get(step, _NOTHING)
    if isinstance(parent, list) and isinstance(step, int):
        parts = cast("list[Any]", parent)
        return parts[step] if 0 <= step < len(parts) else _NOTHING
    return _NOTHING


_NOTHING = object()


def _value(value: Any) -> Any:
    return _unpack(value) if isinstance(value, _RAW) else value


def _packed(value: object) -> bytes:
    packed = bytes(value) if isinstance(value, _RAW) else pack(value)
    return _SHORT.setdefault(packed, packed) if len(packed) == 1 else packed
