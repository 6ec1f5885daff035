"""The reading of a script that a command has as an argument.

Owns the error for an invalid script. It must not know the commands.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.cli.errors import CommandError
from cellbridge.workspace.script_file import Script, ScriptFileError, read_script


def read(path: Path) -> Script:
    """Return the script at ``path``.

    Raises:
        CommandError: the file does not exist, or is not text.
    """
    try:
        return read_script(path)
    except ScriptFileError as error:
        raise CommandError(str(error)) from None
