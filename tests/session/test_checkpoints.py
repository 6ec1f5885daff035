"""The store's log is copied into its file while the host keeps running."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cellbridge.core.output.outputs import Display, SetOutput
from cellbridge.session.store import checkpoints, schema
from cellbridge.session.store.batch import Batch
from cellbridge.session.store.store import Store
from support.patience import until

PICTURE = "x" * 500_000


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.open(path)
    yield opened
    opened.close()


def save(store: Store, place: int) -> None:
    store.save(Batch(ops=[("a", SetOutput(place, Display({"image/png": PICTURE})))]))


def size_of_log(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size


def has_checkpoint_thread() -> bool:
    return any(one.name == "checkpoints" for one in threading.enumerate())


def test_what_is_saved_comes_into_the_file_and_the_log_begins_anew(
    store: Store, path: Path
) -> None:
    places = itertools.count()
    while not has_checkpoint_thread():
        save(store, next(places))
    # Nothing is saved meanwhile: it is the thread that writes.
    # (The log is a little longer than the file: it holds some pages more than once.)
    until(lambda: path.stat().st_size >= 0.9 * checkpoints.EVERY, "the file to hold it")

    def begun_anew() -> bool:
        save(store, next(places))
        return size_of_log(path) < checkpoints.EVERY

    until(begun_anew, "the log to begin anew")
    store.close()
    assert not has_checkpoint_thread()
    with closing(Store.open(path)) as again:
        assert len(again.outputs("a")) == next(places)


def test_a_log_that_nobody_brings_in_has_a_bound(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOG_LIMIT", 2 * 1024 * 1024)
    monkeypatch.setattr(checkpoints.Checkpoints, "request_if_due", lambda _: None)
    with closing(Store.open(path)) as store:
        for place in range(20):
            save(store, place)
        assert size_of_log(path) < 3 * 1024 * 1024


def test_to_remove_a_picture_does_not_write_as_much_as_to_store_it(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(10):
        save(store, place)
    store.close()  # Which empties the log.
    monkeypatch.setattr(checkpoints.Checkpoints, "request_if_due", lambda _: None)
    with closing(Store.open(path)) as again:
        again.save(Batch(forgotten=["a"]))
        while again.sweep():
            pass
        assert again.outputs("a") == []
        assert size_of_log(path) < len(PICTURE)


def test_a_file_that_somebody_has_removed_is_not_made_anew(store: Store, path: Path) -> None:
    path.unlink()
    for place in range(20):
        save(store, place)
    store.close()
    assert not path.exists()
