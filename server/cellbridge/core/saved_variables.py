"""The result of saving or restoring a kernel's variables, and its message to the user.

Owns the shape, which travels from the kernel to the client, and the words. It must not know files.
"""

from __future__ import annotations

import msgspec

from cellbridge.core import units

NAMED = 5
"""Skipped variables whose reasons the message names; the answer holds all of them."""


class SavedVariable(msgspec.Struct, frozen=True):
    """A variable in the file."""

    name: str
    type: str
    size: int


class SkippedVariable(msgspec.Struct, frozen=True):
    """A variable that could not be written, or read."""

    name: str
    type: str
    reason: str


class SavedVariables(msgspec.Struct, frozen=True):
    """The result of saving or restoring."""

    variables: list[SavedVariable] = []
    left: list[SkippedVariable] = []
    saved_at: float = 0.0
    """When they were saved, in seconds since the epoch."""
    refused: str = ""
    """One sentence where nothing was done at all."""


def saved_message(kept: SavedVariables) -> str:
    """Return the message about variables that were saved."""
    if not kept.variables:
        said = "There is nothing to save" if not kept.left else "Nothing could be saved"
        said += "; what was saved before is kept."
    else:
        size = sum({one.name: one.size for one in kept.variables}.values())
        said = f"Saved {_count(kept.variables)} ({units.size(size)})."
    return f"{said} {_skipped_message(kept, 'saved')}".strip()


def restored_message(kept: SavedVariables, now: float) -> str:
    """Return the message about restored variables; ``now`` in seconds since the epoch."""
    said = f"Restored {_count(kept.variables)}" if kept.variables else "Nothing could be restored"
    if kept.saved_at:
        said += f", saved {units.age(now - kept.saved_at)} ago"
    return f"{said}. {_skipped_message(kept, 'restored')}".strip()


def _skipped_message(kept: SavedVariables, done: str) -> str:
    if not kept.left:
        return ""
    named = [f"{one.name} ({one.reason.rstrip('.')})" for one in kept.left[:NAMED]]
    more = f" and {len(kept.left) - NAMED} more" if len(kept.left) > NAMED else ""
    return f"Not {done}: {', '.join(named)}{more}."


def _count(variables: list[SavedVariable]) -> str:
    return f"{len(variables)} variable{'s' * (len(variables) != 1)}"
