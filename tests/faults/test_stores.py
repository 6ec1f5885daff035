"""The fault matrix, second part: faults by a disk, another program or a cleaner.

The faults of the first group occur while a session is in each of its states; those of the second
exist when its script is opened, and each state is entered with them. docs/SECURITY.md shows the
whole matrix.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from pygls.exceptions import JsonRpcException

from cellbridge.session.store.store import Store
from support.disks import fill, needs_mounts, read_only, small_disk
from support.fault_scene import KEPT, Scene, Script, scene_in, text_of
from support.fault_targets import few_descriptors, hosts, kernels, server
from support.patience import until
from support.sessions import host_of, location_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """The scene, with its stores on a small disk where one can be mounted."""
    folder = tmp_path_factory.mktemp("faults")
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        disk = folder / "disk"
        if not needs_mounts.args[0]:
            stack.enter_context(small_disk(disk, "24m"))
        patch.setenv("CELLBRIDGE_DATA_DIR", str(disk))
        async with scene_in(folder) as scene:
            yield scene


def store_of(script: Script) -> Path:
    return location_of(script.path).store


def stored_texts(script: Script) -> list[str]:
    """Return the results that are in the store of a script."""
    with closing(Store.open_for_reading(store_of(script))) as store:
        outputs = [output for view in store.runs() for output in view.outputs]
        return [str(getattr(output, "data", {}).get("text/plain", "")) for output in outputs]


def messages_with(scene: Scene, words: str) -> list[str]:
    """Return the messages with these words that the editor has shown."""
    return [one.message for one in scene.editor.messages if words in one.message]


async def check_message_per_script(scene: Scene, words: str) -> None:
    """Wait until the editor has shown one message for each script."""
    await scene.editor.until(lambda: len(messages_with(scene, words)) == len(scene.scripts), words)
    assert len(set(messages_with(scene, words))) == len(scene.scripts)


@contextmanager
def lock_store(script: Script) -> Iterator[None]:
    """Keep a script's store from being written, as a backup does."""
    with closing(sqlite3.connect(store_of(script), isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout = 20000")
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


async def test_locked_store(scene: Scene) -> None:
    scene.editor.messages.clear()
    with ExitStack() as stack:
        for script in scene:
            stack.enter_context(lock_store(script))
        await scene.each(Script.finish)
        await check_message_per_script(scene, "locked; close that program")
    for script in scene:
        until(lambda script=script: "'well'" in stored_texts(script)[-1:], "what was kept back")


@needs_mounts
async def test_full_disk(scene: Scene) -> None:
    scene.editor.messages.clear()
    disk = store_of(scene.scripts["idle"]).parent.parent.parent
    ballast = fill(disk)
    try:
        await scene.each(lambda script: script.finish(refusal="No space left on device"))
        await check_message_per_script(scene, "is full; free space")
    finally:
        ballast.unlink()
    for script in scene:
        until(lambda script=script: "'well'" in stored_texts(script)[-1:], "what was kept back")


async def test_no_runtime_directory(scene: Scene) -> None:
    before = [host.pid for host in hosts(scene)]
    for script in scene:
        shutil.rmtree(location_of(script.path).runtime)
    await scene.another_editor()
    await scene.each(Script.check_state)
    await scene.each(Script.finish)
    assert [host.pid for host in hosts(scene)] == before


@pytest.mark.parametrize("target", ["server", "host", "kernel"])
async def test_no_descriptors(scene: Scene, target: str) -> None:
    if target == "server":
        processes = [server(scene)]
    elif target == "host":
        processes = hosts(scene)
    else:
        processes = [kernel for script in scene for kernel in kernels(script)]
    with few_descriptors(processes):
        await scene.each(Script.check_state)
    await scene.each(Script.finish)


# --- faults that exist when the script is opened --------------------------------------------------


@pytest_asyncio.fixture(loop_scope="module")
async def closed(shared_scene: Scene) -> Scene:
    """The scene with an output stored of each script, and no session."""

    async def run_and_stop(script: Script) -> None:
        host = host_of(script.path)
        await script.finish_if_at_work()
        await script.check_well()
        await script.command("shutdown")
        until(lambda: not host.is_running(), "the host's end")

    await shared_scene.enter()
    await shared_scene.each(run_and_stop)
    return shared_scene


async def check_all_states(scene: Scene) -> None:
    """Bring each script into its state, and let it finish."""
    await scene.enter()
    await scene.each(Script.finish)


async def check_kept_output(script: Script) -> None:
    await script.until(lambda found: text_of(found.cells[KEPT]) == "kept\n", "the stored output")


async def test_corrupt_store(closed: Scene) -> None:
    for script in closed:
        store_of(script).write_bytes(b"this is no database" * 1000)
    await closed.another_editor()
    await check_message_per_script(closed, "is damaged; run a cell to put it aside")
    await check_all_states(closed)
    await check_message_per_script(closed, "were damaged and are kept in")
    for script in closed:
        assert list(store_of(script).parent.glob("session.sqlite.broken*"))


async def test_unreadable_row(closed: Scene) -> None:
    for script in closed:
        with closing(sqlite3.connect(store_of(script))) as connection, connection:
            newest = "(SELECT id FROM runs ORDER BY place DESC LIMIT 1)"
            connection.execute(f"UPDATE runs SET data = X'FF' WHERE id = {newest}")
    await closed.another_editor()
    await closed.each(check_kept_output)
    await check_message_per_script(closed, "1 part of the stored outputs")
    await check_all_states(closed)


async def test_newer_schema(closed: Scene) -> None:
    for script in closed:
        with closing(sqlite3.connect(store_of(script))) as connection, connection:
            connection.execute("PRAGMA user_version = 99")
    before = [stored_texts(script) for script in closed]
    await closed.another_editor()
    await closed.each(check_kept_output)
    await check_all_states(closed)
    await check_message_per_script(closed, "a newer version of Cellbridge")
    assert [stored_texts(script) for script in closed] == before
    await closed.each(lambda script: script.command("shutdown"))
    for script in closed:
        with closing(sqlite3.connect(store_of(script))) as connection, connection:
            connection.execute("PRAGMA user_version = 1")


@needs_mounts
async def test_read_only_directory(closed: Scene) -> None:
    with read_only(store_of(closed.scripts["idle"]).parent.parent):
        await closed.another_editor()
        await closed.each(check_kept_output)
        saving = closed.scripts.pop("saving")
        try:
            await check_all_states(closed)
            await saving.run(KEPT)
            with pytest.raises(JsonRpcException, match="Read-only file system; nothing was"):
                await saving.command("saveVariables")
            await saving.check_well()
        finally:
            closed.scripts["saving"] = saving
        await check_message_per_script(closed, "cannot be written; make it writable")
        await closed.each(lambda script: script.command("shutdown"))
