"""``cellbridge sync``: scripts and their notebooks brought into step.

Owns what is said and the exit code. What it means to be in step belongs to `notebooks`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cellbridge.cli.errors import FAILED, OK, SENSELESS
from cellbridge.core.output.escapes import label
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.sync import ConflictError, Side, sync


def execute(paths: Sequence[Path], take: str | None) -> int:
    """Sync all pairs and return the exit code; what went wrong has been said on stderr."""
    if take is not None and take not in set(Side):
        print("--take needs the word script or notebook.", file=sys.stderr)
        return SENSELESS
    code = OK
    for path in paths:
        try:
            done = sync(path, Side(take) if take is not None else None)
        except ConflictError as error:
            remedy = "Say which one is right with --take script or --take notebook."
            print(label(f"{error} {remedy}"), file=sys.stderr)
            code = max(code, FAILED)
        except FileError as error:
            print(label(str(error)), file=sys.stderr)
            code = SENSELESS
        else:
            for refused in done.pair.refused:
                print(refused.sentence, file=sys.stderr)
            if done.written is None:
                print(label(f"{done.script} and {done.notebook} agree"), file=sys.stderr)
            else:
                written = done.notebook if done.written is Side.NOTEBOOK else done.script
                print(label(f"{written} is brought up to date"), file=sys.stderr)
    return code
