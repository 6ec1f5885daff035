"""The settings: read at the start, on changes, and by request if the editor supports it.

Owns when settings are read; core.config defines what they mean.
"""

from __future__ import annotations

from typing import Any, cast

from lsprotocol import types as lsp

from cellbridge.core.config import SECTION, Config
from cellbridge.lsp.context import Context
from cellbridge.lsp.push.notifier import Notifier
from cellbridge.workspace.kernel_selection import Preferences

_INTERPRETER_SETTING = "python.defaultInterpreterPath"
"""The setting with which users select the interpreter for all Python tools."""


async def initialized(context: Context, notifier: Notifier, _: lsp.InitializedParams) -> None:
    """Request the settings and register for their changes, if the editor supports it."""
    if context.client.registers_configuration:
        registration = lsp.Registration(
            "cellbridge-configuration",
            lsp.WORKSPACE_DID_CHANGE_CONFIGURATION,
            lsp.DidChangeConfigurationRegistrationOptions(SECTION),
        )
        await context.editor.request(
            lsp.CLIENT_REGISTER_CAPABILITY, lsp.RegistrationParams([registration])
        )
    if context.client.pulls_configuration:
        await _pull(context, notifier)


async def did_change(
    context: Context, notifier: Notifier, params: lsp.DidChangeConfigurationParams
) -> None:
    """Read the settings again."""
    if context.client.pulls_configuration:
        await _pull(context, notifier)
    else:
        apply(context, notifier, params.settings)


def apply(
    context: Context, notifier: Notifier, settings: object, interpreter: str | None = None
) -> None:
    """Apply settings, and show the user those that are invalid.

    ``interpreter`` is ``python.defaultInterpreterPath``, if it was requested from the editor. With
    None it is read from the settings, if they are all settings of the editor.
    """
    if settings is None and not interpreter:
        return
    if interpreter is None:
        interpreter = _interpreter(settings)
    before = context.config.kernel.prewarm
    context.config, problems = Config.from_json(settings)
    for problem in problems:
        context.editor.show(problem, lsp.MessageType.Warning)
    context.workspace.configure(
        preferences=Preferences(
            name=context.config.kernel.name,
            interpreter=interpreter or "",
            start=context.config.kernel,
        ),
        idle_hours=context.config.session.idle_timeout,
        limit=context.config.outputs.limit,
    )
    static = context.config.completion.static
    context.engines.configure(context.config.static.engine if static else "off")
    notifier.settings_changed()
    if context.config.kernel.prewarm and not before:
        # Many editors report their settings only after they have sent the open documents.
        for notebook in context.workspace:
            context.background.begin(notebook.warm())


async def _pull(context: Context, notifier: Notifier) -> None:
    items = [
        lsp.ConfigurationItem(section=SECTION),
        lsp.ConfigurationItem(section=_INTERPRETER_SETTING),
    ]
    answer = await context.editor.request(
        lsp.WORKSPACE_CONFIGURATION, lsp.ConfigurationParams(items)
    )
    # Read by cattrs, a JSON array is a tuple.
    values = [*cast("list[Any]", answer)] if isinstance(answer, list | tuple) else []
    ours, theirs = [*values, None, None][:2]
    # An editor that does not have these settings returns null; the previous values then stay.
    apply(context, notifier, ours, theirs if isinstance(theirs, str) else "")


def _interpreter(settings: object) -> str:
    """Return the interpreter setting of an editor that pushes all its settings."""
    level: object = settings
    for key in _INTERPRETER_SETTING.split("."):
        level = cast("dict[str, Any]", level).get(key) if isinstance(level, dict) else None
    return level if isinstance(level, str) else ""
