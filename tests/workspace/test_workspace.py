"""Open documents with real sessions: outputs stay with their cells whatever happens to the text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cellbridge.core.document.text import Position, Range
from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.session.errors import SessionError
from cellbridge.workspace.kernel_selection import Preferences
from cellbridge.workspace.notebook import Notebook
from support.notebooks import editor, summarize
from support.sessions import host_of, kernel_of, kill, stop

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
x = 1
# %% first
x + 1
# %% second
print('two')
# %% [markdown]
# text
# %% third
x + 3
"""


@pytest_asyncio.fixture(loop_scope="module")
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "script.py"
    yield path
    await stop(path)


def check_cells(notebook: Notebook, expected: str) -> None:
    lines = [f"{view.first_line}: {summarize(view)}" for view in notebook.views()]
    assert "\n".join(lines) == expected.strip()


async def test_opening_a_document_starts_nothing(path: Path) -> None:
    async with editor() as one:
        notebook = one.open(path, SCRIPT)
        await notebook.fetch_outputs("none")
        assert notebook.kernel.state is KernelState.ABSENT
    with pytest.raises(ValueError, match="not enough values"):
        host_of(path)


async def test_results_follow_their_cells_through_edits(path: Path) -> None:
    async with editor() as one:
        notebook = one.open(path, SCRIPT)
        runs = await notebook.run(range(len(notebook.cells)))
        assert [view.run.state for view in runs] == [RunState.OK] * 4
        check_cells(notebook, "0: ok\n1: ok 2\n3: ok 'two\\n'\n5: -\n7: ok 4")
        one.type(notebook, 0, 0, "# a line above\n\n")
        check_cells(notebook, "0: ok\n3: ok 2\n5: ok 'two\\n'\n7: -\n9: ok 4")
        one.type(notebook, 4, 0, "y = ")
        check_cells(notebook, "0: ok\n3: ok 2 (stale)\n5: ok 'two\\n'\n7: -\n9: ok 4")
        one.type(notebook, 4, 0, "", end=4)
        check_cells(notebook, "0: ok\n3: ok 2\n5: ok 'two\\n'\n7: -\n9: ok 4")


async def test_a_reopened_document_shows_its_outputs_without_a_kernel(path: Path) -> None:
    async with editor() as one:
        notebook = one.open(path, SCRIPT)
        await notebook.run([0, 1, 2])
        await notebook.shutdown()
        await one.until(lambda: notebook.kernel.state is KernelState.STOPPED)
    moved = SCRIPT.replace("x = 1\n", "# new top\nx = 1\n\n").replace("print('two')", "print('2')")
    async with editor() as two:
        notebook = two.open(path, moved)
        await two.until(lambda: notebook.view(1).run is not None)
        check_cells(
            notebook,
            "0: ok (earlier kernel)\n3: ok 2 (earlier kernel)\n"
            "5: ok 'two\\n' (stale · earlier kernel)\n7: -\n9: -",
        )


async def test_a_reopened_document_joins_the_running_session(path: Path) -> None:
    async with editor("first") as one:
        notebook = one.open(path, SCRIPT)
        await notebook.run([0, 1])
        first_ids = notebook.ids
    async with editor("second") as two:
        notebook = two.open(path, SCRIPT.replace("x + 3", "x + 30"))
        await two.until(lambda: notebook.kernel.state is KernelState.IDLE)
        assert notebook.ids == first_ids
        (third,) = await notebook.run([4])
        assert third.run.state is RunState.OK
        check_cells(notebook, "0: ok\n1: ok 2\n3: -\n5: -\n7: ok 31")


async def test_two_editors_on_one_script_see_each_others_runs(path: Path) -> None:
    async with editor("a") as one, editor("b") as two:
        left = one.open(path, SCRIPT)
        await left.run([0])
        right = two.open(path, SCRIPT)
        await two.until(lambda: right.kernel.state is KernelState.IDLE)
        await left.run([1])
        await two.until(lambda: summarize(right.view(1)) == "ok 2")
        await right.run([4])
        await one.until(lambda: summarize(left.view(4)) == "ok 4")
        for each, notebook in ((one, left), (two, right)):
            each.replace(notebook, f"{SCRIPT}# %% added\nx + 123456\n")
        assert left.ids[5] != right.ids[5]
        await right.run([5])
        await one.until(lambda: summarize(left.view(5)) == "ok 123457")
        assert left.ids[5] == right.ids[5]


async def test_an_open_document_joins_the_session_that_another_editor_starts(path: Path) -> None:
    async with editor("a") as one, editor("b") as two:
        left = one.open(path, SCRIPT)
        await left.ready()
        right = two.open(path, SCRIPT)
        await right.warm()
        await right.run([1])
        await one.until(lambda: summarize(left.view(1)) == "error NameError")
        assert left.ids == right.ids


async def test_a_selection_runs_as_part_of_its_cell_without_its_indentation(path: Path) -> None:
    script = "# %%\nif True:\n    a = 5\n    print(a)\n"
    async with editor() as one:
        notebook = one.open(path, script)
        area = Range(Position(2, 2), Position(4, 0))
        (view,) = await notebook.run_selection(area)
        assert view.run.source == "a = 5\nprint(a)"
        assert view.run.origin.line == 2
        check_cells(notebook, "0: -")
        (part,) = notebook.view(0).parts
        assert (part.hint_line, summarize(part)) == (3, "ok '5\\n' (selection)")


async def test_the_run_is_of_the_text_as_it_was_when_asked_for(path: Path) -> None:
    async with editor() as one:
        notebook = one.open(path, "print('before')\n")
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(notebook.run([0]))
            await asyncio.sleep(0)
            one.type(notebook, 0, 7, "after", end=13)
        (view,) = running.result()
        assert view.run.source.strip() == "print('before')"
        check_cells(notebook, "0: ok 'before\\n' (stale)")


async def test_an_unknown_kernel_in_the_header_is_one_sentence(path: Path) -> None:
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     name: no-such\n# ---\n# %%\n1\n"
    async with editor() as one:
        notebook = one.open(path, header)
        with pytest.raises(SessionError, match="no-such"):
            await notebook.run([1])


async def test_the_hosts_death_is_told_and_the_next_run_works(path: Path) -> None:
    async with editor() as one:
        notebook = one.open(path, SCRIPT)
        await notebook.run([0])
        kernel, host = kernel_of(path), host_of(path)
        kernel.kill()
        kill(host)
        await one.until(lambda: notebook.kernel.state is KernelState.DEAD)
        assert "run a cell to start a new one" in notebook.kernel.message
        check_cells(notebook, "0: ok (earlier kernel)\n1: -\n3: -\n5: -\n7: -")
        (view,) = await notebook.run([0])
        assert view.run.state is RunState.OK


async def test_a_killed_host_is_replaced_while_its_kernel_runs_the_cell(path: Path) -> None:
    gate = path.parent / "gate"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.01)"
    async with editor() as one, asyncio.TaskGroup() as tasks:
        notebook = one.open(path, f"# %%\nprint('on')\n{wait}\nprint('over')\n")
        running = tasks.create_task(notebook.run([0]))
        await one.until(lambda: "on\\n" in summarize(notebook.view(0)))
        host = host_of(path)
        kill(host)
        await one.until(lambda: "continues with the same kernel" in notebook.kernel.message)
        assert notebook.kernel.state is KernelState.BUSY
        assert host_of(path) != host
        gate.touch()
        (view,) = await running
        assert (view.run.state, view.run.truncated) == (RunState.OK, True)
        assert summarize(notebook.view(0)) == "ok 'on\\nover\\n'"


async def test_clearing_forgets_the_outputs_for_good(path: Path) -> None:
    async with editor() as one:
        notebook = one.open(path, SCRIPT)
        await notebook.run([0, 1])
        await notebook.clear_outputs([1])
        await one.until(lambda: notebook.view(1).run is None)
        check_cells(notebook, "0: ok\n1: -\n3: -\n5: -\n7: -")
        await notebook.clear_outputs(None)
        await one.until(lambda: notebook.view(0).run is None)


async def test_unsaved_documents_of_two_editors_do_not_share_a_session() -> None:
    async with editor() as one, editor() as two:
        left = one.workspace.open("untitled:Untitled-1", "python", 1, "a = 1\n")
        right = two.workspace.open("untitled:Untitled-1", "python", 1, "'a' in globals()\n")
        try:
            await left.run([0])
            await right.run([0])
            check_cells(right, "0: ok False")
        finally:
            await left.shutdown()
            await right.shutdown()


async def test_settings_reach_documents_that_are_open_already(path: Path) -> None:
    async with editor() as one:
        notebook = one.open(path, "1\n")
        one.workspace.configure(preferences=Preferences("no-such-kernel"), idle_hours=0.5)
        with pytest.raises(SessionError, match="no-such-kernel"):
            await notebook.run([0])
        arguments = host_of(path).cmdline()
        assert arguments[arguments.index("--idle-hours") + 1] == "0.5"
