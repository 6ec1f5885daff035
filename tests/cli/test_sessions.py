"""``cellbridge sessions``: what runs on this machine, and an end to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace
from support.command import Done, cellbridge


class Nobody:
    """A listener that does not listen."""

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None: ...

    def kernel_changed(self, notebook: Notebook) -> None: ...


@pytest.fixture
async def script(tmp_path: Path) -> AsyncIterator[Path]:
    """A script whose session runs and has been left by its editor."""
    path = tmp_path / "script.py"
    path.write_text("x = 1\n")
    async with Workspace(Nobody(), client="An editor") as workspace:
        notebook = workspace.open(path.as_uri(), "python", 1, "x = 1\n")
        await notebook.run([0])
    yield path
    stop(path)


def stop(*arguments: str | Path) -> Done:
    return cellbridge("sessions", "stop", *arguments)


async def test_a_session_is_listed_and_stopped(script: Path) -> None:
    listed = cellbridge("sessions")
    assert listed.code == 0
    flat = "".join(listed.out.split())
    assert str(script) in flat
    assert "python3idle" in flat
    assert "nobody" in flat
    assert stop(script) == Done(0, "1 session stopped.\n", "")
    assert "No session runs" in cellbridge("sessions").out


async def test_all_sessions_are_stopped(script: Path) -> None:
    assert stop("--all") == Done(0, "1 session stopped.\n", "")
    assert stop("--all") == Done(0, "0 sessions stopped.\n", "")


def test_there_is_nothing_to_stop(tmp_path: Path) -> None:
    done = stop(tmp_path / "a.py")
    assert done.code == 1
    assert done.err.startswith(f"No session runs for {tmp_path / 'a.py'};")


@pytest.mark.parametrize("arguments", [[], ["a.py", "--all"]])
def test_stop_what(arguments: list[str]) -> None:
    done = stop(*arguments)
    assert done.code == 2
    assert "name a script, or give --all" in done.err
