"""Commands that convert between scripts and notebooks.

Declarations only.
"""

import attrs

from cellbridge.lsp.protocol.declarations import Command


@attrs.frozen
class ConvertArguments:
    """The argument of a command that converts a file."""

    uri: str
    """A script or a notebook; it need not be open."""


@attrs.frozen
class ConvertResult:
    """The file that a conversion created or updated."""

    uri: str


COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.convertToNotebook", "Export script as notebook", ConvertArguments,
        ConvertResult,
        "Write the notebook that is paired with a script, including outputs. From then on, saving "
        "the script updates the notebook.",
    ),
    Command(
        "cellbridge.convertToScript", "Export notebook as script", ConvertArguments, ConvertResult,
        "Write the script that is paired with a notebook.",
    ),
    Command(
        "cellbridge.openAsScript", "Open notebook as script", ConvertArguments, ConvertResult,
        "Write the script that is paired with a notebook, and show it. Saving the script updates "
        "the notebook.",
    ),
)  # fmt: skip
