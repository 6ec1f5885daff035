"""cellbridge/widgets, widgetSend and widgetModule: the widgets of a document's session.

Owns only the translation. Its modules for widgets are loaded by the first request.

Bound: an answer holds states up to `ANSWER_LIMIT` bytes, but at least one; the others follow in
``cellbridge/widgetsChanged``.
"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

from cellbridge.lsp import protocol as p
from cellbridge.lsp.context import Context
from cellbridge.lsp.widget_views import from_protocol, to_protocol
from cellbridge.workspace.notebook import Notebook

if TYPE_CHECKING:
    from cellbridge.core.widgets.messages import WidgetMessage
    from cellbridge.lsp.push.notifier import Notifier

ANSWER_LIMIT = 16 * 1024 * 1024


async def widgets(context: Context, params: p.WidgetsParams, notifier: Notifier) -> p.WidgetsResult:
    """Return all models, and send changes from now on."""
    notebook = context.notebook(params.uri)
    known = notebook.widgets
    await known.watch(lambda: notifier.widgets_changed(notebook))
    sent: list[p.WidgetMessage] = []
    later: list[WidgetMessage] = []
    room = ANSWER_LIMIT
    for message in known.models():
        if not sent or room > 0:
            room -= known.size(message.model)
            sent.append(to_protocol(message))
        else:
            later.append(message)
    if later:
        known.add_waiting(later)
        notifier.widgets_changed(notebook)
    return p.WidgetsResult(sent, known.lost)


async def send(context: Context, params: p.WidgetSendParams) -> None:
    """Send the user's changes to the kernel.

    Raises:
        ArgumentError: a buffer is not base64.
        SessionError: no kernel runs.
    """
    notebook = context.notebook(params.uri)
    await notebook.widgets.send([from_protocol(message) for message in params.messages])


async def module(context: Context, params: p.WidgetModuleParams) -> p.WidgetModuleResult:
    """Return a file of a widget's module.

    Raises:
        SessionError: there is no such file, or it is not to be read.
    """
    from cellbridge.workspace.widget_modules import read_module  # noqa: PLC0415 (on demand)

    python = await _interpreter(context.notebook(params.uri))
    found = await asyncio.to_thread(read_module, params.module, params.path, python)
    data = base64.b64encode(found.data).decode()
    return p.WidgetModuleResult(found.format, data, found.mime, found.version)


async def _interpreter(notebook: Notebook) -> str:
    """Return the interpreter of the document's kernel; empty if it is not known."""
    if notebook.kernel.python:
        return notebook.kernel.python
    chosen = (await notebook.kernel_choice()).id or ""
    return chosen if chosen.startswith("/") else ""
