"""``cellbridge outputs clear``: the deletion of outputs.

Owns the choice of the outputs. The session deletes them, because it may be running.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from cellbridge.cli.errors import OK
from cellbridge.cli.outputs.open_script import report_notices, with_script
from cellbridge.session.locations import noted, sessions_root
from cellbridge.session.registry import sessions
from cellbridge.session.store.schema import put_aside_before, remove
from cellbridge.workspace.notebook import Notebook


def clear(file: Path, only_removed: bool) -> int:  # noqa: FBT001  # from the option of that name
    """Delete the outputs of a script, or of its removed cells; return the exit code."""

    async def forget(notebook: Notebook) -> int:
        removed = len(notebook.orphans())
        shown = sum(view.shown is not None for view in notebook.views())
        count = removed if only_removed else removed + shown
        damaged = not only_removed and (notebook.store_notices or put_aside_before(notebook.store))
        if only_removed and count:
            await notebook.clear_orphans()
        elif count or damaged:
            await notebook.clear_outputs(None)
        aside = [] if only_removed else put_aside_before(notebook.store)
        if left := [one for one in notebook.store_notices if not _mentions(one, aside)]:
            return report_notices(left, OK)
        for path in aside:  # Clearing everything includes the copies of damaged files.
            remove(path)
        if count:
            print(f"The outputs of {count} cell{'' if count == 1 else 's'} deleted.")
        if aside:
            print(f"{len(aside)} damaged file{'' if len(aside) == 1 else 's'} removed.")
        elif not count:
            print(f"{file} has no stored outputs.")
        return OK

    return with_script(file, forget)


def _mentions(sentence: str, files: Sequence[Path]) -> bool:
    return any(str(path) in sentence for path in files)


def clear_missing_scripts() -> int:
    """Delete the outputs of scripts that no longer exist; return the exit code."""
    root = sessions_root()
    running = {record.key for _, record in sessions()}
    count = 0
    for data in root.iterdir() if root.is_dir() else ():
        script = noted(data)
        if script and not Path(script).exists() and data.name not in running:
            shutil.rmtree(data, ignore_errors=True)
            count += 1
    print(f"The outputs of {count} script{'' if count == 1 else 's'} deleted.")
    return OK
