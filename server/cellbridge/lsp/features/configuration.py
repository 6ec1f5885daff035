"""The settings: at the start, when they change, and asked for where an editor can be asked.

Owns when settings are read; what they mean is core.config's matter.
"""

from __future__ import annotations

from typing import Any, cast

from lsprotocol import types as lsp

from cellbridge.core.config import SECTION, Config
from cellbridge.lsp.context import Context
from cellbridge.lsp.push.notifier import Hub
from cellbridge.workspace.kernel_selection import Preferences

_PYTHON = "python.defaultInterpreterPath"
"""The setting by which people tell every Python tool which interpreter is theirs."""


async def initialized(context: Context, hub: Hub, _: lsp.InitializedParams) -> None:
    """Ask for the settings, and to be told when they change, where the editor can do either."""
    if context.client.registers_configuration:
        registration = lsp.Registration(
            "cellbridge-configuration",
            lsp.WORKSPACE_DID_CHANGE_CONFIGURATION,
            lsp.DidChangeConfigurationRegistrationOptions(SECTION),
        )
        await context.editor.ask(
            lsp.CLIENT_REGISTER_CAPABILITY, lsp.RegistrationParams([registration])
        )
    if context.client.pulls_configuration:
        await _pull(context, hub)


async def did_change(context: Context, hub: Hub, params: lsp.DidChangeConfigurationParams) -> None:
    """Read the settings anew."""
    if context.client.pulls_configuration:
        await _pull(context, hub)
    else:
        apply(context, hub, params.settings)


def apply(context: Context, hub: Hub, settings: object, interpreter: str | None = None) -> None:
    """Put settings into force, and tell a person of those that could not be used.

    ``interpreter`` is ``python.defaultInterpreterPath``, where the editor was asked for it; None
    takes it from the settings, if they are all of an editor's.
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
    hub.settings_changed()
    if context.config.kernel.prewarm and not before:
        # Many editors are asked for their settings only after they have sent the open documents.
        for notebook in context.workspace:
            context.background.begin(notebook.warm())


async def _pull(context: Context, hub: Hub) -> None:
    items = [lsp.ConfigurationItem(section=SECTION), lsp.ConfigurationItem(section=_PYTHON)]
    answer = await context.editor.ask(lsp.WORKSPACE_CONFIGURATION, lsp.ConfigurationParams(items))
    # Read by cattrs, a JSON array is a tuple.
    values = [*cast("list[Any]", answer)] if isinstance(answer, list | tuple) else []
    ours, theirs = [*values, None, None][:2]
    # An editor that knows nothing of these settings says null, and what came before stays.
    apply(context, hub, ours, theirs if isinstance(theirs, str) else "")


def _interpreter(settings: object) -> str:
    """Return what an editor that pushes all its settings says of other tools' Python."""
    level: object = settings
    for key in _PYTHON.split("."):
        level = cast("dict[str, Any]", level).get(key) if isinstance(level, dict) else None
    return level if isinstance(level, str) else ""
