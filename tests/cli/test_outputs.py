"""`cellbridge outputs`: stored outputs are listed, exported and cleared."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import sessions
from support.command import cellbridge
from support.notebooks import editor

SCRIPT = """\
# %% one
x = 20
x + 22
# %% two
from IPython.display import display
print('a' * 100_000)
display({'text/html': '<b>hi</b>', 'image/svg+xml': '<svg/>', 'application/x-thing': 'T'}, raw=True)
# %% three
1 / 0
# %% four
print('gone soon', x)
"""
KEPT = SCRIPT[: SCRIPT.index("# %% four")]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a script that was run, then edited; its session has ended."""
    data = tmp_path / "data"
    monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(data))
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, "utf-8")
    asyncio.run(ran(path))
    path.write_text(KEPT.replace("x = 20", "x = 21"), "utf-8")
    yield path
    if path.exists():
        asyncio.run(sessions.stop(path))


async def ran(path: Path) -> None:
    async with editor() as one:
        notebook = one.open(path, SCRIPT)
        for index in range(4):
            await notebook.run([index])
        await notebook.shutdown()


def rows(text: str) -> list[list[str]]:
    """Return a printed table without its headings and ages."""
    lines = [[part.strip() for part in line.split("  ")] for line in text.split("\n")[1:]]
    return [[part for part in line if part not in {"", "now"}] for line in lines if any(line)]


def test_the_cells_of_a_script_are_listed_with_their_marks(script: Path) -> None:
    done = cellbridge("outputs", "list", script)
    assert done.code == 0, done.err
    assert rows(done.out) == [
        ["1: one", "stale", "42"],
        ["4: two", "fresh", "svg"],
        ["8: three", "fresh", "✗ ZeroDivisionError: division by zero"],
        ["print('gone soon', x)", "orphaned", "gone soon 20"],
    ]


def test_all_scripts_are_listed(script: Path) -> None:
    done = cellbridge("outputs", "list")
    ((name, cells, size),) = rows(done.out)
    assert (name, cells) == (str(script), "4")
    assert size.endswith(("kB", "MB"))
    script.unlink()
    assert rows(cellbridge("outputs", "list").out)[0][0] == f"{script} (gone)"
    assert cellbridge("outputs", "clear", "--gone").out == "The outputs of 1 script deleted.\n"
    assert cellbridge("outputs", "list").out == "No script has stored outputs.\n"


def test_everything_is_exported_whole(script: Path) -> None:
    done = cellbridge("outputs", "export", script.name, cwd=script.parent)
    assert (done.code, done.out) == (0, "7 files written to script-outputs.\n"), done.err
    made = script.parent / "script-outputs"
    files = {str(one.relative_to(made)): one for one in made.rglob("*") if one.is_file()}
    assert sorted(files) == [
        "01-one/1.txt",
        "02-two/1-stdout.txt",
        "02-two/2-application-x-thing.bin",
        "02-two/2.html",
        "02-two/2.svg",
        "03-three/1-error.txt",
        "removed-01/1-stdout.txt",
    ]
    assert files["02-two/1-stdout.txt"].stat().st_size == 100_001
    assert files["02-two/2.html"].read_text("utf-8") == "<b>hi</b>"
    assert files["removed-01/1-stdout.txt"].read_text("utf-8") == "gone soon 20\n"
    again = cellbridge("outputs", "export", script.name, cwd=script.parent)
    assert again.code == 2
    assert again.err == "script-outputs already exists; name a new directory with --to.\n"
    assert not list(script.parent.glob(".script-outputs*"))


def test_outputs_of_removed_cells_are_cleared_alone(script: Path) -> None:
    done = cellbridge("outputs", "clear", script, "--removed")
    assert (done.code, done.out) == (0, "The outputs of 1 cell deleted.\n"), done.err
    assert len(rows(cellbridge("outputs", "list", script).out)) == 3
    assert cellbridge("outputs", "clear", script).out == "The outputs of 3 cells deleted.\n"
    assert cellbridge("outputs", "list", script).out == f"{script} has no stored outputs.\n"
    assert cellbridge("outputs", "clear", script).out == f"{script} has no stored outputs.\n"


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    assert cellbridge("outputs", "list", "no-such.py", cwd=tmp_path).err == (
        "no-such.py does not exist; check the path.\n"
    )
    assert cellbridge("outputs", "clear").code == 2
    assert cellbridge("outputs", "clear", "a.py", "--gone").code == 2
    (tmp_path / "empty.py").write_text("", "utf-8")
    done = cellbridge("outputs", "export", "empty.py", cwd=tmp_path)
    assert (done.code, done.err) == (2, "empty.py has no stored outputs; run its cells first.\n")
