"""What forgotten runs leave in the store, removed bit by bit.

Owns the outputs of runs that are no more. It must not know what an output is. To give back a
hundred pictures takes SQLite a tenth of a second, in which the host would answer nobody; so a run
is forgotten at once and its outputs, which nothing reaches any more, in small steps.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cellbridge.session.store import schema

OUTPUTS = 2
"""Outputs that are removed in one step: each may be a picture."""
CHUNKS = 64
"""Pieces of streams that are removed in one step."""

_STEP = (
    ("DELETE FROM chunks WHERE rowid IN (SELECT rowid FROM chunks WHERE run = ? LIMIT ?)", CHUNKS),
    (
        """DELETE FROM outputs WHERE run = ?1
        AND place IN (SELECT place FROM outputs WHERE run = ?1 LIMIT ?2)""",
        OUTPUTS,
    ),
)


class Sweeper:
    """Removes what is left of runs that the store has forgotten."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._runs: list[str] = []
        self._looked = False

    def forget(self, runs: Iterable[str]) -> None:
        """Take in runs whose outputs nothing reaches any more."""
        self._runs.extend(runs)

    def look_again(self) -> None:
        """Have the next step find what runs have left that went unnoticed."""
        self._looked = False

    def step(self) -> bool:
        """Remove a little; return whether more is left.

        Raises:
            sqlite3.Error: the disk is full or the file is broken.
        """
        if not self._looked:
            self._runs += self._left_over()
            self._looked = True
        if not self._runs:
            return False
        with self._connection:
            removed = [
                self._connection.execute(statement, (self._runs[-1], limit)).rowcount
                for statement, limit in _STEP
            ]
        if not any(removed):
            self._runs.pop()
        return bool(self._runs)

    def _left_over(self) -> list[str]:
        """Return the runs that an earlier host has forgotten and not swept away."""
        return [run for (run,) in self._connection.execute(schema.FORGOTTEN)]
