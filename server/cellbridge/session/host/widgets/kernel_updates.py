"""The messages of clients to the widgets of the kernel.

Owns which messages wait, which are under way, and which model each of them was for. It must not
know clients or the states of models.

A kernel handles one message after the other, and none while it runs a cell. So the next messages
are sent when it has handled the ones before. Until then they wait and are joined
(core/widgets/pending.py): a slider that is dragged during a long cell ends in its last value, by
one message.

Bounds: `SENT_LIMIT` sent messages are known, of which the oldest are forgotten first.
"""

from __future__ import annotations

from collections.abc import Callable

from cellbridge.core.widgets.messages import CommMessage, WidgetMessage, to_comm
from cellbridge.core.widgets.models import unpacked
from cellbridge.core.widgets.pending import PendingMessages

SENT_LIMIT = 1_000


class KernelUpdates:
    """The messages to one kernel."""

    def __init__(self) -> None:
        self.waiting = PendingMessages()
        self._under_way: dict[str, WidgetMessage] = {}
        """The messages that the kernel has not handled yet, by the ids of their comm messages."""
        self._sent: dict[str, str] = {}
        """The models for which the last messages were, by the ids of their comm messages."""

    @property
    def busy(self) -> bool:
        """True while the kernel has not handled all sent messages."""
        return bool(self._under_way)

    def send(self, send: Callable[[CommMessage], str]) -> None:
        """Send all waiting messages; ``send`` returns the id of the comm message."""
        for message in self.waiting.take():
            request = send(to_comm(unpacked(message)))
            self._under_way[request] = message
            self._sent[request] = message.model
        while len(self._sent) > SENT_LIMIT:
            del self._sent[next(iter(self._sent))]

    def handled(self, request: str) -> bool:
        """Note that the kernel has handled a message; return True if it was the last one."""
        return self._under_way.pop(request, None) is not None and not self._under_way

    def all_handled(self) -> None:
        """Note that the kernel has handled all messages, since it has handled a later request."""
        self._under_way.clear()

    def model_of(self, request: str) -> str | None:
        """Return the model for which a message was; None if it is not known."""
        return self._sent.get(request)

    def changes_later(self, request: str, model: str, attribute: str) -> bool:
        """Return True if a client has set an attribute after a message that the kernel repeats."""
        if self.waiting.sets(model, attribute):
            return True
        after = False
        for sent, message in self._under_way.items():
            if after and message.model == model and attribute in message.attributes:
                return True
            after = after or sent == request
        return False
