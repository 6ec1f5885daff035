"""The history of plots in a store: the images of runs, those of earlier runs included.

Owns every statement that changes the tables of plots; rows.py reads them.

An image of a run is stored once, among the run's outputs; the history has only an entry for it. The
entry gets the image when the run is forgotten, as its outputs are removed little by little
(sweeper.py). So a display that is updated, or cleared and shown again, has one entry, with its last
image.

When a run ends, an image that its cell displayed before, in the same or in the previous run, is
removed from its earlier place.

Bounds: `PLOT_LIMIT` entries, and `KEPT_BYTES` of images of forgotten runs. Beyond them the oldest
entries are removed, and counted.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

import msgspec

from cellbridge.core.output.outputs import Display, Output
from cellbridge.core.output.plots import StoredPlot, describe, image_of
from cellbridge.core.packed_values import replace_surrogates
from cellbridge.core.runs.runs import Run
from cellbridge.session import wire

PLOT_LIMIT = 500
"""Maximum number of entries."""
KEPT_BYTES = 64 * 1024 * 1024
"""Maximum number of bytes of images whose runs are forgotten."""

_output_decoder: msgspec.msgpack.Decoder[Output] = msgspec.msgpack.Decoder(Output)
_run_decoder = msgspec.msgpack.Decoder(Run)

_LEFT_OVER = """
DELETE FROM plots WHERE image IS NULL AND NOT EXISTS
    (SELECT 1 FROM outputs WHERE outputs.run = plots.run AND outputs.place = plots.output)
"""
"""Entries without an image: an earlier version has removed the outputs of their runs."""


class PlotHistory:
    """The writer of a store's history of plots. Each method is a part of the caller's transaction.

    Each method raises a sqlite3.Error as `Store.save` does.
    """

    def __init__(
        self, connection: sqlite3.Connection, clock: Callable[[], float] = time.time
    ) -> None:
        self._connection = connection
        self._clock = clock
        self.revision = 0
        """Increased by every change of the entries."""

    def set_output(self, run_id: str, output: int, shown: Output) -> None:
        """Add or replace the entry of an output that has changed; remove it without an image."""
        image = image_of(shown) if isinstance(shown, Display) else None
        run = self._run(run_id) if image is not None else None
        if image is None or run is None or not isinstance(shown, Display):
            self._change("DELETE FROM plots WHERE run = ? AND output = ?", run_id, output)
            return
        plot = describe(image, shown, run, output, self._clock())
        cell = replace_surrogates(plot.cell)
        row = (cell, plot.digest, bytes(wire.encode_body(plot)), run_id, output)
        update = "UPDATE plots SET cell = ?, digest = ?, info = ? WHERE run = ? AND output = ?"
        if not self._change(update, *row):
            self._change(
                "INSERT INTO plots (cell, digest, info, run, output) VALUES (?, ?, ?, ?, ?)", *row
            )
            self._drop_beyond_limit()

    def drop_outputs(self, run_id: str) -> None:
        """Remove the entries of a run whose outputs were cleared by its own code."""
        self._change("DELETE FROM plots WHERE run = ?", run_id)

    def settle(self, run: Run) -> None:
        """Remove earlier entries of the images of a run that has ended."""
        own = self._images_of(run.id)
        if not own:
            return
        before = self._connection.execute(
            "SELECT run FROM plots WHERE cell = ? AND cell <> '' AND run <> ? AND place < ?"
            " ORDER BY place DESC LIMIT 1",
            (replace_surrogates(run.cell_id), run.id, own[0][0]),
        ).fetchone()
        earlier = self._images_of(before[0]) if before else []
        seen: set[str] = set()
        for place, digest in reversed(earlier + own):
            if digest in seen:
                self._change("DELETE FROM plots WHERE place = ?", place)
            seen.add(digest)

    def clear(self) -> None:
        """Remove all entries except those of runs that still exist."""
        self._change("DELETE FROM plots WHERE run NOT IN (SELECT id FROM runs)")
        self._connection.execute("DELETE FROM dropped_plots")

    def remove_left_over(self) -> None:
        """Remove entries whose images no longer exist."""
        self._change(_LEFT_OVER)

    def keep_one(self, run_id: str) -> bool:
        """Give an entry of a forgotten run its image; return False if none is left to do."""
        found = self._connection.execute(
            "SELECT plots.place, outputs.data FROM plots LEFT JOIN outputs"
            " ON outputs.run = plots.run AND outputs.place = plots.output"
            " WHERE plots.run = ? AND plots.image IS NULL LIMIT 1",
            (run_id,),
        ).fetchone()
        if found is None:
            return False
        place, data = found
        try:
            output = _output_decoder.decode(data) if data is not None else None
        except msgspec.MsgspecError:
            output = None
        image = image_of(output) if isinstance(output, Display) else None
        if image is None:
            self._change("DELETE FROM plots WHERE place = ?", place)
        else:
            self._connection.execute(
                "UPDATE plots SET image = ? WHERE place = ?", (image.data, place)
            )
            self._drop_beyond_bytes()
        return True

    def add(self, plot: StoredPlot, image: bytes) -> None:
        """Add an entry of another store, with its image."""
        run, _, output = plot.id.rpartition("-")
        self._change(
            "INSERT OR IGNORE INTO plots (cell, digest, info, run, output, image)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            plot.cell,
            plot.digest,
            bytes(wire.encode_body(plot)),
            run,
            int(output),
            image,
        )
        self._drop_beyond_limit()
        self._drop_beyond_bytes()

    def _run(self, run_id: str) -> Run | None:
        found = self._connection.execute("SELECT data FROM runs WHERE id = ?", (run_id,)).fetchone()
        try:
            return _run_decoder.decode(found[0]) if found else None
        except (msgspec.MsgspecError, TypeError):
            return None

    def _images_of(self, run_id: str) -> list[tuple[int, str]]:
        """Return place and digest of each image of a run, in order."""
        return self._connection.execute(
            "SELECT place, digest FROM plots WHERE run = ? ORDER BY place", (run_id,)
        ).fetchall()

    def _drop_beyond_limit(self) -> None:
        (count,) = self._connection.execute("SELECT COUNT(*) FROM plots").fetchone()
        if count > PLOT_LIMIT:
            self._drop_oldest("", count - PLOT_LIMIT)

    def _drop_beyond_bytes(self) -> None:
        rows = self._connection.execute(
            "SELECT LENGTH(image) FROM plots WHERE image IS NOT NULL ORDER BY place"
        ).fetchall()
        beyond, count = sum(size for (size,) in rows) - KEPT_BYTES, 0
        while beyond > 0:
            beyond -= rows[count][0]
            count += 1
        if count:
            self._drop_oldest("WHERE image IS NOT NULL", count)

    def _drop_oldest(self, where: str, count: int) -> None:
        self._change(
            f"DELETE FROM plots WHERE place IN"  # noqa: S608 - only our own text
            f" (SELECT place FROM plots {where} ORDER BY place LIMIT ?)",
            count,
        )
        change = "UPDATE dropped_plots SET count = count + ?"
        if not self._connection.execute(change, (count,)).rowcount:
            self._connection.execute("INSERT INTO dropped_plots VALUES (?)", (count,))

    def _change(self, statement: str, *parameters: object) -> int:
        """Change entries; return how many."""
        changed = self._connection.execute(statement, parameters).rowcount
        if changed:
            self.revision += 1
        return changed
