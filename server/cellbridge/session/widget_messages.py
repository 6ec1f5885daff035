"""The messages between a session's host and its clients about widgets.

Owns their shape and meaning; the union types of all messages are in messages.py.
"""

from __future__ import annotations

import msgspec

from cellbridge.core.widgets.messages import WidgetMessage


class WatchWidgets(msgspec.Struct, frozen=True, omit_defaults=True, tag="watch_widgets"):
    """Send the client the states of all widgets, and from then on their changes.

    The states come as `WidgetsChanged`, before the reply.
    """

    watch: bool = True
    """False to send no more changes."""


class SendWidgets(msgspec.Struct, frozen=True, omit_defaults=True, tag="send_widgets"):
    """Send the user's changes of widgets to the kernel, and to the other clients that watch.

    While the kernel is busy, the changes wait, and updates of one attribute are joined.
    """

    messages: list[WidgetMessage]


class WidgetsChanged(msgspec.Struct, frozen=True, omit_defaults=True, tag="widgets_changed"):
    """Changes of widgets, in order, for a client that watches them."""

    messages: list[WidgetMessage]
    reset: bool = False
    """True if all models known so far are gone."""
    lost: int = 0
    """The number of models that were dropped because of their size."""
