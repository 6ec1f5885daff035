"""The settings: at the start, when they change, and asked for where an editor can be asked.

Owns when settings are read; what they mean is core.config's matter.
"""

from __future__ import annotations

from typing import Any, cast

from lsprotocol import types as lsp

from cellbridge.core.config import SECTION, Config
from cellbridge.lsp.context import Context
from cellbridge.lsp.push.hub import Hub
from cellbridge.workspace.chooser import Preferences


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


def apply(context: Context, hub: Hub, settings: object) -> None:
    """Put settings into force, and tell a person of those that could not be used."""
    if settings is None:
        return
    context.config, problems = Config.from_json(settings)
    for problem in problems:
        context.editor.show(problem, lsp.MessageType.Warning)
    context.workspace.configure(
        preferences=Preferences(
            name=context.config.kernel.name,
            interpreter=context.workspace.preferences.interpreter,
        ),
        idle_hours=context.config.session.idle_timeout,
    )
    hub.settings_changed()


async def _pull(context: Context, hub: Hub) -> None:
    items = [lsp.ConfigurationItem(section=SECTION)]
    answer = await context.editor.ask(lsp.WORKSPACE_CONFIGURATION, lsp.ConfigurationParams(items))
    values = cast("list[Any]", answer) if isinstance(answer, list) else []
    # An editor that knows nothing of these settings says null, and what came before stays.
    apply(context, hub, values[0] if values else None)
