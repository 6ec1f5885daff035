"""What the store's write-ahead log has gathered, brought into its file by a thread of its own.

Owns when that is done, and the thread. It must not know what is stored.

Each time it has the disk confirm that all is written: fifteen milliseconds, or a second on a slow
one. Left to SQLite, whoever saves waits for it, and the host, which saves, answers nobody then.

Bounds. The thread is woken once per `EVERY` bytes; what is asked of it while it works is done as
one. A disk that cannot keep up lets the log grow up to a limit, beyond which whoever saves waits
after all (schema.py).
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from pathlib import Path

from cellbridge.session.store import schema

EVERY = 4 * 1024 * 1024
"""Bytes that the log grows by until the next checkpoint: as much as SQLite waits for."""

log = logging.getLogger(__name__)


class Checkpoints:
    """Those of the store at ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._seen = 0
        """Bytes of the log when the thread was woken last."""
        self._wanted = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Something has been written: have the thread work if it is time."""
        try:
            size = self._log.stat().st_size
        except OSError:  # Somebody has removed it; the next save meets that.
            return
        self._seen = min(self._seen, size)  # Where it is shorter than it was, it has begun anew.
        if size - self._seen < EVERY:
            return
        self._seen = size
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
            self._thread.start()
        self._wanted.set()

    def close(self) -> None:
        """End the thread, after what it is about."""
        self._ended = True
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while self._wanted.wait() and not self._ended:
            self._wanted.clear()
            try:
                with contextlib.closing(schema.existing(self._path, "rw")) as connection:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            except sqlite3.Error as error:
                # Nothing is lost: the log has it all, and it is tried again when that has grown.
                log.warning("The store's log could not be brought into its file: %s", error)
