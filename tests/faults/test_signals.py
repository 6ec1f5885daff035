"""The fault matrix, first part: each process is killed or stopped, in each state of a session.

In every case, the shown state is correct, nothing that was stored is lost, and one command is
enough to continue. docs/SECURITY.md shows the whole matrix.
"""

from __future__ import annotations

import os

import psutil
import pytest

from support.fault_scene import KEPT, WORK, Scene, Script, text_of
from support.fault_targets import hosts, kernels, server, suspend, worker
from support.patience import until
from support.sessions import kill

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_WORK = ("running", "printing", "input")


async def test_killed_server(scene: Scene) -> None:
    kill(server(scene))
    await scene.another_editor(crashed=True)
    await scene.each(Script.check_state)
    await scene.each(Script.finish)


async def test_stopped_server(scene: Scene) -> None:
    with suspend([server(scene)]):
        os.kill(server(scene).pid, 0)
    await scene.each(Script.check_state)
    await scene.each(Script.finish)


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
        await script.drop_requests()
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

    with suspend(stopping):
        await scene.each(see)
    await scene.each(
        lambda script: script.until(lambda found: not is_silent(found), "the recovery")
    )
    await scene.each(Script.finish)


def is_silent(found) -> bool:
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
        await script.drop_requests()
        await script.until(
            lambda found: found.kernel.state in {"idle", "dead", "absent"}, "settled"
        )
        await script.check_well()

    await scene.each(see)


async def test_killed_worker(scene: Scene) -> None:
    await scene.analyse()
    process = until(lambda: worker(scene), "the worker")
    process.kill()
    until(lambda: process.status() == psutil.STATUS_ZOMBIE, "the worker's end")
    await scene.each(Script.check_state)
    await scene.complete()
    await scene.each(Script.finish)


async def test_stopped_host(scene: Scene) -> None:
    with suspend(hosts(scene)):
        await scene.each(
            lambda script: script.until(
                lambda found: found.kernel.state == "unresponsive", "the silence"
            )
        )
    await scene.each(Script.check_state)
    await scene.each(Script.finish)


async def test_stopped_worker(scene: Scene) -> None:
    await scene.analyse()
    with suspend([until(lambda: worker(scene), "the worker")]):
        await scene.each(Script.check_state)
        await scene.complete()
        await scene.each(Script.finish)
