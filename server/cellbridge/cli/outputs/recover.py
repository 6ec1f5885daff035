"""``cellbridge outputs recover``: outputs restored from damaged files that were put aside.

Owns the printed text. The session restores them, because only the session writes the store.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.cli.errors import FAILED, OK
from cellbridge.cli.outputs.open_script import with_script
from cellbridge.session.store.schema import put_aside_before
from cellbridge.workspace.notebook import Notebook


def recover(file: Path) -> int:
    """Restore the readable parts of the damaged files of a script; return the exit code."""

    async def restore(notebook: Notebook) -> int:
        if not notebook.store_notices and not put_aside_before(notebook.store):
            print(f"No damaged file was put aside for {file}.")
            return OK
        # The start of the session puts a damaged file aside that is still in its place.
        done = await notebook.recover_outputs()
        print(
            f"{_count_text(done.runs, 'run')} recovered, {done.older} left out because their cells "
            f"have outputs, {_count_text(done.unread, 'part')} could not be read."
        )
        for name in done.files:
            print(f"The damaged file stays until you delete it: {name}")
        return FAILED if done.unread else OK

    return with_script(file, restore)


def _count_text(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
