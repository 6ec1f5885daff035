"""Scripts and notebooks made of one another.

Declarations only.
"""

import attrs

from cellbridge.lsp.protocol.declarations import Command


@attrs.frozen
class ConvertArguments:
    """The argument of a command that makes another file of one."""

    uri: str
    """A script or a notebook, open or not."""


@attrs.frozen
class ConvertResult:
    """What a conversion has made or brought up to date."""

    uri: str


COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.convertToNotebook", "Convert to notebook", ConvertArguments, ConvertResult,
        "Write the notebook that is paired with a script, outputs included. From then on saving "
        "the script brings it up to date.",
    ),
    Command(
        "cellbridge.convertToScript", "Convert to script", ConvertArguments, ConvertResult,
        "Write the script that is paired with a notebook.",
    ),
    Command(
        "cellbridge.openAsScript", "Open notebook as script", ConvertArguments, ConvertResult,
        "Write the script that is paired with a notebook and show it; saving it updates the "
        "notebook.",
    ),
)  # fmt: skip
