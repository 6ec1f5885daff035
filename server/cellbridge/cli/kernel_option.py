"""The choice of the kernel for a script on disk.

Owns the collection of the choice's inputs; kernel/find/kernel_choice.py owns their order. It starts
nothing.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.core.document.header import header_of
from cellbridge.kernel.find.kernel_choice import Choice, KernelPreferences, choose
from cellbridge.session import chosen_kernel
from cellbridge.session.locations import of_script
from cellbridge.workspace.script_file import Script


def picked_for(path: Path | None) -> str:
    """Return the kernel that the user has chosen for a script; empty without one."""
    return chosen_kernel.read(of_script(path.absolute())) if path is not None else ""


def choice_of(script: Script) -> Choice:
    """Return the kernel of a script, and the reason for it."""
    header, language = (
        header_of(script.cells[0].lines, script.cells.language),
        script.cells.language.name,
    )
    return choose(
        KernelPreferences(
            directory=script.path.parent,
            language=header.language or language,
            picked=picked_for(script.path),
            header=header.kernel_name,
        )
    )
