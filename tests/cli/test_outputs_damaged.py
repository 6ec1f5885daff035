"""`cellbridge outputs` with damaged stores: a sentence, an exit code, and a remedy."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cellbridge.session import locations
from cellbridge.session.messages import StoredCell
from cellbridge.session.store.batch import Batch
from support import sessions
from support.command import COMMAND, Done, cellbridge
from support.stores import showing, stored

SCRIPT = "# %% one\nfirst = 1\n# %% two\nsecond = 22\n"
JUNK = b"this is no database" * 1000


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A script with two cells whose outputs are stored."""
    monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, "utf-8")
    location = locations.of_script(path)
    location.prepare()
    locations.note(location)
    one, two = SCRIPT[:19], SCRIPT[19:]
    cells = Batch(cells=[StoredCell("a", one), StoredCell("b", two)])
    stored(location.store, showing("r1", "1 ✓", "a"), showing("r2", "22 ü", "b"))
    with closing(sqlite3.connect(location.store)) as connection, connection:
        connection.execute("DELETE FROM cells")
        for place, cell in enumerate(cells.cells or ()):
            connection.execute("INSERT INTO cells VALUES (?, ?, ?)", (place, cell.id, cell.source))
    yield path
    asyncio.run(sessions.stop(path))


def store_of(script: Path) -> Path:
    return locations.of_script(script).store


def check_sentence(done: Done, part: str) -> None:
    """Check that a command ended with one sentence on stderr."""
    assert done.err.count("\n") == 1, done.err
    assert part in done.err


def test_a_store_that_is_none_is_named_and_can_be_cleared(script: Path) -> None:
    store_of(script).write_bytes(JUNK)
    for arguments in (["list"], ["list", script]):
        done = cellbridge("outputs", *arguments)
        assert done.code == 1
        check_sentence(done, "is damaged; run a cell to put it aside")
        assert store_of(script).read_bytes() == JUNK
    done = cellbridge("outputs", "export", script)
    assert done.code == 2
    assert "Traceback" not in done.err
    done = cellbridge("outputs", "clear", script)
    assert (done.code, done.out, done.err) == (0, "1 damaged file removed.\n", "")
    done = cellbridge("outputs", "list", script)
    assert (done.code, done.out) == (0, f"{script} has no stored outputs.\n"), done.err


def test_a_row_that_cannot_be_read_is_counted_and_can_be_cleared(script: Path) -> None:
    with closing(sqlite3.connect(store_of(script))) as connection, connection:
        connection.execute("UPDATE runs SET data = X'FF' WHERE id = 'r2'")
    done = cellbridge("outputs", "list", script)
    assert done.code == 1
    assert "1 ✓" in done.out
    check_sentence(done, "1 part of the stored outputs")
    done = cellbridge("outputs", "clear", script)
    assert (done.code, done.out) == (0, "The outputs of 1 cell deleted.\n"), done.err
    done = cellbridge("outputs", "list", script)
    assert (done.code, done.out) == (0, f"{script} has no stored outputs.\n"), done.err


def test_what_was_put_aside_is_recovered(script: Path) -> None:
    store = store_of(script)
    assert "No damaged file" in cellbridge("outputs", "recover", script).out
    aside = store.rename(store.with_name("session.sqlite.broken1"))
    done = cellbridge("outputs", "recover", script)
    assert done.code == 0, done.err
    assert done.out == (
        "2 runs recovered, 0 left out because their cells have outputs, "
        f"0 parts could not be read.\nThe damaged file stays until you delete it: {aside}\n"
    )
    done = cellbridge("outputs", "list")
    assert done.code == 0, done.err
    assert str(script) in done.out
    assert "0 runs recovered, 2 left out" in cellbridge("outputs", "recover", script).out


@pytest.mark.parametrize("variables", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_any_text_is_printed_in_any_locale(script: Path, variables: dict[str, str]) -> None:
    done = subprocess.run(
        [*COMMAND, "outputs", "list", str(script)],
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"22 " in done.stdout
