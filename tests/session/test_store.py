"""The store: saved batches are read again, whole, after any event."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.output.output_reducer import OutputLog
from cellbridge.core.output.outputs import (
    HEAD_LIMIT,
    TAIL_LIMIT,
    Display,
    DropOutputs,
    ExtendStream,
    Op,
    SetOutput,
    Stream,
)
from cellbridge.core.runs.runs import Origin, Run, RunState
from cellbridge.session.messages import StoredCell
from cellbridge.session.store.batch import Batch
from cellbridge.session.store.store import Store


def run(name: str, state: RunState = RunState.OK) -> Run:
    return Run(
        id=name, cell_id=name, source="x", cell_source="x", origin=Origin("/a.py", 0), state=state
    )


def save_and_reopen(path: Path, *batches: Batch) -> Store:
    """Save the batches, close, and open again as another process would."""
    store = Store.open(path)
    for batch in batches:
        store.save(batch)
    store.close()
    return Store.open(path)


def stream_ops(*texts: str) -> list[tuple[str, Op]]:
    log = OutputLog()
    return [
        ("a", op) for text in texts for op in log.apply("stream", {"name": "stdout", "text": text})
    ]


def test_runs_and_outputs_are_there_again_in_order(path: Path) -> None:
    display = Display({"text/plain": "2", "image/png": "aGk="}, count=3)
    first = Batch(runs={"a": run("a"), "b": run("b")}, ops=[("a", SetOutput(0, display))])
    store = save_and_reopen(path, first, Batch(runs={"a": run("a", RunState.ERROR)}))
    assert [(v.run.id, v.run.state, v.outputs) for v in store.runs()] == [
        ("a", RunState.ERROR, [display]),
        ("b", RunState.OK, []),
    ]
    store.close()


def test_a_long_stream_is_whole_in_the_store_and_bounded_for_clients(path: Path) -> None:
    text = "".join(f"line {n}\n" for n in range(30_000))
    pieces = [text[at : at + 7_001] for at in range(0, len(text), 7_001)]
    ops = stream_ops(*pieces)
    half = len(ops) // 2
    store = save_and_reopen(path, Batch({"a": run("a")}, ops[:half]), Batch({}, ops[half:]))
    (whole,) = store.outputs("a")
    assert isinstance(whole, Stream)
    assert whole.text == text
    ((view),) = store.runs()
    (shown,) = view.outputs
    assert isinstance(shown, Stream)
    assert (shown.text, shown.tail) == (text[:HEAD_LIMIT], text[-TAIL_LIMIT:])
    assert (shown.chars, shown.lines) == (len(text), 30_000)
    store.close()


@given(
    st.lists(
        st.lists(st.text(alphabet="ab\r\n\x08", max_size=8), min_size=1, max_size=6),
        min_size=1,
        max_size=6,
    )
)
def test_overwritten_lines_are_stored_as_a_terminal_shows_them(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("store") / "s.sqlite"
    store, log = Store.open(path), OutputLog()
    store.save(Batch({"a": run("a")}))
    for texts in batches:
        ops: list[tuple[str, Op]] = [
            ("a", op)
            for text in texts
            for op in log.apply("stream", {"name": "stdout", "text": text})
        ]
        store.save(Batch({}, ops))
    assert store.outputs("a") == log.outputs
    store.close()


def test_a_cleared_output_is_gone_and_what_follows_stands_first(path: Path) -> None:
    ops: list[tuple[str, Op]] = [*stream_ops("old"), ("a", DropOutputs())]
    ops += stream_ops("new")
    store = save_and_reopen(path, Batch({"a": run("a")}, ops))
    assert store.outputs("a") == [Stream("stdout", "new", 3, 0)]
    store.close()


def test_forgetting_a_run_takes_its_outputs_along(path: Path) -> None:
    store = save_and_reopen(path, Batch({"a": run("a")}, stream_ops("x")), Batch(forgotten=["a"]))
    assert store.runs() == []
    while store.sweep():
        pass
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM chunks").fetchone() == (0,)
    store.close()


def test_text_that_utf8_or_sqlite_cannot_hold_is_stored_with_its_length(path: Path) -> None:
    text = "a\0b\ud800c"
    ops: list[tuple[str, Op]] = [
        ("a", SetOutput(0, Stream("stdout", text, 5, 0))),
        ("a", ExtendStream(0, 5, "!", 6, 0)),
    ]
    store = save_and_reopen(path, Batch({"a": run("a")}, ops))
    (stream,) = store.outputs("a")
    assert isinstance(stream, Stream)
    assert stream.text == "a\N{SYMBOL FOR NULL}b\N{REPLACEMENT CHARACTER}c!"
    store.close()


def test_cells_are_remembered_in_order(path: Path) -> None:
    store = Store.open(path)
    store.save_cells([StoredCell("x", "1"), StoredCell("y", "2")])
    store.save_cells([StoredCell("y", "2\ud800"), StoredCell("x", "1")])
    assert [cell.id for cell in store.cells()] == ["y", "x"]
    store.close()


def test_a_reader_sees_what_the_writer_has_saved_and_cannot_write(path: Path) -> None:
    assert Store.open_if_readable(path) is None
    writer = Store.open(path)
    writer.save(Batch({"a": run("a")}, stream_ops("x")))
    reader = Store.open_if_readable(path)
    assert reader is not None
    assert [view.run.id for view in reader.runs()] == ["a"]
    with pytest.raises(sqlite3.OperationalError):
        reader.save(Batch({"b": run("b")}))
    reader.close()
    writer.close()


@pytest.mark.parametrize(
    "junk", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 200]
)
def test_a_broken_file_is_put_aside_and_work_goes_on(path: Path, junk: bytes) -> None:
    path.write_bytes(junk)
    store = Store.open(path)
    store.save(Batch({"a": run("a")}))
    assert len(store.runs()) == 1
    store.close()
    aside = list(path.parent.glob("*.broken1"))
    assert [file.read_bytes() for file in aside] == ([junk] if junk else [])


def test_a_failed_save_stores_nothing_of_its_batch(path: Path) -> None:
    store = Store.open(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON outputs BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(sqlite3.IntegrityError):
        store.save(Batch({"a": run("a")}, [("a", SetOutput(0, Display({})))]))
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TRIGGER full")
    assert store.runs() == []
    store.save(Batch({"a": run("a")}, stream_ops("x")))
    assert msgspec.structs.asdict(store.outputs("a")[0])["text"] == "x"
    store.close()


def test_only_the_user_can_read_it(path: Path) -> None:
    Store.open(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_forgotten_runs_leave_is_swept_away_in_small_steps(path: Path) -> None:
    pictures: list[tuple[str, Op]] = [
        ("a", SetOutput(at, Display({"image/png": "aGk="}))) for at in range(20)
    ]
    keeps: tuple[str, Op] = "b", SetOutput(0, Display({"text/plain": "kept"}))
    store = save_and_reopen(
        path, Batch(runs={"a": run("a"), "b": run("b")}, ops=[*pictures, keeps])
    )
    store.save(Batch(forgotten=["a"]))
    assert [view.run.id for view in store.runs()] == ["b"]
    assert store.sweep()
    store.close()
    # The host ended in between; the next one continues.
    store = Store.open(path)
    steps = 1
    while store.sweep():
        steps += 1
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT run FROM outputs").fetchall() == [("b",)]
    assert steps > 2
    assert [len(view.outputs) for view in store.runs()] == [1]
    store.close()
