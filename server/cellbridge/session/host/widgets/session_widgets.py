"""The widgets of a session's kernel, between the kernel, the clients and the store.

Owns the order in which a change reaches models, clients, kernel and store. It must not know runs,
except whether one is executed, or how a widget is shown (live_outputs.py).

Invariant: all clients, the store and later clients get the same states. A change by a client is
sent to the other clients at once, and to the kernel when that is free. The kernel's own change
reaches all clients; its echo of a value that a client has changed since is ignored.

Bounds: the states are limited by core/widgets/models.py. While no client watches, nothing else is
kept. Of the store's part, see `STORED_LIMIT`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence

import msgspec

from cellbridge.core.output.widgets import Widgets
from cellbridge.core.widgets.messages import (
    CommMessage,
    WidgetMessage,
    read_comm,
    read_states,
    request_state,
    request_states,
)
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.kernel import Kernel
from cellbridge.session.errors import SessionError
from cellbridge.session.host.publisher import Publisher
from cellbridge.session.host.widgets.kernel_updates import KernelUpdates
from cellbridge.session.host.widgets.saver import WidgetSaver
from cellbridge.session.host.widgets.watchers import Watcher, Watchers

NO_KERNEL = "No kernel runs, so the widget has no effect; run its cell again."
COMMS_SECONDS = 10.0
"""Seconds that an adopted kernel may take to name its widgets."""

log = logging.getLogger(__name__)


def _ignore(_: str) -> None:
    """Ignore a change, as long as nothing shows it."""


def _ignore_all() -> None:
    """Ignore changes, as long as nothing shows them."""


class SessionWidgets:
    """The widgets of the present kernel; with no kernel, those of the last one."""

    def __init__(
        self,
        publisher: Publisher,
        kernel: Callable[[], Kernel | None],
        running: Callable[[], bool],
    ) -> None:
        """Create the state; ``running`` returns True while the kernel runs a cell."""
        self.text = Widgets()
        loop = asyncio.get_running_loop()
        self.watchers = Watchers(loop, lambda: self.text.models, self._settle)
        self._saver = WidgetSaver(publisher, loop, lambda: self.text.models, self._settle, running)
        self._updates = KernelUpdates()
        self.on_change: Callable[[str], None] = _ignore
        """Called with each model that has changed, before the next call of ``on_changes``."""
        self.on_changes: Callable[[], None] = _ignore_all
        """Called after changes by a client; those by the kernel come in batches of messages."""
        self._kernel = kernel
        self._running = running
        self._uncopied: dict[str, None] = {}
        """Output widgets whose captured outputs the kernel does not know."""
        self._control = ""
        """The comm by which an adopted kernel sends the states of its widgets."""
        self._wanted: set[str] = set()
        """Widgets of an adopted kernel whose states have not come."""

    @property
    def busy(self) -> bool:
        """True while the kernel handles messages of clients."""
        return self._updates.busy

    # --- clients ----------------------------------------------------------------------------------

    def watch(self, client: Watcher, *, wanted: bool) -> None:
        """Send a client all states and each change; or, if not ``wanted``, nothing more."""
        if not wanted:
            self.watchers.remove(client)
            return
        if self._kernel() is None and not len(self.text.models):
            for message in self._saver.stored():
                self.text.apply(message)
        self.watchers.add(client)

    def send(self, sender: Watcher, messages: Sequence[WidgetMessage]) -> None:
        """Take the user's changes.

        Raises:
            SessionError: no kernel runs.
        """
        if self._kernel() is None:
            raise SessionError(NO_KERNEL)
        for message in messages:
            if (news := self.text.apply(message)) is not None:
                self._updates.waiting.add(news)
                self._changed(news, sender)
        self.flush()
        self.on_changes()

    def flush(self, *, free: bool = False) -> None:
        """Send the kernel what waits if it is free, which it is for certain if ``free``."""
        kernel = self._kernel()
        if free:
            self._updates.all_handled()
        if kernel is None or self._updates.busy or (self._running() and not free):
            return
        self._settle()
        for model in self._uncopied:
            if (known := self.text.models.get(model)) is not None and "outputs" in known.values:
                state = {"outputs": msgspec.Raw(known.values["outputs"])}
                self._updates.waiting.add(WidgetMessage("update", model, state))
        self._uncopied.clear()
        if not self._updates.waiting:
            return
        try:
            self._updates.send(kernel.send_comm)
        except KernelError:
            log.info("The kernel ended before it received messages to its widgets")

    # --- the kernel -------------------------------------------------------------------------------

    def receive(self, message: Message) -> None:
        """Take in a comm message."""
        content = message.content
        if content.get("comm_id") == self._control and self._control:
            self._on_control(message)
            return
        read = read_comm(message.msg_type, content, message.buffers)
        if read is None:
            return
        change, echo = read
        if echo:
            change = self._without_outdated(change, message.parent_id)
        elif change.model in self._wanted and change.model not in self.text.models:
            if change.kind == "update":
                change = msgspec.structs.replace(change, kind="open")
            self._wanted.discard(change.model)
        if (news := self.text.apply(change)) is not None:
            self._changed(news)

    def capture(self, model: str, msg_type: str, content: dict[str, object]) -> bool:
        """Take an output into an Output widget; return False if it cannot take more."""
        if not self.text.capture(model, msg_type, content):
            return False
        self.watchers.wake()
        self._saver.note(model)
        self._uncopied[model] = None
        return True

    def model_of(self, request: str) -> str | None:
        """Return the model for which one of our comm messages was."""
        return self._updates.model_of(request)

    def handled(self, request: str) -> None:
        """React to the kernel's "idle" after a comm message."""
        if self._updates.handled(request):
            self.flush()

    def reset(self) -> None:
        """Forget all widgets, since a new kernel has started."""
        self.text, self._updates = Widgets(), KernelUpdates()
        self._uncopied, self._wanted, self._control = {}, set(), ""
        self._saver.reset()
        self.watchers.reset()

    def kernel_lost(self) -> None:
        """Keep the states for clients, and drop what was to be sent."""
        self._updates = KernelUpdates()
        self._uncopied.clear()

    def close(self) -> None:
        """Store the states for the last time."""
        self._saver.close()
        self.watchers.close()

    # --- an adopted kernel ------------------------------------------------------------------------

    async def restore(self) -> None:
        """Take the stored states of an adopted kernel's widgets, and request the present ones.

        They come once the kernel is free: it handles such requests after its cell.
        """
        kernel = self._kernel()
        if kernel is None:
            return
        for message in self._saver.stored():
            self.text.apply(message)
        comms = await kernel.comms(COMMS_SECONDS)
        if comms is None or kernel is not self._kernel():
            return
        for model in [model for model in self.text.models if model not in comms]:
            if (news := self.text.apply(WidgetMessage("close", model))) is not None:
                self._changed(news)
        if not comms:
            return
        self._wanted, self._control = set(comms), secrets.token_hex(16)
        self._request(kernel, request_states(self._control))

    def _on_control(self, message: Message) -> None:
        """Take in the states of all widgets, or request each, if that is not supported."""
        if message.msg_type == "comm_msg":
            for opened in read_states(message.content, message.buffers):
                self._wanted.discard(opened.model)
                known = opened.model in self.text.models
                change = msgspec.structs.replace(opened, kind="update") if known else opened
                if (news := self.text.apply(change)) is not None:
                    self._changed(news)
        elif message.msg_type != "comm_close":
            return
        self._control = ""
        if (kernel := self._kernel()) is not None:
            self._request(kernel, [request_state(model) for model in self._wanted])

    def _request(self, kernel: Kernel, messages: Sequence[CommMessage]) -> None:
        try:
            for message in messages:
                kernel.send_comm(message)
        except KernelError:
            log.info("The kernel ended before it sent the states of its widgets")

    # --- inside -----------------------------------------------------------------------------------

    def _changed(self, news: WidgetMessage, sender: Watcher | None = None) -> None:
        self.watchers.publish(news, sender)
        self.on_change(news.model)
        if news.kind != "custom":
            self._saver.note(news.model)

    def _settle(self) -> None:
        for news in self.text.settle():
            self._changed(news)

    def _without_outdated(self, echo: WidgetMessage, request: str) -> WidgetMessage:
        """Return an echo without what has changed since; the host decides on captured outputs."""
        known = self.text.models.get(echo.model)
        outputs = known is not None and known.get("_model_name") == "OutputModel"
        gone = {
            name
            for name in echo.attributes
            if (outputs and name == "outputs")
            or self._updates.changes_later(request, echo.model, name)
        }
        state = {name: value for name, value in echo.state.items() if name not in gone}
        parts = [part for part in echo.buffers if str(part.path[0]) not in gone]
        return msgspec.structs.replace(echo, state=state, buffers=parts)
