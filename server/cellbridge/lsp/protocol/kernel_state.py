"""What is done with a whole kernel: its limits, and its variables over a restart.

Declarations only.
"""

import attrs

from cellbridge.lsp.protocol.declarations import Command


@attrs.frozen
class SetLimitsArguments:
    """The argument of ``cellbridge.setLimits``; what is left out is as the settings say."""

    uri: str
    memory: int | None = None
    """Megabytes, as ``cellbridge.kernel.memoryLimit``; 0 for no limit."""
    time: float | None = None
    """Seconds, as ``cellbridge.kernel.timeLimit``; 0 for no limit."""


@attrs.frozen
class VariablesArguments:
    """The argument of ``cellbridge.saveVariables`` and ``cellbridge.restoreVariables``."""

    uri: str
    names: list[str] = attrs.field(factory=list[str])
    """Which; all of them if none is named."""


@attrs.frozen
class KeptVariable:
    """A variable that was saved, or restored."""

    name: str
    type: str
    size: int
    """Bytes that it takes in the file."""


@attrs.frozen
class LeftVariable:
    """A variable that could not be saved, or restored."""

    name: str
    type: str
    reason: str
    """Why not, and what to do where something can be done."""


@attrs.frozen
class VariablesKept:
    """What was saved, or restored."""

    variables: list[KeptVariable]
    left: list[LeftVariable]
    """What was not."""
    text: str
    """All of it in a sentence or two, as it is shown."""


COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.setLimits", "Set limits", SetLimitsArguments, None,
        "Limit the memory of the document's kernel and the time of a run, for this session and at "
        "once, whatever the settings say.",
    ),
    Command(
        "cellbridge.saveVariables", "Save variables", VariablesArguments, VariablesKept,
        "Save the kernel's variables in a private file, so that they can be had again after a "
        "restart; says what could not be saved. An earlier save is replaced.",
    ),
    Command(
        "cellbridge.restoreVariables", "Restore variables", VariablesArguments, VariablesKept,
        "Load the variables that were saved last into the kernel, started where none runs. Loading "
        "runs code that the file holds, so it is never done unasked.",
    ),
)  # fmt: skip
