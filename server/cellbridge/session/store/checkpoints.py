"""Checkpoints of the store: its own thread copies the write-ahead log into the store's file.

Owns when that is done, and the thread. It must not know the store's content.

Each checkpoint waits until the disk confirms the writes: fifteen milliseconds, or a second on a
slow disk. If SQLite did it, the saving thread would wait, and the host, which saves, would answer
no client in that time.

Bounds: the thread is woken once per `EVERY` bytes; requests while it works are done as one. If the
disk cannot keep up, the log grows up to a limit, beyond which the saving thread waits after all
(schema.py).
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from pathlib import Path

from cellbridge.session.store import schema

EVERY = 4 * 1024 * 1024
"""Bytes by which the log grows until the next checkpoint: SQLite's own default."""

log = logging.getLogger(__name__)


class Checkpoints:
    """The checkpoints of the store at ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._seen = 0
        """Size of the log when the thread was last woken."""
        self._wanted = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None

    def request_if_due(self) -> None:
        """Wake the thread if the log has grown enough; call it after each write."""
        try:
            size = self._log.stat().st_size
        except OSError:  # The file was removed; the next save will fail.
            return
        self._seen = min(self._seen, size)  # A shorter log has begun again.
        if size - self._seen < EVERY:
            return
        self._seen = size
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
            self._thread.start()
        self._wanted.set()

    def close(self) -> None:
        """End the thread after its present checkpoint."""
        self._ended = True
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while self._wanted.wait() and not self._ended:
            self._wanted.clear()
            try:
                with contextlib.closing(schema.open_existing(self._path, "rw")) as connection:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            except sqlite3.Error as error:
                # Nothing is lost: the log holds everything, and its growth causes another try.
                log.warning("The store's log could not be brought into its file: %s", error)
