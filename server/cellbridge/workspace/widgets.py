"""The widgets of one open document, as a copy of those of its session.

Owns the copy, the changes that the client has not received yet, and the connection to the session's
widgets when the session changes. It must not know the Language Server Protocol.

Nothing is copied before a client requests the widgets. Without a session, the states that the last
one has stored are shown.

Bounds: the copy is limited as the session's (core/widgets/models.py), and the waiting changes are
joined (core/widgets/pending.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec

from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.core.widgets.models import WidgetModels, unpacked
from cellbridge.core.widgets.pending import PendingMessages
from cellbridge.core.widgets.saved_state import saved_state
from cellbridge.session.client import SessionClient
from cellbridge.session.errors import SessionError
from cellbridge.session.widget_messages import WidgetsChanged
from cellbridge.workspace import offline_session
from cellbridge.workspace.session_link import SessionLink

NO_SESSION = "No kernel runs for this notebook, so the widget has no effect; run its cell again."


class DocumentWidgets:
    """The widgets of a document."""

    def __init__(self, link: SessionLink) -> None:
        self.lost = 0
        """The number of models that were dropped because of their size."""
        self._link = link
        self._models = WidgetModels()
        self._waiting = PendingMessages()
        self._reset = False
        self._changed: Callable[[], None] | None = None
        self._client: SessionClient | None = None
        """The session whose widgets are copied; None for stored ones."""
        self._arriving: WidgetModels | None = None
        """The states of a session that has just been joined, until all have come."""
        self._joining = asyncio.Lock()

    async def watch(self, changed: Callable[[], None]) -> None:
        """Copy the widgets, and call ``changed`` for each later change, until `close`."""
        await self._link.ready()
        await self._join()
        self._changed = changed

    def models(self) -> Iterator[WidgetMessage]:
        """Yield the states of all models, each as an ``open`` message."""
        return map(unpacked, self._models.messages())

    def size(self, model: str) -> int:
        """Return the approximate bytes of a model's state."""
        known = self._models.get(model)
        return known.size if known is not None else 0

    def take(self) -> tuple[list[WidgetMessage], bool]:
        """Return the changes since the last call, and True if all earlier models are gone."""
        reset, self._reset = self._reset, False
        return [unpacked(message) for message in self._waiting.take()], reset

    def add_waiting(self, messages: Sequence[WidgetMessage]) -> None:
        """Let the client receive these messages as changes."""
        for message in messages:
            self._waiting.add(message)

    async def send(self, messages: Sequence[WidgetMessage]) -> None:
        """Send the user's changes to the session.

        The client receives them, too: it may show the document several times.

        Raises:
            SessionError: no session runs, or no kernel.
        """
        client = self._link.answering_client()
        if client is None:
            raise SessionError(NO_SESSION)
        if self._client is client:
            for message in messages:
                self._note(self._models.apply(message) if message.kind != "custom" else None)
        await client.send_widgets(messages)

    async def saved_state(self, shown: Sequence[str]) -> dict[str, object]:
        """Return the states of the shown models in the form of notebooks.

        Args:
            shown: the ids of the models in the outputs that are saved.
        """
        await self._link.ready()
        await self._join()
        return saved_state(self._models.messages(), shown)

    def session_changed(self) -> None:
        """Copy the widgets of another session, if the client has requested widgets."""
        client = self._link.client
        if self._changed is not None and client is not None and client is not self._client:
            self._link.tasks.create_task(self._join())

    def close(self) -> None:
        """Follow the widgets no longer."""
        self._changed = None

    # --- inside -----------------------------------------------------------------------------------

    async def _join(self) -> None:
        """Copy the widgets of the present session, or the stored ones without a session."""
        async with self._joining:
            client = self._link.client
            if self._client is not None and client in {None, self._client}:
                return  # They are copied; after the session's end, they stay as they are.
            self._arriving = WidgetModels()
            try:
                if client is None:
                    location = self._link.location
                    stored = await asyncio.to_thread(offline_session.read_widgets, location)
                    for message in stored:
                        self._arriving.apply(message)
                else:
                    self._client = client
                    client.widgets_listener = partial(self._take, client)
                    await client.watch_widgets()
                self._replace(self._arriving)
            except SessionError:
                self._client = None  # Another call follows when the session is found again.
            finally:
                self._arriving = None

    def _take(self, client: SessionClient, change: WidgetsChanged) -> None:
        if client is not self._client:
            return
        self.lost = change.lost
        if self._arriving is not None:
            for message in change.messages:
                self._arriving.apply(message)
            return
        if change.reset:
            self._models, self._waiting, self._reset = WidgetModels(), PendingMessages(), True
            self._wake()
        for message in change.messages:
            self._note(self._models.apply(message))

    def _replace(self, arrived: WidgetModels) -> None:
        """Take the states of another session; the client receives only the differences."""
        if len(self._models) and not any(model in arrived for model in self._models):
            self._models, self._waiting, self._reset = WidgetModels(), PendingMessages(), True
        for model in [model for model in self._models if model not in arrived]:
            self._note(self._models.apply(WidgetMessage("close", model)))
        for message in arrived.messages():
            known = message.model in self._models
            change = msgspec.structs.replace(message, kind="update") if known else message
            self._note(self._models.apply(change))

    def _note(self, news: WidgetMessage | None) -> None:
        if news is not None and self._changed is not None:
            self._waiting.add(news)
            self._wake()

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed()
