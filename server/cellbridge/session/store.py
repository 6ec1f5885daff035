"""The store: a notebook's runs and outputs in one SQLite file, safe over crashes.

Owns every statement on the file's tables (schema.py). It must not know clients, pacing or kernels.

The host is the only writer. Others may read beside it (write-ahead log).

Invariant: what `Store.save` was given is on its way to disk when it returns; a killed process loses
none of it. A broken file is put aside under another name, never overwritten.

A run that is forgotten is gone at once, its outputs bit by bit (sweeper.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from cellbridge.core.outputs import HEAD_LIMIT, TAIL_LIMIT, Clear, Op, Output, Put, Stream, Write
from cellbridge.core.reduce import bounded, within_bound
from cellbridge.core.runs import Run
from cellbridge.session import schema, wire
from cellbridge.session.batch import Batch
from cellbridge.session.checkpoints import Checkpoints
from cellbridge.session.messages import RunView, StoredCell
from cellbridge.session.sweeper import Sweeper

_run_decoder = msgspec.msgpack.Decoder(Run)
_output_decoder: msgspec.msgpack.Decoder[Output] = msgspec.msgpack.Decoder(Output)


class Store:
    """An open store. Not safe for use from several threads at once."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._stored: dict[tuple[str, int], int] = {}
        self._checkpoints = Checkpoints(path)
        self._sweeper = Sweeper(connection)

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open the store at ``path`` for writing, making it where there is none.

        A file that is not a store of this schema is renamed with the suffix ``.broken`` first.

        Raises:
            sqlite3.Error: the file can neither be used nor replaced, as on a full disk.
        """
        try:
            return cls(path, schema.connect(path))
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not path.exists():
                raise
            schema.put_aside(path)
            return cls(path, schema.connect(path))

    @classmethod
    def read(cls, path: Path) -> Store | None:
        """Open the store at ``path`` for reading beside its host; None where none can be read."""
        if not path.exists():
            return None
        try:
            connection = schema.existing(path, "ro", in_any_thread=True)
        except sqlite3.Error:
            return None
        try:
            schema.check(connection)
            connection.execute("SELECT 1 FROM runs LIMIT 1")
        except sqlite3.Error:
            connection.close()
            return None
        return cls(path, connection)

    def save(self, batch: Batch) -> None:
        """Write everything in ``batch``, or nothing.

        Raises:
            sqlite3.Error: the disk is full or the file is broken; nothing of the batch is stored.
        """
        try:
            with self._connection:
                self._forget(batch.forgotten)
                for run in batch.runs.values():
                    self._save_run(run)
                for run_id, op in batch.merged():
                    self._save_op(run_id, op)
        except sqlite3.Error:
            self._stored.clear()
            raise
        self._checkpoints.look()

    def sweep(self) -> bool:
        """Remove a little of what forgotten runs have left; return whether there is more.

        Raises:
            sqlite3.Error: the disk is full or the file is broken.
        """
        more = self._sweeper.step()
        self._checkpoints.look()
        return more

    def remember_cells(self, cells: Sequence[StoredCell]) -> None:
        """Replace the remembered cells of the document."""
        with self._connection:
            self._connection.execute("DELETE FROM cells")
            self._connection.executemany(
                "INSERT INTO cells VALUES (?, ?, ?)",
                ((place, cell.id, wire.sendable(cell.source)) for place, cell in enumerate(cells)),
            )

    def cells(self) -> list[StoredCell]:
        """Return the cells of the document as they were last remembered, in order."""
        rows = self._connection.execute("SELECT id, source FROM cells ORDER BY place")
        return [StoredCell(*row) for row in rows]

    def runs(self) -> list[RunView]:
        """Return every run with its outputs in bounded form, oldest first."""
        rows = self._connection.execute("SELECT data FROM runs ORDER BY place").fetchall()
        runs = [_run_decoder.decode(data) for (data,) in rows]
        return [RunView(run, list(self._bounded_outputs(run.id))) for run in runs]

    def outputs(self, run: str) -> list[Output]:
        """Return the outputs of ``run`` with their whole texts."""
        whole: list[Output] = []
        for place, output in self._output_rows(run):
            if isinstance(output, Stream):
                chunks = self._connection.execute(
                    "SELECT text FROM chunks WHERE run = ? AND place = ? ORDER BY start",
                    (run, place),
                )
                text = "".join(text for (text,) in chunks)
                whole.append(msgspec.structs.replace(output, text=text))
            else:
                whole.append(output)
        return whole

    def close(self) -> None:
        """Close the file."""
        self._checkpoints.close()
        self._connection.close()

    def _forget(self, runs: Sequence[str]) -> None:
        self._sweeper.forget(runs)
        self._connection.executemany("DELETE FROM runs WHERE id = ?", ((run,) for run in runs))
        gone = set(runs)
        for key in [key for key in self._stored if key[0] in gone]:
            del self._stored[key]

    def _save_run(self, run: Run) -> None:
        self._connection.execute(
            "INSERT INTO runs VALUES (?, (SELECT COALESCE(MAX(place), 0) + 1 FROM runs), ?)"
            " ON CONFLICT (id) DO UPDATE SET data = excluded.data",
            (run.id, bytes(wire.encode_body(run))),
        )

    def _save_op(self, run: str, op: Op) -> None:
        match op:
            case Clear():
                self._connection.execute("DELETE FROM outputs WHERE run = ?", (run,))
                self._connection.execute("DELETE FROM chunks WHERE run = ?", (run,))
                for key in [key for key in self._stored if key[0] == run]:
                    del self._stored[key]
            case Put(index=place, output=output):
                self._put(run, place, output)
            case Write():
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

    def _write(self, run: str, op: Write) -> None:
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

    def _output_rows(self, run: str) -> Iterator[tuple[int, Output]]:
        rows = self._connection.execute(
            "SELECT place, data FROM outputs WHERE run = ? ORDER BY place", (run,)
        ).fetchall()
        for place, data in rows:
            yield place, within_bound(_output_decoder.decode(data))

    def _bounded_outputs(self, run: str) -> Iterator[Output]:
        for place, output in self._output_rows(run):
            if not isinstance(output, Stream):
                yield bounded(output)
                continue
            head, end = self._ends(run, place, output.chars)
            yield msgspec.structs.replace(output, text=head, tail=end)

    def _ends(self, run: str, place: int, chars: int) -> tuple[str, str]:
        where = "FROM chunks WHERE run = ? AND place = ?"
        head = self._connection.execute(
            f"SELECT text {where} AND start < ? ORDER BY start",
            (run, place, HEAD_LIMIT),
        )
        text = "".join(part for (part,) in head)[:HEAD_LIMIT]
        if chars <= HEAD_LIMIT:
            return text, ""
        from_here = max(HEAD_LIMIT, chars - TAIL_LIMIT)
        rows = self._connection.execute(
            f"SELECT start, text {where} AND start + LENGTH(text) > ? ORDER BY start",
            (run, place, from_here),
        )
        return text, "".join(part[max(0, from_here - start) :] for start, part in rows)
