"""All messages and commands, from the modules that declare them.

Owns the order in which they are documented, and the version of the protocol.
"""

from types import ModuleType

from cellbridge.lsp.protocol import (
    cells,
    commands,
    conversion,
    documents,
    kernel_state,
    kernels,
    notebooks,
    outputs,
    tables,
    variables,
)
from cellbridge.lsp.protocol.declarations import Command, Method

PROTOCOL = 1
"""Raised when a message changes so that an older client would misread it."""

PARTS: tuple[ModuleType, ...] = (
    outputs, cells, commands, documents, variables, tables, kernels, kernel_state, conversion,
    notebooks,
)  # fmt: skip
"""In the order in which they are documented."""

METHODS: tuple[Method, ...] = (
    cells.METHODS + variables.METHODS + tables.METHODS + kernels.METHODS + notebooks.METHODS
)
COMMANDS: tuple[Command, ...] = (
    commands.COMMANDS
    + documents.COMMANDS
    + variables.COMMANDS
    + kernels.COMMANDS
    + kernel_state.COMMANDS
    + conversion.COMMANDS
)
