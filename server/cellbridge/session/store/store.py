"""The store: a notebook's runs and outputs in one SQLite file, safe over crashes.

Owns every statement that changes the file's tables (schema.py); rows.py reads them. It must not
know clients, pacing or kernels.

The host is the only writer. Others may read beside it (write-ahead log).

Invariant: what `Store.save` was given is on its way to disk when it returns; a killed process loses
none of it. A damaged file is put aside under another name, never overwritten; what can be read of
it is read. A file that cannot be used for any other reason stays as it is (faults.py).

A run that is forgotten is gone at once, its outputs bit by bit (sweeper.py).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from cellbridge.core.output.outputs import DropOutputs, ExtendStream, Op, Output, SetOutput, Stream
from cellbridge.core.runs.runs import Run
from cellbridge.session import wire
from cellbridge.session.messages import RunView, StoredCell
from cellbridge.session.store import free_space, schema
from cellbridge.session.store.batch import Batch
from cellbridge.session.store.checkpoints import Checkpoints
from cellbridge.session.store.faults import Fault, fault_of
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
        """Where the damaged file lies now whose place this store has taken."""
        self._connection = connection
        self._contents = Contents(connection)
        self._stored: dict[tuple[str, int], int] = {}
        self._checkpoints = Checkpoints(path)
        self._sweeper = Sweeper(connection)

    @classmethod
    def open(cls, path: Path, wait: float = schema.LOCK_SECONDS) -> Store:
        """Open the store at ``path`` for writing, making it where there is none.

        A damaged file, and nothing else, is renamed with the suffix ``.broken`` first.

        Raises:
            sqlite3.Error: the file cannot be used now; faults.py says why. It stays as it is.
            OSError: the same.
        """
        try:
            return cls(path, schema.connect(path, wait))
        except sqlite3.Error as error:
            if fault_of(error, path) is not Fault.DAMAGED:
                raise
            aside = schema.put_aside(path)
            return cls(path, schema.connect(path, wait), aside)

    @classmethod
    def view(cls, path: Path) -> Store:
        """Open the store at ``path`` for reading beside its host, or where it cannot be written.

        Raises:
            sqlite3.Error: it cannot be read; faults.py says why.
            OSError: the same.
        """
        return cls(path, schema.readable(path))

    @classmethod
    def read(cls, path: Path) -> Store | None:
        """Open the store at ``path`` for reading beside its host; None where none can be read."""
        try:
            return cls.view(path) if path.exists() else None
        except (sqlite3.Error, OSError) as error:
            log.info("The store %s cannot be read: %s", path, error)
            return None

    @property
    def unread(self) -> int:
        """How many rows and stretches of pages could not be read so far."""
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
                for run_id, op in batch.merged():
                    self._save_op(run_id, op)
                if batch.cells is not None:
                    self._save_cells(batch.cells)
        except sqlite3.Error:
            self._stored.clear()
            raise
        self._sweeper.forget(batch.forgotten)
        self._checkpoints.look()

    def save_before(self, run: Run, outputs: Sequence[Output]) -> None:
        """Write a run that is older than all that are here, with its outputs; or nothing.

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
        self._checkpoints.look()

    def sweep(self) -> bool:
        """Remove a little of what forgotten runs have left; return whether there is more.

        Raises:
            sqlite3.Error: the disk is full or the file is broken.
        """
        more = self._sweeper.step()
        self._checkpoints.look()
        return more

    def reclaim(self, forgotten: Sequence[str]) -> None:
        """Forget runs on a full disk, and give back the room they took.

        Raises:
            sqlite3.Error: not even that can be done; all is as it was.
        """
        free_space.forget(self._connection, forgotten)
        self._dropped(forgotten)

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
        self._sweeper.look_again()
        self._contents = Contents(self._connection)

    def remember_cells(self, cells: Sequence[StoredCell]) -> None:
        """Replace the remembered cells of the document."""
        self.save(Batch(cells=cells))

    def cells(self) -> list[StoredCell]:
        """Return the cells of the document as they were last remembered, in order."""
        return self._contents.cells()

    def runs(self) -> list[RunView]:
        """Return every run with its outputs in bounded form, oldest first."""
        return [
            RunView(run, self._contents.bounded_outputs(run.id)) for run in self._contents.runs()
        ]

    def outputs(self, run: str) -> list[Output]:
        """Return the outputs of ``run`` with their whole texts."""
        return self._contents.outputs(run)

    def wait_for_locks(self, seconds: float) -> None:
        """Wait so long for another program's lock from now on."""
        self._connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}").fetchall()

    def close(self) -> None:
        """Close the file."""
        self._checkpoints.close()
        self._connection.close()

    def _forget(self, runs: Sequence[str]) -> None:
        self._connection.executemany("DELETE FROM runs WHERE id = ?", ((run,) for run in runs))
        self._dropped(runs)

    def _dropped(self, runs: Sequence[str]) -> None:
        gone = set(runs)
        for key in [key for key in self._stored if key[0] in gone]:
            del self._stored[key]

    def _save_run(self, run: Run) -> None:
        self._connection.execute(
            "INSERT INTO runs VALUES (?, (SELECT COALESCE(MAX(place), 0) + 1 FROM runs), ?)"
            " ON CONFLICT (id) DO UPDATE SET data = excluded.data",
            (run.id, bytes(wire.encode_body(run))),
        )

    def _save_cells(self, cells: Sequence[StoredCell]) -> None:
        self._connection.execute("DELETE FROM cells")
        self._connection.executemany(
            "INSERT INTO cells VALUES (?, ?, ?)",
            ((place, cell.id, wire.sendable(cell.source)) for place, cell in enumerate(cells)),
        )

    def _save_op(self, run: str, op: Op) -> None:
        match op:
            case DropOutputs():
                self._connection.execute("DELETE FROM outputs WHERE run = ?", (run,))
                self._connection.execute("DELETE FROM chunks WHERE run = ?", (run,))
                for key in [key for key in self._stored if key[0] == run]:
                    del self._stored[key]
            case SetOutput(index=place, output=output):
                self._put(run, place, output)
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
        self._stored[run, place] = 0
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
                self._cut(run, place, op.keep)
            self._append(run, place, op.keep, op.text)
            row = msgspec.structs.replace(stream, chars=op.chars, lines=op.lines)
            self._connection.execute(
                "UPDATE outputs SET data = ? WHERE run = ? AND place = ?",
                (bytes(wire.encode_body(row)), run, place),
            )

    def _stored_length(self, run: str, place: int) -> int:
        if (run, place) not in self._stored:
            (length,) = self._connection.execute(
                "SELECT COALESCE(MAX(start + LENGTH(text)), 0) FROM chunks"
                " WHERE run = ? AND place = ?",
                (run, place),
            ).fetchone()
            self._stored[run, place] = length
        return self._stored[run, place]

    def _cut(self, run: str, place: int, keep: int) -> None:
        self._connection.execute(
            "DELETE FROM chunks WHERE run = ? AND place = ? AND start >= ?", (run, place, keep)
        )
        self._connection.execute(
            "UPDATE chunks SET text = SUBSTR(text, 1, ? - start)"
            " WHERE run = ? AND place = ? AND start + LENGTH(text) > ?",
            (keep, run, place, keep),
        )

    def _append(self, run: str, place: int, start: int, text: str) -> None:
        # SQLite's SUBSTR and LENGTH stop at a NUL, so a NUL is stored as its visible sign.
        clean = wire.sendable(text).replace("\0", "\N{SYMBOL FOR NULL}")
        if clean:
            self._connection.execute(
                "INSERT INTO chunks VALUES (?, ?, ?, ?)", (run, place, start, clean)
            )
        self._stored[run, place] = start + len(clean)
