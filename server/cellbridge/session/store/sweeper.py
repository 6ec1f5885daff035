"""The sweeper of a store: it deletes the outputs of forgotten runs in small steps.

Owns the outputs of runs that no longer exist. It must not know what an output is; plots.py first
keeps the images among them. Deleting a
hundred images takes SQLite a tenth of a second, in which the host would answer no client; so a run
is removed at once, and its outputs, which are no longer reachable, in small steps.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cellbridge.session.store import schema
from cellbridge.session.store.plots import PlotHistory

OUTPUTS = 2
"""Outputs that are deleted in one step: each may be an image."""
CHUNKS = 64
"""Pieces of streams that are deleted in one step."""

_STEP = (
    ("DELETE FROM chunks WHERE rowid IN (SELECT rowid FROM chunks WHERE run = ? LIMIT ?)", CHUNKS),
    (
        """DELETE FROM outputs WHERE run = ?1
        AND place IN (SELECT place FROM outputs WHERE run = ?1 LIMIT ?2)""",
        OUTPUTS,
    ),
)


class Sweeper:
    """Deletes the outputs of runs that the store has forgotten."""

    def __init__(self, connection: sqlite3.Connection, plots: PlotHistory) -> None:
        self._connection = connection
        self._plots = plots
        self._runs: list[str] = []
        self._scanned = False

    def forget(self, runs: Iterable[str]) -> None:
        """Add runs whose outputs are no longer reachable."""
        self._runs.extend(runs)

    def rescan(self) -> None:
        """Have the next step search for outputs of removed runs again."""
        self._scanned = False

    def step(self) -> bool:
        """Delete some outputs, or keep an image of one; return True if more are left.

        Raises:
            sqlite3.Error: the disk is full or the file is broken.
        """
        if not self._scanned:
            self._runs += self._find_left_over()
            with self._connection:
                self._plots.remove_left_over()
            self._scanned = True
        if not self._runs:
            return False
        with self._connection:
            if self._plots.keep_one(self._runs[-1]):
                return True
            removed = [
                self._connection.execute(statement, (self._runs[-1], limit)).rowcount
                for statement, limit in _STEP
            ]
        if not any(removed):
            self._runs.pop()
        return bool(self._runs)

    def _find_left_over(self) -> list[str]:
        """Return the runs that an earlier host has forgotten and not swept."""
        return [run for (run,) in self._connection.execute(schema.FORGOTTEN)]
