"""``cellbridge trust``: folders whose environments and settings are used although others own them.

Owns what the user reads of it. The list is kernel/trust/trusted_folders.py's, the rule
kernel/trust/file_trust.py's.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cellbridge.cli.errors import FAILED, OK
from cellbridge.kernel.trust import trusted_folders


def show() -> int:
    """Print the trusted folders, one a line; returns the exit code."""
    for folder in trusted_folders.folders():
        print(folder)
    return OK


def change(folder: Path, *, remove: bool) -> int:
    """Trust a folder, or do so no longer; returns the exit code."""
    try:
        if not remove:
            print(f"{trusted_folders.add(folder)} is trusted, with all folders below it.")
            return OK
        if trusted_folders.remove(folder):
            print(f"{folder} is no longer trusted.")
            return OK
    except trusted_folders.TrustError as error:
        print(error, file=sys.stderr)
        return FAILED
    print(f"{folder} was not trusted; cellbridge trust --list names all.", file=sys.stderr)
    return FAILED
