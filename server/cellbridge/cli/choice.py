"""The kernel that a script on disk runs in, for commands that take one.

Owns gathering what has a say in it; the order is kernel/choosing.py's. It starts nothing.
"""

from __future__ import annotations

from cellbridge.cli.script import Script
from cellbridge.core.header import header_of
from cellbridge.kernel.choosing import Choice, Wish, choose
from cellbridge.session import picks
from cellbridge.session.locations import of_script


def choice_of(script: Script) -> Choice:
    """Return the kernel that a script runs in, and why."""
    header, language = header_of(script.cells), script.cells.language.name
    return choose(
        Wish(
            directory=script.path.parent,
            language=header.language or language,
            picked=picks.read(of_script(script.path)),
            header=header.kernel_name,
        )
    )
