"""Messages of widgets on their way to one receiver, joined so that they do not accumulate.

Owns which messages are joined, and which are dropped. It must not know the receiver.

Updates of one model are joined: the last value of each attribute remains. So they take no more room
than the states of all models, whatever their rate. A custom message is never joined, and keeps its
place among the updates of its model.

Bounds: `CUSTOM_LIMIT` custom messages with `CUSTOM_BYTES` bytes. Beyond, the oldest are dropped,
and counted in `PendingMessages.dropped`. A larger one is kept if it is the only one.
"""

from __future__ import annotations

import msgspec

from cellbridge.core.widgets.messages import WidgetMessage

CUSTOM_LIMIT = 1_000
CUSTOM_BYTES = 64 * 1024 * 1024


class PendingMessages:
    """Messages in order; those of one model are joined as far as possible."""

    def __init__(self) -> None:
        self.dropped = 0
        """The number of custom messages that were dropped so far."""
        self._messages: dict[int, WidgetMessage] = {}
        self._of: dict[str, list[int]] = {}
        """The numbers of the messages of each model."""
        self._customs: dict[int, int] = {}
        """The bytes of each custom message, by its number."""
        self._custom_bytes = 0
        self._next = 0

    def __bool__(self) -> bool:
        return bool(self._messages)

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: WidgetMessage) -> None:
        """Add a message, or join it to the last one of its model."""
        numbers = self._of.get(message.model, [])
        match message.kind:
            case "update":
                last = self._messages[numbers[-1]] if numbers else None
                if last is not None and last.kind in {"open", "update"}:
                    self._messages[numbers[-1]] = join(last, message)
                else:
                    self._put(message)
            case "custom":
                self._customs[self._next] = size = _size(message)
                self._custom_bytes += size
                self._put(message)
                self._drop_customs()
            case "open" | "close":
                first = self._messages[numbers[0]].kind if numbers else ""
                self.forget(message.model)
                if first == "close" and message.kind == "open":
                    self._put(WidgetMessage("close", message.model))
                if first != "open" or message.kind == "open":
                    self._put(message)

    def forget(self, model: str) -> None:
        """Drop the messages of a model."""
        for number in self._of.pop(model, []):
            self._remove(number)

    def take(self) -> list[WidgetMessage]:
        """Return all messages, and keep none."""
        taken = list(self._messages.values())
        self._messages, self._of, self._customs, self._custom_bytes = {}, {}, {}, 0
        return taken

    def sets(self, model: str, attribute: str) -> bool:
        """Return True if a waiting message sets this attribute."""
        waiting = (self._messages[number] for number in self._of.get(model, ()))
        return any(attribute in message.attributes for message in waiting)

    def _put(self, message: WidgetMessage) -> None:
        self._messages[self._next] = message
        self._of.setdefault(message.model, []).append(self._next)
        self._next += 1

    def _remove(self, number: int) -> None:
        del self._messages[number]
        self._custom_bytes -= self._customs.pop(number, 0)

    def _drop_customs(self) -> None:
        """Drop the oldest custom messages beyond the bounds, and join the updates around them."""
        while len(self._customs) > CUSTOM_LIMIT or (
            self._custom_bytes > CUSTOM_BYTES and len(self._customs) > 1
        ):
            number = next(iter(self._customs))
            model = self._messages[number].model
            numbers = self._of[model]
            at = numbers.index(number)
            self._remove(number)
            del numbers[at]
            self.dropped += 1
            around = numbers[max(0, at - 1) : at + 1]
            if at > 0 and len(around) == 2:
                before, after = (self._messages[one] for one in around)
                if after.kind == "update" and before.kind in {"open", "update"}:
                    self._messages[around[0]] = join(before, after)
                    self._remove(around[1])
                    del numbers[at]


def join(first: WidgetMessage, then: WidgetMessage) -> WidgetMessage:
    """Return one message with the effect of two, of which the second is an update."""
    again = then.attributes
    kept = {name: value for name, value in first.state.items() if name not in again}
    parts = [one for one in first.buffers if str(one.path[0]) not in again]
    return msgspec.structs.replace(
        first, state=kept | then.state, buffers=parts + list(then.buffers)
    )


def _size(message: WidgetMessage) -> int:
    content = message.content
    own = len(content) if isinstance(content, (bytes, msgspec.Raw)) else 0
    return own + sum(len(part.data) for part in message.buffers)
