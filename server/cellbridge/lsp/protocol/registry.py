"""The registry of all messages and commands, from the modules that declare them.

Owns the order in which they are documented, and the version of the protocol.
"""

from types import ModuleType

from cellbridge.lsp.protocol import (
    agents,
    cells,
    commands,
    conversion,
    debugging,
    documents,
    frames,
    kernel_state,
    kernels,
    notebooks,
    outputs,
    page,
    plots,
    tables,
    variables,
    widgets,
)
from cellbridge.lsp.protocol.declarations import Command, Method

PROTOCOL = 1
"""The protocol version; it increases when a change would make older clients misread a message."""

PARTS: tuple[ModuleType, ...] = (
    outputs, cells, commands, debugging, frames, documents, variables, tables, kernels,
    kernel_state, agents, widgets, plots, page, conversion, notebooks,
)  # fmt: skip
"""The modules that declare messages, in the order in which they are documented."""

METHODS: tuple[Method, ...] = (
    cells.METHODS
    + variables.METHODS
    + tables.METHODS
    + kernels.METHODS
    + agents.METHODS
    + widgets.METHODS
    + plots.METHODS
    + page.METHODS
    + notebooks.METHODS
)
COMMANDS: tuple[Command, ...] = (
    commands.COMMANDS
    + debugging.COMMANDS
    + frames.COMMANDS
    + documents.COMMANDS
    + variables.COMMANDS
    + kernels.COMMANDS
    + kernel_state.COMMANDS
    + agents.COMMANDS
    + page.COMMANDS
    + conversion.COMMANDS
)
