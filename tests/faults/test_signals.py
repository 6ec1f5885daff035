"""The fault matrix, first part: each process is killed or stopped, in each state of a session.

What holds in every case: the state is told as it is, nothing that was stored is lost, and one
command is enough to go on. docs/SECURITY.md shows the whole matrix.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psutil
import pytest
import pytest_asyncio

from support.fault_scene import KEPT, WORK, Scene, Script, scene_in, text_of
from support.patience import until
from support.sessions import host_of, kill, location_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_WORK = ("running", "printing", "input")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with scene_in(tmp_path_factory.mktemp("faults")) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def scene(standing: Scene) -> Scene:
    await standing.enter()
    return standing


@contextmanager
def stopped(processes: list[psutil.Process]) -> Iterator[None]:
    """Have processes stand still meanwhile."""
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def hosts(scene: Scene) -> list[psutil.Process]:
    return [host_of(script.path) for script in scene]


def kernels(script: Script) -> list[psutil.Process]:
    """Return the session's kernel processes, those that are starting among them."""
    directory = str(location_of(script.path).kernel)
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if directory in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:  # It has just ended.
            continue
    return found


def server(scene: Scene) -> psutil.Process:
    return psutil.Process(scene.editor._server.pid)


def worker(scene: Scene) -> psutil.Process:
    (child,) = [one for one in server(scene).children() if "jedi_worker" in str(one.cmdline())]
    return child


async def test_killed_server(scene: Scene) -> None:
    kill(server(scene))
    for script in scene:
        script.pending.clear()
    await scene.another_editor()
    await scene.each(Script.check_state)
    await scene.each(Script.go_on)


async def test_stopped_server(scene: Scene) -> None:
    with stopped([server(scene)]):
        os.kill(server(scene).pid, 0)
    await scene.each(Script.check_state)
    await scene.each(Script.go_on)


async def test_killed_kernel(scene: Scene) -> None:
    for script in scene:
        for kernel in kernels(script):
            kill(kernel)

    async def see(script: Script) -> None:
        found = await script.until(lambda found: found.kernel.state == "dead", "the death")
        assert found.kernel.message
        if script.state in AT_WORK:
            run = found.cells[WORK].run
            assert run is not None
            assert (run.state, bool(run.note)) == ("lost", True)
            assert found.cells[WORK].outputs or script.state == "input"
        assert text_of(found.cells[KEPT]) == "kept\n"
        await script.end()
        await script.check_well()

    (scene.scripts["starting"].folder / "hold").unlink()
    await scene.each(see)


async def test_stopped_kernel(scene: Scene) -> None:
    stopping = [kernel for script in scene for kernel in kernels(script)]

    async def see(script: Script) -> None:
        if script.state == "starting":
            await script.check_state()
            return
        await script.until(lambda found: "does not react" in found.kernel.message, "the silence")

    with stopped(stopping):
        await scene.each(see)
    await scene.each(lambda script: script.until(lambda found: not silent(found), "the recovery"))
    await scene.each(Script.go_on)


def silent(found) -> bool:
    return "does not react" in found.kernel.message


async def test_killed_host(scene: Scene) -> None:
    for host in hosts(scene):
        kill(host)
    (scene.scripts["starting"].folder / "hold").unlink()

    async def see(script: Script) -> None:
        if script.state in AT_WORK:
            await script.check_state()
        if script.state == "input":
            await script.command("answerInput", text="you")
        await script.end()
        await script.until(
            lambda found: found.kernel.state in {"idle", "dead", "absent"}, "settled"
        )
        await script.check_well()

    await scene.each(see)


async def test_killed_worker(scene: Scene) -> None:
    process = worker(scene)
    process.kill()
    until(lambda: process.status() == psutil.STATUS_ZOMBIE, "the worker's end")
    await scene.each(Script.check_state)
    await scene.each(Script.go_on)
