"""Commands for a kernel's limits, and for saving its variables across a restart.

Declarations only.
"""

import attrs

from cellbridge.lsp.protocol.declarations import Command


@attrs.frozen
class SetLimitsArguments:
    """The argument of ``cellbridge.setLimits``; an omitted limit is that of the settings."""

    uri: str
    memory: int | None = None
    """Megabytes, like ``cellbridge.kernel.memoryLimit``; 0 for no limit."""
    time: float | None = None
    """Seconds, like ``cellbridge.kernel.timeLimit``; 0 for no limit."""


@attrs.frozen
class VariablesArguments:
    """The argument of ``cellbridge.saveVariables`` and ``cellbridge.restoreVariables``."""

    uri: str
    names: list[str] = attrs.field(factory=list[str])
    """The names of the variables; all variables if it is empty."""


@attrs.frozen
class SavedVariable:
    """A variable that was saved or restored."""

    name: str
    type: str
    size: int
    """Its size in the file, in bytes."""


@attrs.frozen
class SkippedVariable:
    """A variable that could not be saved or restored."""

    name: str
    type: str
    reason: str
    """Why it was skipped, and what to do about it if something can be done."""


@attrs.frozen
class SaveResult:
    """The variables that were saved or restored, and those that were not."""

    variables: list[SavedVariable]
    skipped: list[SkippedVariable]
    """The variables that were not saved or restored."""
    text: str
    """A summary of one or two sentences, as it is shown to the user."""


COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.setLimits", "Set limits", SetLimitsArguments, None,
        "Limit the memory of the document's kernel and the time of a run. The limits take effect "
        "immediately and override the settings for this session.",
    ),
    Command(
        "cellbridge.saveVariables", "Save variables", VariablesArguments, SaveResult,
        "Save the kernel's variables in a private file, so that they can be restored after a "
        "restart, and report variables that could not be saved. An earlier save is replaced.",
    ),
    Command(
        "cellbridge.restoreVariables", "Restore variables", VariablesArguments, SaveResult,
        "Load the most recently saved variables into the kernel, which is started if it is not "
        "running. Loading runs code from the file, so it happens only on request.",
    ),
)  # fmt: skip
