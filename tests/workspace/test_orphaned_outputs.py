"""Outputs are kept and find their cells again: after git, renames, other editors and undo."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cellbridge.core.runs.agents import ClientInfo, ClientKind, Scratch
from cellbridge.core.runs.runs import KernelState
from cellbridge.session.locations import of_script
from cellbridge.workspace.kernel_selection import Preferences
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.workspace import Workspace
from support.notebooks import Editor, editor, summarize
from support.sessions import host_of, stop

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOAD = "# %% load\nrows = [3, 1, 2]\nlen(rows)\n"
SORT = "# %% sort\nrows = sorted(rows)\nrows\n"
SHOW = "# %% show\nprint('largest:', max(rows))\n"
ALL = LOAD + SORT + SHOW


@pytest_asyncio.fixture(loop_scope="module")
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """A directory whose scripts' sessions end with the test."""
    yield tmp_path
    for path in scripts(tmp_path):
        await stop(path)


def scripts(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def on_disk(path: Path) -> str:
    return path.read_text("utf-8")


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def summaries_by_title(notebook: Notebook) -> dict[str, str]:
    """Return what each cell shows, by its title."""
    return {view.cell.title: summarize(view) for view in notebook.views()}


async def run_all(path: Path, text: str) -> None:
    """Run a whole script in an editor that is closed then; its kernel is stopped."""
    async with editor() as one:
        notebook = one.open(path, text)
        await notebook.run(range(len(notebook.cells)))
        await notebook.shutdown()
        await one.until(lambda: notebook.kernel.state is KernelState.STOPPED)


async def summaries_when_reopened(path: Path) -> dict[str, str]:
    """Return what a script on disk shows when it is opened now, whether or not a kernel runs."""
    async with editor() as one:
        notebook = one.open(path, on_disk(path))
        await one.until(lambda: any(view.run for view in notebook.views()))
        found = summaries_by_title(notebook).items()
        return {
            title: said.replace(" (earlier kernel)", "").replace(" · earlier kernel", "")
            for title, said in found
        }


async def test_another_branch_and_back(folder: Path) -> None:
    path = folder / "script.py"
    path.write_text(ALL, "utf-8")
    git(folder, "init", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "all")
    git(folder, "checkout", "-b", "short")
    path.write_text("# %% new\n'new cell'\n" + LOAD.replace("3, 1", "9, 1") + SHOW, "utf-8")
    git(folder, "commit", "-am", "short")
    git(folder, "checkout", "main")
    await run_all(path, on_disk(path))
    git(folder, "checkout", "short")
    assert await summaries_when_reopened(path) == {
        "new": "-",
        "load": "ok 3 (stale)",
        "show": "ok 'largest: 3\\n'",
    }
    async with editor() as one:  # What is run there is remembered without the sorting cell.
        notebook = one.open(path, on_disk(path))
        await notebook.run([0])
        assert [one.run.cell_source for one in notebook.orphans()] == ["rows = sorted(rows)\nrows"]
    git(folder, "checkout", "main")
    assert await summaries_when_reopened(path) == {
        "load": "ok 3",
        "sort": "ok [1, 2, 3]",
        "show": "ok 'largest: 3\\n'",
    }


async def test_a_renamed_script_keeps_its_outputs(folder: Path) -> None:
    path = folder / "script.py"
    path.write_text(ALL, "utf-8")
    await run_all(path, ALL)
    renamed = folder / "sub" / "other.py"
    renamed.parent.mkdir()
    path.rename(renamed)
    assert (await summaries_when_reopened(renamed))["sort"] == "ok [1, 2, 3]"
    # A new script at the old path has nothing of the earlier one.
    path.write_text(ALL, "utf-8")
    async with editor() as one:
        notebook = one.open(path, ALL)
        await notebook.run([0])
        assert summaries_by_title(notebook) == {"load": "ok 3", "sort": "-", "show": "-"}
    assert (await summaries_when_reopened(renamed))["sort"] == "ok [1, 2, 3]"
    assert of_script(path).key != of_script(renamed).key


async def test_a_renamed_script_keeps_its_kernel(folder: Path) -> None:
    path, renamed = folder / "script.py", folder / "renamed.py"
    path.write_text(ALL, "utf-8")
    async with editor() as one:
        await one.open(path, ALL).run([0, 1])
        host = host_of(path)
    path.rename(renamed)
    async with editor() as two:
        notebook = two.open(renamed, ALL)
        await two.until(lambda: notebook.kernel.state is KernelState.IDLE)
        await notebook.run([2])
        assert summaries_by_title(notebook)["show"] == "ok 'largest: 3\\n'"
        assert host_of(renamed) == host


async def test_a_copy_begins_anew(folder: Path) -> None:
    path, copy = folder / "script.py", folder / "copy.py"
    for one in (path, copy):
        one.write_text(ALL, "utf-8")
    await run_all(path, ALL)
    async with editor() as one:
        notebook = one.open(copy, ALL)
        await notebook.fetch_outputs("none")
        await notebook.run([0])
        assert summaries_by_title(notebook) == {"load": "ok 3", "sort": "-", "show": "-"}


async def test_what_another_editor_changed_meanwhile(folder: Path) -> None:
    path = folder / "script.py"
    path.write_text(ALL, "utf-8")
    async with editor("first") as one:
        notebook = one.open(path, ALL)
        await notebook.run([0, 1, 2])
        more = "# %% more\n1 + 1\n"
        edited = LOAD + more + SORT.replace("sorted(rows)", "rows[::-1]") + SHOW
        path.write_text(edited, "utf-8")
        async with editor("second") as two:
            other = two.open(path, edited)
            await two.until(lambda: any(view.run for view in other.views()))
            assert summaries_by_title(other) == {
                "load": "ok 3",
                "more": "-",
                "sort": "ok [1, 2, 3] (stale)",
                "show": "ok 'largest: 3\\n'",
            }
            await other.run([1])
        # The first editor loads the file again, as editors do when it changes.
        one.replace(notebook, edited)
        assert summaries_by_title(notebook)["sort"] == "ok [1, 2, 3] (stale)"
    assert (await summaries_when_reopened(path))["sort"] == "ok [1, 2, 3] (stale)"


async def test_an_input_that_ran_again_makes_outputs_stale(folder: Path) -> None:
    path = folder / "script.py"
    path.write_text(ALL, "utf-8")
    async with editor() as one:
        notebook = one.open(path, ALL + "# %% apart\nprint('nothing')\n")
        await notebook.run([0, 1, 2, 3])
        marks = [view.stale for view in notebook.views()]
        assert marks == [None, None, None, None]
        await notebook.run([0])
        assert [view.stale for view in notebook.views()] == [None, "input", "input", None]
        await notebook.run([1])
        assert [view.stale for view in notebook.views()] == [None, None, "input", None]
        await notebook.run([2])
        assert [view.stale for view in notebook.views()] == [None, None, None, None]
        one.type(notebook, 7, 0, "# edited\n")
        assert [view.stale for view in notebook.views()] == [None, None, None, None]
        one.type(notebook, 7, 0, "edited = 1\n")
        assert [view.stale for view in notebook.views()] == [None, None, "text", None]


async def test_outputs_of_removed_cells_are_listed_and_come_back(folder: Path) -> None:
    path = folder / "script.py"
    path.write_text(ALL, "utf-8")
    async with editor() as one:
        notebook = one.open(path, ALL)
        await notebook.run([0, 1, 2])
        sort = notebook.ids[1]
    async with editor() as two:
        notebook = two.open(path, LOAD + SHOW)
        await two.until(lambda: notebook.kernel.state is KernelState.IDLE)
        (orphan,) = notebook.orphans()
        assert (orphan.cell_id, orphan.run.source) == (sort, "rows = sorted(rows)\nrows")
        two.type(notebook, 3, 0, SORT.replace("sort\n", "again\n"))
        assert notebook.orphans() == []
        assert summaries_by_title(notebook)["again"] == "ok [1, 2, 3]"


async def test_beyond_the_limit_the_oldest_of_what_was_removed_is_forgotten(folder: Path) -> None:
    path = folder / "script.py"
    path.write_text(ALL, "utf-8")
    big = "# %% old\nprint('x' * 2_000_000)\n# %% new\nprint('y' * 2_000_000)\n"
    async with editor() as one:
        notebook = one.open(path, big + LOAD)
        await notebook.run([0, 1])
        one.replace(notebook, LOAD)
        one.workspace.configure(preferences=Preferences(), idle_hours=1, limit=10)
        await notebook.run([0])
        assert (len(notebook.orphans()), one.forgotten) == (2, [])
        one.workspace.configure(preferences=Preferences(), idle_hours=1, limit=3)
        await notebook.run([0])
        await one.until(lambda: len(notebook.orphans()) == 1)
        (left,) = notebook.orphans()
        assert left.run.source.startswith("print('y'")
        # The forgotten output, which still exists until it is swept, frees no space a second time.
        await notebook.run([0])
        assert (notebook.orphans(), one.forgotten) == ([left], [1])
        # An agent forgets only what it has run outside the script: its text may lack new cells.
        agent = ClientInfo("Agent", ClientKind.AGENT, allowed=True)
        async with Workspace(Editor(), client=agent) as workspace:
            workspace.limit = 0
            theirs = workspace.open(path.as_uri(), None, 1, SORT)
            await theirs.run([0])
            for source in ("1", "2", "3"):
                await theirs.finish([await theirs.start_code(source, Scratch.COPY)])
            assert [run.source for run in theirs.runs.values() if run.scratch] == ["3"]
            assert left in theirs.orphans()
        assert one.forgotten == [1]
        await notebook.run([0])
        one.workspace.configure(preferences=Preferences(), idle_hours=1, limit=1)
        await notebook.run([0])
        await one.until(lambda: notebook.orphans() == [])
        assert summaries_by_title(notebook)["load"] == "ok 3"
