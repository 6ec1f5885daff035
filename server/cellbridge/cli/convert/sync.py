"""``cellbridge sync``: the sync of scripts with their notebooks.

Owns the printed text and the exit code. `notebooks` owns the sync itself.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cellbridge.cli.errors import FAILED, OK, USAGE_ERROR
from cellbridge.cli.kernel_option import picked_for
from cellbridge.core.output.escapes import label
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.sync import ConflictError, Side, sync


def execute(paths: Sequence[Path], take: str | None) -> int:
    """Sync all pairs and return the exit code. Errors are printed to stderr."""
    if take is not None and take not in set(Side):
        print("--take must be script or notebook.", file=sys.stderr)
        return USAGE_ERROR
    code = OK
    for path in paths:
        try:
            side = Side(take) if take is not None else None
            done = sync(path, side, picked=picked_for(path))
        except ConflictError as error:
            remedy = "Select the one to keep with --take script or --take notebook."
            print(label(f"{error} {remedy}"), file=sys.stderr)
            code = max(code, FAILED)
        except FileError as error:
            print(label(str(error)), file=sys.stderr)
            code = USAGE_ERROR
        else:
            for refused in done.pair.refused:
                print(refused.sentence, file=sys.stderr)
            if done.note:
                print(label(done.note), file=sys.stderr)
            if done.written is None:
                print(label(f"{done.script} and {done.notebook} are in sync"), file=sys.stderr)
            else:
                written = done.notebook if done.written is Side.NOTEBOOK else done.script
                print(label(f"{written} is updated"), file=sys.stderr)
    return code
