"""Stores that are damaged: what can be read is read, and no byte of the file is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbridge.core.output.outputs import Display, Stream
from cellbridge.session.host.resilient_store import ResilientStore
from cellbridge.session.messages import RecoveryResult
from cellbridge.session.store import offline_reader, output_size, schema
from cellbridge.session.store.store import Store
from support.stores import batch_with_display, batch_with_stream, names, write_store

DEEP = b"\x91" * 5_000 + b"\xc0"
"""MessagePack of a list in a list, so often that to decode it would take a deep stack."""
WRONG: list[tuple[str, object]] = [
    ("UPDATE runs SET data = ? WHERE id = 'r1'", b"\xff no MessagePack"),
    ("UPDATE runs SET data = ? WHERE id = 'r1'", "text"),
    ("UPDATE runs SET data = ? WHERE id = 'r1'", DEEP),
    ("UPDATE runs SET place = ? WHERE id = 'r1'", "no number"),
    ("UPDATE outputs SET data = ? WHERE run = 'r1'", b"\x81\xa4type\xa7unknown"),
    ("UPDATE outputs SET data = ? WHERE run = 'r1'", DEEP),
    ("UPDATE chunks SET text = ? WHERE run = 'r2'", b"\x00\xff"),
    ("UPDATE cells SET source = ?", b"\x00\xff"),
]


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement, values).rowcount


def three_runs(path: Path) -> Path:
    return write_store(
        path,
        batch_with_display("r0", "first"),
        batch_with_display("r1", "second"),
        batch_with_stream("r2", "third\n"),
    )


@pytest.mark.parametrize(("statement", "value"), WRONG)
def test_a_row_that_cannot_be_read_is_left_out_and_counted(
    path: Path, statement: str, value: object
) -> None:
    change(three_runs(path), statement, value)
    found = offline_reader.read_content(path)
    assert [view.run.id for view in found.runs if view.outputs][:1] == ["r0"]
    (notice,) = found.notices
    assert notice.startswith("1 part of the stored outputs")
    storage = ResilientStore(path, "/a.py")
    assert len(storage.open()) == len(found.runs)
    for name in ("r0", "r1", "r2"):
        storage.outputs(name)
        offline_reader.read_outputs(path, name)
    assert storage.notices == ([] if "cells" in statement else [notice])
    storage.close()
    assert not schema.list_put_aside(path)


def test_text_that_is_no_utf8_is_shown_with_signs_in_its_place(path: Path) -> None:
    change(three_runs(path), "UPDATE chunks SET text = CAST(X'61FF62' AS TEXT)")
    (text,) = offline_reader.read_outputs(path, "r2")
    assert isinstance(text, Stream)
    assert text.text == "a\N{REPLACEMENT CHARACTER}b"


def test_a_page_that_cannot_be_read_takes_no_other_along(path: Path) -> None:
    batches = [batch_with_display(f"r{n:03}", "x" * 900) for n in range(200)]
    write_store(path, *batches)
    whole = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT pageno FROM dbstat WHERE name = 'runs' AND pagetype = 'leaf'"
        try:
            pages = [number for (number,) in connection.execute(query)]
        except sqlite3.OperationalError:  # This SQLite was built without dbstat.
            pages = [7]
    page = pages[len(pages) // 2] - 1
    whole[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    path.write_bytes(whole)
    found = offline_reader.read_content(path)
    ids = [view.run.id for view in found.runs]
    assert 150 < len(ids) < 200
    assert {ids[0], ids[-1]} == {"r000", "r199"}
    assert found.notices


def test_a_damaged_file_keeps_its_log_beside_it_and_its_name_is_reported(path: Path) -> None:
    junk = b"this is no database" * 1000
    path.write_bytes(junk)
    log = path.with_name("session.sqlite-wal")
    log.write_bytes(b"a log")
    storage = ResilientStore(path, "/a.py")
    assert storage.open() == []
    aside = path.with_name("session.sqlite.broken1")
    assert aside.read_bytes() == junk
    assert aside.with_name(f"{aside.name}-wal").read_bytes() == b"a log"
    (notice,) = storage.notices
    assert str(aside) in notice
    assert "cellbridge outputs recover" in notice
    assert storage.save(batch_with_display("new", "works"))
    storage.close()


def test_a_log_put_aside_by_a_killed_host_finds_its_file_again(path: Path) -> None:
    path.write_bytes(b"no database at all, and more than a header of one" * 10)
    log = path.with_name("session.sqlite.broken1-wal")
    log.write_bytes(b"a log")
    Store.open(path).close()
    assert path.with_name("session.sqlite.broken1").exists()
    assert log.read_bytes() == b"a log"


def test_another_programs_database_is_put_aside_unchanged(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE addresses (name TEXT)")
    before = path.read_bytes()
    Store.open(path).close()
    assert path.with_name("session.sqlite.broken1").read_bytes() == before


def test_damage_that_shows_on_writing_costs_nothing_that_can_be_read(path: Path) -> None:
    three_runs(path)
    storage = ResilientStore(path, "/a.py")
    assert len(storage.open()) == 3
    # The index of the runs, which reading them does not need, is gone.
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_runs_1'"
        ).fetchone()
    storage.close()
    whole = bytearray(path.read_bytes())
    whole[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(whole)
    storage = ResilientStore(path, "/a.py")
    assert len(storage.open()) == 3
    assert storage.save(batch_with_display("r3", "fourth"))
    assert storage.take_replaced_runs() == {"r0", "r1", "r2"}
    assert "damaged" in storage.notices[0]
    storage.close()
    with closing(Store.open(path)) as store:
        assert names(store) == ["r0", "r1", "r2", "r3"]
        (text,) = store.outputs("r2")
        assert isinstance(text, Stream)
        assert text.text == "third\n"


def test_a_newer_store_is_only_read(path: Path) -> None:
    change_version(three_runs(path), 99)
    before = path.read_bytes()
    storage = ResilientStore(path, "/a.py")
    assert [view.run.id for view in storage.open()] == ["r0", "r1", "r2"]
    (notice,) = storage.notices
    assert "newer version of Cellbridge" in notice
    assert not storage.save(batch_with_display("r3", "fourth"), now=True)
    storage.close()
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.broken*"))
    change_version(path, schema.SCHEMA)
    with closing(Store.open(path)) as store:
        assert names(store) == ["r0", "r1", "r2"]


def change_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def test_what_was_put_aside_is_recovered_once_and_takes_no_newer_outputs_place(
    path: Path,
) -> None:
    three_runs(path)
    path.rename(path.with_name("session.sqlite.broken1"))
    storage = ResilientStore(path, "/a.py")
    storage.open()
    assert storage.save(batch_with_display("new", "newer", cell="r1"))
    known = {"r1"}

    def recovered() -> RecoveryResult:
        *views, counts = storage.recover(lambda: known)
        known.update(view.run.cell_id for view in views if not isinstance(view, RecoveryResult))
        assert isinstance(counts, RecoveryResult)
        return counts

    first = recovered()
    assert (first.runs, first.older, first.unread) == (2, 1, 0)
    assert (again := recovered()).runs == 0, again
    storage.close()
    with closing(Store.open(path)) as store:
        assert names(store) == ["r0", "r2", "new"]
        assert store.outputs("r0") == [Display({"text/plain": "first"})]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with nothing wrong."""
    return three_runs(tmp_path_factory.mktemp("sound") / "session.sqlite")


Change = bytes | float | list[tuple[int, bytes]]
"""A content; the remaining share of a sound store; or other values for some of its bytes."""
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=200).map(lambda rest: b"SQLite format 3\0" + rest),
    st.floats(0, 1),
    st.lists(
        st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=64)),
        min_size=1,
        max_size=20,
    ),
)


def apply_damage(sound: bytes, change: Change) -> bytes:
    """Return the bytes of a store of which some are others, or missing."""
    if isinstance(change, bytes):
        return change
    if isinstance(change, int | float):
        return sound[: int(len(sound) * change)]
    # Most of a small store is zeros, where a change changes nothing.
    places = [at for at, byte in enumerate(sound) if byte]
    made = bytearray(sound)
    for number, new in change:
        at = places[number % len(places)]
        made[at : at + len(new)] = new
    return bytes(made)


@settings(max_examples=60)
@given(change=CHANGES)
def test_any_bytes_as_a_store_end_nothing_and_none_is_lost(
    tmp_path_factory: pytest.TempPathFactory, sound: Path, change: Change
) -> None:
    path = tmp_path_factory.mktemp("any") / "session.sqlite"
    content = apply_damage(sound.read_bytes(), change)
    path.write_bytes(content)
    # As the language server and the commands read it: nothing may change.
    found = offline_reader.read_content(path)
    offline_reader.read_cells(path)
    for view in found.runs:
        offline_reader.read_outputs(path, view.run.id)
    output_size.used_bytes(path)
    output_size.measure(path, ["r0"])
    assert path.read_bytes() == content
    # As a host uses it: a file that is given up keeps its bytes.
    storage = ResilientStore(path, "/a.py")
    storage.open()
    aside = schema.list_put_aside(path)
    assert [one.read_bytes() for one in aside] in ([], [content])
    storage.save(batch_with_display("new", "new"), now=True)
    storage.save(batch_with_display("r0", "first again"), now=True)
    storage.sweep()
    list(storage.recover(set))
    storage.clear()
    storage.close()
