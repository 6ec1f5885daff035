"""Variables saved before a restart and restored after it; those that cannot be are named."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.core.saved_variables import SavedVariables, restored_message, saved_message
from cellbridge.session.errors import SessionError
from support import fake_kernel
from support.sessions import (
    PATIENCE,
    Client,
    client_of,
    host_of,
    kernel_of,
    kill,
    location_of,
    session_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

VARIABLES = """
import threading, os
class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return self.x == other.x
def double(x): return 2 * x
numbers = list(range(1000))
same = numbers
point = Point(7)
text = "grüße"
lines = (line for line in ["a"])
lock = threading.Lock()
_private = 1
"""


async def restart(client: Client) -> None:
    await client.session.restart(kernel=None, language="python")


def names(kept: SavedVariables) -> list[str]:
    return [one.name for one in kept.variables]


async def value(client: Client, expression: str) -> str:
    (run,) = await client.run(f"print({expression})")
    assert run.state is RunState.OK
    return client.text(run.id).rstrip("\n")


async def test_variables_come_back_after_a_restart_and_what_cannot_is_named(own: Path) -> None:
    async with client_of(own) as client:
        await client.run(VARIABLES)
        kept = await client.session.save_variables([])
        assert names(kept) == ["numbers", "same", "point", "text"]
        assert [(one.name, one.type) for one in kept.left] == [
            ("lines", "generator"), ("lock", "lock"),
        ]  # fmt: skip
        assert "cannot pickle 'generator' object" in kept.left[0].reason
        said = saved_message(kept)
        assert said.startswith("Saved 4 variables (")
        assert "lock (TypeError: cannot pickle" in said

        file = location_of(own).variables
        assert file.stat().st_mode & 0o777 == 0o600
        assert not list(file.parent.glob("*.part"))

        await restart(client)
        assert await value(client, "'numbers' in globals()") == "False"
        first = await client.session.restore_variables([])
        assert names(first) == ["numbers", "same", "text"]
        assert [one.name for one in first.left] == ["point"]
        assert "Point is not defined yet: run its cell, then restore again" in first.left[0].reason
        assert restored_message(first, first.saved_at + 65).startswith(
            "Restored 3 variables, saved 1 min ago. Not restored: point (Point is not defined"
        )
        assert await value(client, "len(numbers), numbers is same, text") == "1000 True grüße"

        await client.run("class Point: pass")
        second = await client.session.restore_variables(["point", "nothing"])
        assert names(second) == ["point"]
        assert [one.reason for one in second.left] == ["it was not saved"]
        assert await value(client, "point.x") == "7"
        assert client.session.kernel.state is KernelState.IDLE


async def test_nothing_of_it_shows_in_the_kernel(own: Path) -> None:
    async with client_of(own) as client:
        await client.run("x = 1")
        before = await value(client, "sorted(n for n in globals() if n[0] != '_'), len(In)")
        await client.session.save_variables([])
        await client.session.restore_variables([])
        (after,) = await client.run("print(sorted(n for n in globals() if n[0] != '_'), len(In))")
        assert client.text(after.id).replace(" 4", " 3").split() == before.split()
        assert after.count == 3


async def test_a_save_that_saves_nothing_leaves_the_one_before(own: Path) -> None:
    async with client_of(own) as client:
        await client.run("x = 'kept'")
        await client.session.save_variables([])
        await restart(client)
        empty = await client.session.save_variables([])
        assert saved_message(empty) == "There is nothing to save; what was saved before is kept."
        await client.run("bad = (n for n in ())")
        failed = await client.session.save_variables([])
        assert saved_message(failed).startswith(
            "Nothing could be saved; what was saved before is kept. "
        )
        await client.session.restore_variables([])
        assert await value(client, "x") == "kept"


async def test_a_disk_that_is_full_leaves_the_save_before(own: Path) -> None:
    async with client_of(own) as client:
        await client.run("x = 'kept'")
        await client.session.save_variables([])
        # As a full disk does: what is written beyond that fails.
        await client.run(
            "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))\n"
            "x, large = 'new', b'x' * 1_000_000"
        )
        with pytest.raises(SessionError, match="File too large; nothing was changed"):
            await client.session.save_variables([])
        await restart(client)
        assert names(await client.session.restore_variables([])) == ["x"]
        assert await value(client, "x") == "kept"


async def test_a_long_save_can_be_interrupted_and_leaves_the_one_before(own: Path) -> None:
    async with client_of(own) as client:
        code = """
import os, time
class Slow:
    def __reduce__(self):
        os.write(told, b'x')
        time.sleep(1000)
x = 'kept'
"""
        await client.run(code)
        await client.session.save_variables([])
        read, told = os.pipe()
        try:
            path = f"/proc/{os.getpid()}/fd/{told}"
            await client.run(f"told = os.open({path!r}, os.O_WRONLY)\nslow = Slow()")
            saving = asyncio.create_task(client.session.save_variables([]))
            await asyncio.to_thread(os.read, read, 1)
            # The byte comes straight from the kernel; the host's status may come later.
            await client.watcher.until(lambda: client.session.kernel.state is KernelState.BUSY)
            assert client.session.kernel.message == "Saving the variables …"
            await client.session.interrupt()
            with pytest.raises(SessionError, match="interrupted; nothing was changed"):
                await saving
        finally:
            os.close(read)
            os.close(told)
        assert names(await client.session.restore_variables([])) == ["x"]
        assert (client.session.kernel.state, client.session.kernel.message) == (
            KernelState.IDLE, "",
        )  # fmt: skip


async def test_a_kernel_that_dies_while_it_saves_leaves_no_half_file(own: Path) -> None:
    code = """
import os, time
class Slow:
    def __reduce__(self):
        os.write(told, b'x')
        time.sleep(1000)
"""
    read, told = os.pipe()
    part = location_of(own).variables_part
    try:
        async with client_of(own) as client:
            path = f"/proc/{os.getpid()}/fd/{told}"
            await client.run(f"{code}\ntold = os.open({path!r}, os.O_WRONLY)\nslow = Slow()")
            saving = asyncio.create_task(client.session.save_variables([]))
            await asyncio.to_thread(os.read, read, 1)
            assert part.exists()
            kill(kernel_of(own))
            with pytest.raises(SessionError, match="ended meanwhile"):
                await saving
            assert not part.exists()
            # Where the host goes too, the next one cleans up.
            host = host_of(own)
            await client.session.shutdown()
        host.wait(PATIENCE)
        part.write_bytes(b"half")
        async with client_of(own):
            assert not part.exists()
    finally:
        os.close(read)
        os.close(told)


async def test_what_others_could_have_written_is_not_loaded(own: Path) -> None:
    async with client_of(own) as client:
        with pytest.raises(SessionError, match="No kernel runs"):
            await client.session.save_variables([])
        await client.run("x = 1")
        with pytest.raises(SessionError, match="No variables of this script have been saved"):
            await client.session.restore_variables([])
        await client.session.save_variables([])
        file = location_of(own).variables
        file.chmod(0o660)
        with pytest.raises(SessionError, match="Others can write"):
            await client.session.restore_variables([])
        file.chmod(0o600)
        file.write_bytes(b"cellbridge variables 1\nrubbish")
        with pytest.raises(SessionError, match="broken; nothing was restored"):
            await client.session.restore_variables([])


async def test_while_a_cell_runs_it_is_refused(own: Path) -> None:
    async with client_of(own) as client:
        (run_id,) = await client.start("x = 1\nprint('on')\nwhile True: pass")
        await client.watcher.until(lambda: "on\n" in client.text(run_id))
        with pytest.raises(SessionError, match="A cell runs or waits"):
            await client.session.save_variables([])
        await client.session.interrupt()
        await client.session.wait_for_run(run_id)
        assert names(await client.session.save_variables([])) == ["x"]


async def test_a_kernel_that_is_no_ipykernel_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    async with session_of(tmp_path / "script.fake") as client:
        client.kernel = fake_kernel.register(tmp_path / "jupyter")
        await client.run("echo x")
        with pytest.raises(SessionError, match="Only the variables of IPython kernels"):
            await client.session.save_variables([])
