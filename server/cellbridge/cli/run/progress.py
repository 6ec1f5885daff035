"""Progress on a terminal: a line above each cell with its title, and one below with its duration.

Owns these lines. It must not know sessions; output_printer.py prints outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from cellbridge.cli.run.report import SKIPPED, Outcome
from cellbridge.core import units
from cellbridge.core.output.preview import shorten
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.workspace.output_printer import Screen

_TITLE_LIMIT = 60


class TerminalProgress:
    """Progress on a terminal."""

    def __init__(self, file: TextIO, screen: Screen, titles: Sequence[str]) -> None:
        self._console = Console(file=file, highlight=False)
        self._screen = screen
        self._titles = titles

    def started(self, number: int) -> None:
        """See `cellbridge.cli.run.follow.Progress`."""
        self._screen.fresh_line()
        title = shorten(self._titles[number], _TITLE_LIMIT)
        line = Text.assemble(
            ("── ", "dim"),
            (f"{number + 1}/{len(self._titles)}", "cyan"),
            ("  ", ""),
            (title, "bold"),
            (" ", ""),
        )
        line.append("─" * max(0, min(self._console.width, 80) - line.cell_len), "dim")
        self._console.print(line, no_wrap=True, overflow="crop")

    def ended(self, run: Run) -> None:
        """See `cellbridge.cli.run.follow.Progress`."""
        if run.duration is not None and run.state is RunState.OK:
            self._console.print(Text(f"✓ {units.duration(run.duration)}", "dim green"))


def print_summary(file: TextIO, outcome: Outcome) -> None:
    """Print the total of cells and time."""
    skipped = sum(cell.state == SKIPPED for cell in outcome.cells)
    took = units.duration(outcome.seconds)
    parts = [
        f"{outcome.ran} cell{'' if outcome.ran == 1 else 's'} in {took}",
        f"{skipped} had run before" if skipped else "",
        f"saved in {outcome.notebook}" if outcome.notebook else "",
    ]
    console = Console(file=file, highlight=False)
    console.print(", ".join(part for part in parts if part), style="dim")
