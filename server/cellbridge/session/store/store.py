# Size: every statement that changes the tables of runs, outputs and cells.
"""The store: a notebook's runs and outputs in one SQLite file, safe across crashes.

Owns every statement that changes the file's tables (schema.py), except those of plots (plots.py);
rows.py reads them. It must not know clients, pacing or kernels.

The host is the only writer. Other processes may read at the same time (write-ahead log).

Invariant: when `Store.save` returns, its batch is on its way to the disk; a killed process loses
none of it. A damaged file is put aside under another name, never overwritten, and its readable
parts are read. A file that cannot be used for any other reason stays unchanged (faults.py).

A forgotten run is removed at once, its outputs little by little (sweeper.py).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from cellbridge.core.output.outputs import DropOutputs, ExtendStream, Op, Output, SetOutput, Stream
from cellbridge.core.output.plots import PlotImage, PlotList, StoredPlot
from cellbridge.core.packed_values import replace_surrogates
from cellbridge.core.runs.runs import Run
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.session import wire
from cellbridge.session.messages import RunView, StoredCell
from cellbridge.session.store import free_space, schema
from cellbridge.session.store.batch import Batch
from cellbridge.session.store.checkpoints import Checkpoints
from cellbridge.session.store.faults import Fault, classify
from cellbridge.session.store.plots import PlotHistory
from cellbridge.session.store.rows import Contents
from cellbridge.session.store.sweeper import Sweeper

log = logging.getLogger(__name__)
_output_decoder: msgspec.msgpack.Decoder[Output] = msgspec.msgpack.Decoder(Output)


class Store:
    """An open store. Not safe for use from several threads at once."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, put_aside: Path | None = None
    ) -> None:
        self.path = path
        self.put_aside = put_aside
        """The new path of the damaged file that this store has replaced."""
        self._connection = connection
        self._contents = Contents(connection)
        self._lengths: dict[tuple[str, int], int] = {}
        self._last_place: int | None = None
        """The place of the latest run; None before the first run is written."""
        self._checkpoints = Checkpoints(path)
        self._plots = PlotHistory(connection)
        self._sweeper = Sweeper(connection, self._plots)

    @classmethod
    def open(cls, path: Path, wait: float = schema.LOCK_SECONDS) -> Store:
        """Open the store at ``path`` for writing; create it if it is missing.

        A damaged file, and no other, is first renamed with the suffix ``.broken``.

        Raises:
            sqlite3.Error: the file cannot be used now (faults.py). It stays unchanged.
            OSError: the same.
        """
        try:
            return cls(path, schema.connect(path, wait))
        except sqlite3.Error as error:
            if classify(error, path) is not Fault.DAMAGED:
                raise
            aside = schema.put_aside(path)
            return cls(path, schema.connect(path, wait), aside)

    @classmethod
    def open_for_reading(cls, path: Path) -> Store:
        """Open the store at ``path`` for reading while its host writes, or if it is read-only.

        Raises:
            sqlite3.Error: it cannot be read (faults.py).
            OSError: the same.
        """
        return cls(path, schema.open_readable(path))

    @classmethod
    def open_if_readable(cls, path: Path) -> Store | None:
        """Open the store at ``path`` as `open_for_reading` does; None if it cannot be read."""
        try:
            return cls.open_for_reading(path) if path.exists() else None
        except (sqlite3.Error, OSError) as error:
            log.info("The store %s cannot be read: %s", path, error)
            return None

    @property
    def unread(self) -> int:
        """The number of rows and ranges of pages that could not be read so far."""
        return self._contents.unread

    def save(self, batch: Batch) -> None:
        """Write everything in ``batch``, or nothing.

        Raises:
            sqlite3.Error: it cannot be written; nothing of the batch is stored.
        """
        try:
            with self._connection:
                self._forget(batch.forgotten)
                for run in batch.runs.values():
                    self._save_run(run)
                for run_id, op in batch.merged_ops():
                    self._save_op(run_id, op)
                for run in batch.runs.values():
                    if run.state.final:
                        self._plots.settle(run)
                if batch.clear_plots:
                    self._plots.clear()
                if batch.cells is not None:
                    self._save_cells(batch.cells)
                if batch.widgets or batch.only_widgets:
                    self._save_widgets(batch)
        except sqlite3.Error:
            self._lengths.clear()
            raise
        self._sweeper.forget(batch.forgotten)
        self._checkpoints.request_if_due()

    def insert_oldest(self, run: Run, outputs: Sequence[Output]) -> None:
        """Write a run that is older than all others here, with its outputs; or nothing.

        Raises:
            sqlite3.Error: as for `save`.
        """
        with self._connection:
            self._connection.execute(
                "INSERT INTO runs VALUES (?, (SELECT COALESCE(MIN(place), 0) - 1 FROM runs), ?)",
                (run.id, bytes(wire.encode_body(run))),
            )
            for place, output in enumerate(outputs):
                self._put(run.id, place, output)
        self._checkpoints.request_if_due()

    def sweep(self) -> bool:
        """Remove some outputs of forgotten runs; return True if more are left.

        Raises:
            sqlite3.Error: the disk is full or the file is broken.
        """
        more = self._sweeper.step()
        self._checkpoints.request_if_due()
        return more

    def reclaim(self, forgotten: Sequence[str]) -> None:
        """Forget runs on a full disk, and return their space to it.

        Raises:
            sqlite3.Error: not even that is possible; nothing has changed.
        """
        free_space.delete_runs(self._connection, forgotten)
        self._plots.revision += 1
        self._forget_lengths(forgotten)

    def forget_unread(self) -> None:
        """Forget every run that cannot be decoded, as all outputs are cleared.

        Raises:
            sqlite3.Error: the disk is full or a page is damaged.
        """
        known = {run.id for run in self._contents.runs()}
        with self._connection:
            ids = self._connection.execute("SELECT id FROM runs").fetchall()
            gone = [(run,) for (run,) in ids if run not in known]
            self._connection.executemany("DELETE FROM runs WHERE id = ?", gone)
        self._sweeper.rescan()
        self._contents = Contents(self._connection)

    def save_cells(self, cells: Sequence[StoredCell]) -> None:
        """Replace the stored cells of the document."""
        self.save(Batch(cells=cells))

    def cells(self) -> list[StoredCell]:
        """Return the cells of the document as they were last stored, in order."""
        return self._contents.cells()

    def runs(self) -> list[RunView]:
        """Return every run with its outputs in bounded form, oldest first."""
        return [
            RunView(run, self._contents.bounded_outputs(run.id)) for run in self._contents.runs()
        ]

    def outputs(self, run: str) -> list[Output]:
        """Return the outputs of ``run`` with their whole texts."""
        return self._contents.outputs(run)

    def widgets(self) -> list[WidgetMessage]:
        """Return the states of widgets, each as an ``open`` message."""
        return self._contents.widgets()

    @property
    def plots_revision(self) -> int:
        """A number that every change of the history of plots increases."""
        return self._plots.revision

    def plots(self) -> PlotList:
        """Return the history of plots, without the images."""
        return self._contents.plots()

    def plot_image(self, plot_id: str) -> PlotImage | None:
        """Return an image of the history; None if it is no longer kept."""
        return self._contents.plot_image(plot_id)

    def add_plot(self, plot: StoredPlot, image: bytes) -> None:
        """Add a plot of another store to the history.

        Raises:
            sqlite3.Error: as for `save`.
        """
        with self._connection:
            self._plots.add(plot, image)

    def wait_for_locks(self, seconds: float) -> None:
        """Wait up to ``seconds`` for another program's lock from now on."""
        self._connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}").fetchall()

    def close(self) -> None:
        """Close the file."""
        self._checkpoints.close()
        self._connection.close()

    def _forget(self, runs: Sequence[str]) -> None:
        self._connection.executemany("DELETE FROM runs WHERE id = ?", ((run,) for run in runs))
        self._forget_lengths(runs)

    def _forget_lengths(self, runs: Sequence[str]) -> None:
        gone = set(runs)
        for key in [key for key in self._lengths if key[0] in gone]:
            del self._lengths[key]

    def _save_run(self, run: Run) -> None:
        self._connection.execute(
            "INSERT INTO runs VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
            (run.id, self._next_place(), bytes(wire.encode_body(run))),
        )

    def _next_place(self) -> int:
        """Return a place after those of all runs. It is searched for once only, in all rows."""
        last = self._last_place
        if last is None:
            # A damaged row may hold anything as its place.
            (last,) = self._connection.execute(
                "SELECT COALESCE(MAX(place), 0) FROM runs WHERE TYPEOF(place) = 'integer'"
            ).fetchone()
        place = last + 1
        self._last_place = place
        return place

    def _save_cells(self, cells: Sequence[StoredCell]) -> None:
        self._connection.execute("DELETE FROM cells")
        self._connection.executemany(
            "INSERT INTO cells VALUES (?, ?, ?)",
            ((place, cell.id, replace_surrogates(cell.source)) for place, cell in enumerate(cells)),
        )

    def _save_widgets(self, batch: Batch) -> None:
        if batch.only_widgets:
            self._connection.execute("DELETE FROM widgets")
        for model, data in batch.widgets.items():
            self._connection.execute("DELETE FROM widgets WHERE id = ?", (model,))
            if data is not None:
                self._connection.execute("INSERT INTO widgets VALUES (?, ?)", (model, data))

    def _save_op(self, run: str, op: Op) -> None:
        match op:
            case DropOutputs():
                self._connection.execute("DELETE FROM outputs WHERE run = ?", (run,))
                self._connection.execute("DELETE FROM chunks WHERE run = ?", (run,))
                self._plots.drop_outputs(run)
                for key in [key for key in self._lengths if key[0] == run]:
                    del self._lengths[key]
            case SetOutput(index=place, output=output):
                self._put(run, place, output)
                self._plots.set_output(run, place, output)
            case ExtendStream():
                self._write(run, op)

    def _put(self, run: str, place: int, output: Output) -> None:
        text = output.text if isinstance(output, Stream) else ""
        row = msgspec.structs.replace(output, text="") if isinstance(output, Stream) else output
        self._connection.execute("DELETE FROM outputs WHERE run = ? AND place = ?", (run, place))
        self._connection.execute("DELETE FROM chunks WHERE run = ? AND place = ?", (run, place))
        self._connection.execute(
            "INSERT INTO outputs VALUES (?, ?, ?)", (run, place, bytes(wire.encode_body(row)))
        )
        self._lengths[run, place] = 0
        if text:
            self._append(run, place, 0, text)

    def _write(self, run: str, op: ExtendStream) -> None:
        place = op.index
        found = self._connection.execute(
            "SELECT data FROM outputs WHERE run = ? AND place = ?", (run, place)
        ).fetchone()
        stream = _output_decoder.decode(found[0]) if found else None
        if isinstance(stream, Stream):
            if op.keep != self._stored_length(run, place):
                self._truncate(run, place, op.keep)
            self._append(run, place, op.keep, op.text)
            row = msgspec.structs.replace(stream, chars=op.chars, lines=op.lines)
            self._connection.execute(
                "UPDATE outputs SET data = ? WHERE run = ? AND place = ?",
                (bytes(wire.encode_body(row)), run, place),
            )

    def _stored_length(self, run: str, place: int) -> int:
        if (run, place) not in self._lengths:
            (length,) = self._connection.execute(
                "SELECT COALESCE(MAX(start + LENGTH(text)), 0) FROM chunks"
                " WHERE run = ? AND place = ?",
                (run, place),
            ).fetchone()
            self._lengths[run, place] = length
        return self._lengths[run, place]

    def _truncate(self, run: str, place: int, keep: int) -> None:
        self._connection.execute(
            "DELETE FROM chunks WHERE run = ? AND place = ? AND start >= ?", (run, place, keep)
        )
        self._connection.execute(
            "UPDATE chunks SET text = SUBSTR(text, 1, ? - start)"
            " WHERE run = ? AND place = ? AND start + LENGTH(text) > ?",
            (keep, run, place, keep),
        )

    def _append(self, run: str, place: int, start: int, text: str) -> None:
        # SQLite's SUBSTR and LENGTH stop at a NUL, so a NUL is stored as its visible symbol.
        clean = replace_surrogates(text).replace("\0", "\N{SYMBOL FOR NULL}")
        if clean:
            self._connection.execute(
                "INSERT INTO chunks VALUES (?, ?, ?, ?)", (run, place, start, clean)
            )
        self._lengths[run, place] = start + len(clean)
