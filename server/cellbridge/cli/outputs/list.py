"""``cellbridge outputs list``: the stored outputs of one script or of all.

Owns the printed tables.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cellbridge.cli.errors import OK
from cellbridge.cli.outputs.open_script import report_notices, with_script
from cellbridge.core import units
from cellbridge.core.output.escapes import label
from cellbridge.core.output.preview import one_line, shorten
from cellbridge.session.locations import recorded_script, sessions_root
from cellbridge.session.store.offline_reader import read_content
from cellbridge.workspace.cell_views import CellView
from cellbridge.workspace.notebook import Notebook

_PIPE_WIDTH = 1_000
_OUTPUT = 60
_MARKS = {None: "fresh", "text": "stale", "input": "stale (input)"}


def show(file: Path | None) -> int:
    """Print the stored outputs of a script, or all scripts with stored outputs."""
    return with_script(file, _cells) if file is not None else _scripts()


async def _cells(notebook: Notebook) -> int:
    shown = [view for view in notebook.views() if view.shown is not None]
    orphans = notebook.orphans()
    if not shown and not orphans:
        if not notebook.store_notices:
            print(f"{label(notebook.name)} has no stored outputs.")
        return report_notices(notebook.store_notices, OK)
    table = _table("Cell", "Mark", "Run", "Output")
    for view in shown:
        run = view.shown
        when = _age(run.queued_at) if run else ""
        table.add_row(_cell_title(view), _MARKS[view.stale], when, one_line(view.outputs, _OUTPUT))
    for one in orphans:
        said = one_line(one.outputs, _OUTPUT)
        table.add_row(shorten(one.run.cell_source, 30), "orphaned", _age(one.run.queued_at), said)
    _console().print(table)
    return report_notices(notebook.store_notices, OK)


def _scripts() -> int:
    notices: list[str] = []
    found = sorted(_stores(notices))
    if found:
        table = _table("Script", "Cells", "Size", "Changed")
        for name, cells, size, changed in found:
            missing = "" if not name or Path(name).exists() else " (gone)"
            script = label(name or "(unknown)") + missing
            table.add_row(script, str(cells), units.size(size), _age(changed))
        _console().print(table)
    elif not notices:
        print("No script has stored outputs.")
    return report_notices(notices, OK)


def _stores(notices: list[str]) -> Iterator[tuple[str, int, int, float]]:
    """Yield name, number of cells, bytes and time of last change of each store with outputs.

    Sentences about unreadable parts are added to ``notices``.
    """
    root = sessions_root()
    for data in root.iterdir() if root.is_dir() else ():
        stored = read_content(data / "session.sqlite")
        notices.extend(stored.notices)
        cells = len({view.run.cell_id for view in stored.runs if view.outputs and view.run.cell_id})
        if cells:
            files = [one.stat() for one in data.glob("session.sqlite*")]
            size = sum(file.st_size for file in files)
            yield recorded_script(data), cells, size, max(file.st_mtime for file in files)


def _cell_title(view: CellView) -> str:
    title = label(view.cell.title) or shorten(view.cell.source, 30)
    return f"{view.first_line + 1}: {title}"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _console() -> Console:
    # No folding in a pipe, so that the path of a script stays one word.
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(highlight=False, markup=False, width=width)


def _age(moment: float) -> str:
    seconds = time.time() - moment
    return "now" if seconds < 60 else f"{units.age(seconds)} ago"
