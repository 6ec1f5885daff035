"""``cellbridge trust``: folders that the user trusts although another user can change them.

Owns the printed text. kernel/trust/trusted_folders.py owns the list, and kernel/trust/file_trust.py
the rule.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cellbridge.cli.errors import FAILED, OK
from cellbridge.kernel.trust import trusted_folders


def show() -> int:
    """Print the trusted folders, one on each line; return the exit code."""
    for folder in trusted_folders.folders():
        print(folder)
    return OK


def change(folder: Path, *, remove: bool) -> int:
    """Add or remove the trust in a folder; return the exit code."""
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
    hint = "cellbridge trust --list shows all trusted folders"
    print(f"{folder} was not trusted; {hint}.", file=sys.stderr)
    return FAILED
