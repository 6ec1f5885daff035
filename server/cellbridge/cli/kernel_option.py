"""The kernel that a script on disk runs in, for commands that take one.

Owns gathering what has a say in it; the order is kernel/find/kernel_choice.py's. It starts nothing.
"""

from __future__ import annotations

from cellbridge.cli.script_argument import Script
from cellbridge.core.document.header import header_of
from cellbridge.kernel.find.kernel_choice import Choice, KernelPreferences, choose
from cellbridge.session import chosen_kernel
from cellbridge.session.locations import of_script


def choice_of(script: Script) -> Choice:
    """Return the kernel that a script runs in, and why."""
    header, language = (
        header_of(script.cells[0].lines, script.cells.language),
        script.cells.language.name,
    )
    return choose(
        KernelPreferences(
            directory=script.path.parent,
            language=header.language or language,
            picked=chosen_kernel.read(of_script(script.path)),
            header=header.kernel_name,
        )
    )
