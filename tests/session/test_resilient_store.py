"""A host's store on disks that are full, read-only or locked: no file is touched, nothing lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cellbridge.session.host.resilient_store import RETRY_SECONDS, ResilientStore
from cellbridge.session.store import offline_reader
from cellbridge.session.store.store import Store
from support.disks import fill, needs_mounts, read_only, small_disk
from support.stores import batch_with_display, names, write_store

PICTURE = "x" * 100_000


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def lock_store(path: Path) -> Iterator[None]:
    """Hold the lock that keeps others from reading and writing, as another program may."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("COMMIT")


def stored_runs(path: Path) -> list[str]:
    with closing(Store.open_for_reading(path)) as store:
        return names(store)


def other_files(path: Path) -> list[str]:
    """Return the names of files next to a store, without SQLite's own files."""
    own = {path.name, f"{path.name}-wal", f"{path.name}-shm", "ballast"}
    return [one.name for one in path.parent.iterdir() if one.name not in own]


def test_a_locked_store_is_left_alone_and_used_once_it_is_free(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cellbridge.session.store.schema.LOCK_SECONDS", 0.1)
    write_store(path, batch_with_display("r0", "first"))
    clock = Clock()
    storage = ResilientStore(path, "/a.py", clock)
    with lock_store(path):
        assert storage.open() == []
        (notice,) = storage.notices
        assert "holds" in notice
        assert "locked" in notice
        assert not storage.save(batch_with_display("r1", "second"), now=True)
        assert "locked" in offline_reader.read_content(path).notices[0]
    assert not other_files(path)
    assert not storage.save(batch_with_display("r1", "second")), "it is not tried at every call"
    clock.now += RETRY_SECONDS
    assert storage.save(batch_with_display("r1", "second"))
    assert storage.notices == []
    assert [view.run.id for view in storage.late_runs()] == ["r0", "r1"]
    assert storage.late_runs() == []
    storage.close()
    assert stored_runs(path) == ["r0", "r1"]


def test_a_short_lock_is_no_news(path: Path) -> None:
    clock = Clock()
    storage = ResilientStore(path, "/a.py", clock)
    storage.open()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not storage.save(batch_with_display("r0", "first"))
        assert storage.notices == []
        clock.now += RETRY_SECONDS
        assert not storage.save(batch_with_display("r0", "first"))
        assert len(storage.notices) == 1
        other.execute("ROLLBACK")
    assert storage.save(batch_with_display("r0", "first"), now=True)
    assert storage.notices == []
    storage.close()


@needs_mounts
def test_a_full_disk_at_the_start_changes_nothing_and_is_used_once_there_is_room(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        path = write_store(disk / "session.sqlite", batch_with_display("r0", "first"))
        before = path.read_bytes()
        ballast = fill(disk)
        storage = ResilientStore(path, "/a.py")
        assert [view.run.id for view in storage.open()] == ["r0"]
        assert "full" in storage.notices[0]
        assert not storage.save(batch_with_display("r1", "second"), now=True)
        assert path.read_bytes() == before
        assert not other_files(path)
        ballast.unlink()
        assert storage.save(batch_with_display("r1", "second"), now=True)
        assert storage.notices == []
        storage.close()
        assert stored_runs(path) == ["r0", "r1"]


@needs_mounts
@pytest.mark.parametrize("case", ["changed", "opened full", "at its start"])
def test_on_a_full_disk_what_is_forgotten_makes_room(tmp_path: Path, case: str) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        path = disk / "session.sqlite"
        write_store(path, *(batch_with_display(f"r{n}", PICTURE) for n in range(5)))
        if case == "at its start":
            fill(disk)
        storage = ResilientStore(path, "/a.py")
        storage.open()
        if case == "changed":
            assert storage.save(batch_with_display("more", "small"))
        fill(disk)
        batch = batch_with_display("new", PICTURE)
        assert not storage.save(batch, now=True)
        batch.forgotten = ["r0", "r1", "r2"]
        assert storage.save(batch, now=True)
        assert storage.notices == []
        storage.close()
        assert {"r3", "r4", "new"} <= {*stored_runs(path)} <= {"r3", "r4", "new", "more"}


@needs_mounts
def test_on_a_full_disk_everything_can_be_cleared(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        path = disk / "session.sqlite"
        storage = ResilientStore(path, "/a.py")
        storage.open()
        # All is in the log, which cannot be copied into the file: there is no space for it.
        assert storage.save(batch_with_display("r0", PICTURE * 5))
        fill(disk)
        batch = batch_with_display("new", PICTURE)
        batch.forgotten = ["r0"]
        assert not storage.save(batch, now=True)
        assert storage.clear()
        batch.forgotten = []
        assert storage.save(batch, now=True)
        storage.close()
        assert stored_runs(path) == ["new"]


@needs_mounts
@pytest.mark.parametrize("log", [False, True])
def test_outputs_on_a_read_only_disk_are_shown_and_new_ones_are_not_stored(
    tmp_path: Path,
    log: bool,
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "session.sqlite"
    write_store(path, batch_with_display("r0", "first"))
    if log:  # A killed host leaves one, with its last outputs.
        store = Store.open(path)
        store.save(batch_with_display("r1", "second"))
        for suffix in ("", "-wal"):
            (folder / f"copy{suffix}").write_bytes((folder / f"{path.name}{suffix}").read_bytes())
        store.close()
        for suffix in ("", "-wal"):
            (folder / f"copy{suffix}").replace(folder / f"{path.name}{suffix}")
    with read_only(folder):
        found = offline_reader.read_content(path)
        assert [view.run.id for view in found.runs] == (["r0", "r1"] if log else ["r0"])
        assert found.notices == []
        storage = ResilientStore(path, "/a.py")
        assert len(storage.open()) == len(found.runs)
        (notice,) = storage.notices
        assert "make it writable" in notice
        assert not storage.save(batch_with_display("r2", "third"), now=True)
        storage.close()
    assert not other_files(path)
