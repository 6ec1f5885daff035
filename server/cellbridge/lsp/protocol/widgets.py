"""Widgets, for clients that draw them: the models of ipywidgets and their messages.

Declarations only. The session's host keeps the state of all models; a client draws them, and sends
the user's changes. The terms are those of the Jupyter widget messaging protocol, version 2:
https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md
"""

from typing import Any, Literal

import attrs

from cellbridge.lsp.protocol.declarations import Method


@attrs.frozen
class WidgetBuffer:
    """A binary part of a model's state, or of a message."""

    path: list[str | int]
    """The attribute, and the keys and indices in it, at which the part belongs; empty in a custom
    message, whose parts are in order."""
    data: str
    """The bytes in base64."""


@attrs.frozen
class WidgetMessage:
    """A change of one model, in either direction."""

    kind: Literal["open", "update", "custom", "close"]
    model: str
    """The id of the model, which is that of its comm."""
    state: dict[str, Any] = attrs.field(factory=dict[str, Any])
    """For ``open`` the whole state, for ``update`` the changed attributes."""
    content: Any = None
    """The content of a ``custom`` message."""
    buffers: list[WidgetBuffer] = attrs.field(factory=list[WidgetBuffer])


@attrs.frozen
class WidgetsParams:
    """The params of ``cellbridge/widgets``."""

    uri: str


@attrs.frozen
class WidgetsResult:
    """All models of a document's session, each as an ``open`` message."""

    models: list[WidgetMessage]
    lost: int = 0
    """The number of models that were dropped because their states exceeded the session's limit."""


@attrs.frozen
class WidgetsChangedParams:
    """Changes of models since the answer or the notification before."""

    uri: str
    messages: list[WidgetMessage]
    """The changes in order; several updates of one model are joined."""
    reset: bool = False
    """True if all models known so far are gone, for example because the kernel was restarted."""


@attrs.frozen
class WidgetSendParams:
    """The params of ``cellbridge/widgetSend``."""

    uri: str
    messages: list[WidgetMessage]


@attrs.frozen
class WidgetModuleParams:
    """The params of ``cellbridge/widgetModule``."""

    uri: str
    module: str
    """The name of the module, such as ``jupyter-matplotlib``, as in ``_view_module``."""
    version: str
    """The range of versions that the model requires, as in ``_view_module_version``."""
    path: str = ""
    """A further file of the module, relative to its folder; empty for its entry."""


@attrs.frozen
class WidgetModuleResult:
    """One file of a widget's module, from the kernel's environment."""

    format: Literal["amd", "federated"]
    """The way to load the entry: an AMD module, or a federated extension of JupyterLab."""
    data: str
    """The bytes in base64."""
    mime: str
    version: str = ""
    """The version that is installed, if it is known."""


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/widgets",
        "client to server",
        "request",
        WidgetsParams,
        WidgetsResult,
        "0.2.0",
        "Get all widget models of the document's session. From then on, the server sends "
        "`cellbridge/widgetsChanged` for the document, until it is closed.",
    ),
    Method(
        "cellbridge/widgetsChanged",
        "server to client",
        "notification",
        WidgetsChangedParams,
        None,
        "0.2.0",
        "Widget models were opened, closed or changed, by the kernel or by a client. The client "
        "that sent a change receives it, too, since it may show the model in several places.",
    ),
    Method(
        "cellbridge/widgetSend",
        "client to server",
        "request",
        WidgetSendParams,
        None,
        "0.2.0",
        "Send the user's changes to the kernel and to the other clients. While the kernel is "
        "busy, updates of one attribute are joined, so that only its last value is sent.",
    ),
    Method(
        "cellbridge/widgetModule",
        "client to server",
        "request",
        WidgetModuleParams,
        WidgetModuleResult,
        "0.2.0",
        "Get a file of a widget's module from the environment of the document's kernel. Nothing is "
        "fetched from the network.",
    ),
)
