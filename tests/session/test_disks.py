"""Whole sessions on disks that are full or read-only: cells run, and why they are not stored."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cellbridge.core.runs.runs import RunState
from cellbridge.session.store import offline_reader
from support.disks import fill, needs_mounts, read_only, small_disk
from support.notebooks import editor, summarize
from support.patience import PATIENCE
from support.sessions import host_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_mounts]

SCRIPT = "# %%\n'a' * 300_000\n# %%\nprint('second')\n"


async def test_on_a_full_disk_a_run_is_answered_truthfully_and_stored_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(disk / "data"))
        async with editor() as one:
            path = tmp_path / "script.py"
            notebook = one.open(path, SCRIPT)
            await notebook.run([0])
            ballast = fill(disk)
            (view,) = await notebook.run([1])
            assert view.run.state is RunState.OK
            assert summarize(notebook.view(1)) == "ok 'second\\n'"
            await one.until(lambda: any("is full" in said for said in notebook.notices))
            assert await notebook.fetch_outputs(view.run.id)
            ballast.unlink()
            await one.until(lambda: not notebook.notices)
            assert view.run.id in [
                view.run.id for view in offline_reader.read_content(notebook.store).runs
            ]
            # To clear makes room, even where not a byte is left.
            fill(disk)
            await notebook.clear_outputs(None)
            (view,) = await notebook.run([1])
            await one.until(lambda: not notebook.notices)
            assert [view.run.id for view in offline_reader.read_content(notebook.store).runs] == [
                view.run.id
            ]
            await notebook.shutdown()


async def test_on_a_read_only_disk_outputs_are_shown_and_cells_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(data))
    path = tmp_path / "script.py"
    async with editor() as one:
        notebook = one.open(path, SCRIPT)
        await notebook.run([1])
        host = host_of(path)
        await notebook.shutdown()
    await asyncio.to_thread(host.wait, PATIENCE)  # It writes to its log until its end.
    with read_only(data):
        async with editor() as one:
            notebook = one.open(path, SCRIPT)
            await notebook.ready()
            earlier = "ok 'second\\n' (earlier kernel)"
            assert summarize(notebook.view(1)) == earlier
            assert not notebook.notices
            (view,) = await notebook.run([0])
            assert view.run.state is RunState.OK
            assert summarize(notebook.view(1)) == earlier
            (said,) = notebook.notices
            assert "make it writable" in said
            await notebook.shutdown()
            # A script that is new has no place for its store at all.
            other = one.open(tmp_path / "other.py", "# %%\n1 + 1\n")
            (view,) = await other.run([0])
            assert view.run.state is RunState.OK
            await other.shutdown()
