"""Readers of a kernel's messages: no other user, if it uses our sockets or encrypts."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cellbridge.kernel import live_kernel
from cellbridge.kernel.errors import KernelStartError
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.find.specs import find
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.process.launch import LaunchPlan
from kernel.conftest import FakeSpec
from support import kernel_programs
from support.kernels import NOWHERE, Bench, Follower
from support.second_user import needs_second_user, run_as_other, shared_folder

READ = r"""
import socket, sys
transport, ip, port = sys.argv[1:]
peer = socket.socket(socket.AF_UNIX if transport == "ipc" else socket.AF_INET)
peer.settimeout(20)
heard = b""
def wait_for(word):
    global heard
    while word not in heard:
        piece = peer.recv(65536)
        if not piece:
            sys.exit("closed")
        heard += piece
try:
    peer.connect(f"{ip}-{port}" if transport == "ipc" else (ip, int(port)))
    peer.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48))  # ZMTP's greeting,
    wait_for(b"NULL")
    ready = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
    peer.sendall(bytes([4, len(ready)]) + ready)
    wait_for(b"READY")
    peer.sendall(b"\x00\x01\x01")  # and a wish for everything.
    wait_for(b"secret")
except OSError as error:
    sys.exit(type(error).__name__)
print("read")
"""
"""A program without ZeroMQ that reads a kernel's iopub channel until it meets the word *secret*."""
PRINTING = """
import os, time
while not os.path.exists({!r}):
    print("secret", flush=True)
    time.sleep(0.02)
"""
PICKY = """
import json, os, socket, sys, time
mode, starts, file, *fake = sys.argv[1:]
open(starts, "a").write("x")
info = json.load(open(file))
if info["transport"] == "ipc":
    if mode == "dies":
        sys.exit("no such transport")
    if mode == "elsewhere":
        end = socket.socket(socket.AF_UNIX)
        end.bind(f"{info['ip']}:1")
    time.sleep(600)
os.execv(fake[0], fake)
"""
"""A kernel that does not take sockets, each in its own way; on the loopback it is a fake one."""


def links() -> list[str]:
    """Return the targets of the links in the directory for temporary files."""
    return [os.path.realpath(path) for path in Path("/tmp").glob("c*") if path.is_symlink()]


@asynccontextmanager
async def started(plan: LaunchPlan) -> AsyncIterator[Bench]:
    """Start a kernel by a plan of the test's own."""
    follower = Follower()
    async with asyncio.TaskGroup() as tasks:
        kernel = await Kernel.start(plan, follower, tasks)
        try:
            yield Bench(kernel, follower, plan.cwd)
        finally:
            await kernel.stop()


LANGUAGES = ("ir", "bash", "octave", "xpython")
MISSING = " ".join(filter(None, map(kernel_programs.missing, LANGUAGES)))


def read_as_other(*where: str) -> str:
    """Let another user read a kernel's iopub channel; return the result."""
    with pytest.raises(AssertionError) as caught:
        assert run_as_other(READ, *where) != "read\n", "read"
    return str(caught.value).partition("\n")[0]


@needs_second_user
async def test_another_user_reads_only_what_is_neither_private_nor_encrypted(
    python: Spec, tmp_path: Path
) -> None:
    bare = replace(python, metadata={"supported_encryption": []})
    with shared_folder() as folder:
        plan = LaunchPlan(python, str(tmp_path), folder / "k")
        came = dict[str, str]()
        for name, way in {
            "exposed": replace(plan, spec=bare, loopback=True),  # Positive control.
            "encrypted": replace(plan, loopback=True),
            "private": plan,
        }.items():
            done = tmp_path / name
            async with started(way) as bench:
                run = bench.send(PRINTING.format(str(done)), NOWHERE)
                await bench.follower.until(lambda follower, run=run: bool(follower.text(run)))
                assert bench.kernel._life is not None
                ours = bench.kernel._life.process.connection
                where = (ours.transport, ours.ip, str(ours.ports["iopub"]))
                came[name] = await asyncio.to_thread(read_as_other, *where)
                assert bool(bench.kernel.exposure) is (name == "exposed")
                done.touch()
    assert came["exposed"] == "read"
    assert came["encrypted"] in {"closed", "ConnectionResetError", "BrokenPipeError"}
    assert came["private"] == "PermissionError"


@pytest.mark.skipif(MISSING != "" and not os.environ.get("CI"), reason=MISSING)
@pytest.mark.filterwarnings("ignore:Passing unrecognized:DeprecationWarning")
async def test_kernels_of_other_languages_take_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(kernel_programs.jupyter_path()))

    async def transport(name: str, folder: str) -> str:
        plan = LaunchPlan(find(name, ""), folder, Path(folder) / name)
        async with started(plan) as bench:
            assert bench.kernel._life is not None
            # The short name that its sockets were made under is gone again.
            assert f"{folder}/{name}" not in links()
            return bench.kernel._life.process.connection.transport

    with tempfile.TemporaryDirectory(prefix="cbt") as folder:
        found = await asyncio.gather(*(transport(name, folder) for name in LANGUAGES))
    assert dict(zip(LANGUAGES, found, strict=True)) == dict.fromkeys(LANGUAGES, "ipc")


@pytest.mark.parametrize("mode", ["dies", "elsewhere", "silent"])
async def test_a_kernel_that_takes_no_sockets_is_found_out_once(
    mode: str, fake: FakeSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_kernel, "LOST_SECONDS", 0.5)
    monkeypatch.setattr(live_kernel, "LISTEN_SECONDS", 3.0 if mode == "elsewhere" else 0.0)
    starts = tmp_path / "starts"
    argv = (sys.executable, "-c", PICKY, mode, str(starts), "{connection_file}", *fake().argv)
    spec = replace(fake(), argv=argv)
    with tempfile.TemporaryDirectory(prefix="cbt") as folder:
        plan = LaunchPlan(spec, folder, Path(folder) / "k", notes=tmp_path / "notes")
        strict = replace(plan, allow_unencrypted=False)
        reason = "no such transport|exit code 1" if mode == "dies" else "allowUnencrypted forbids"
        with pytest.RaisesGroup(pytest.RaisesExc(KernelStartError, match=reason)):
            async with started(strict):
                pytest.fail("nothing was to be started that others can read")
        assert list((Path(folder) / "k").iterdir()) == []
        starts.write_text("")
        for count in (2, 3):  # Tried on sockets the first time only.
            async with started(plan) as bench:
                assert (await bench.run("echo on")).text == "on\n"
                assert "without encryption, so other users" in bench.kernel.exposure
                assert len(starts.read_text()) == count
        with pytest.RaisesGroup(pytest.RaisesExc(KernelStartError, match="forbids; choose")):
            async with started(strict):
                pytest.fail("nothing was to be started that others can read")
        assert list((Path(folder) / "k").iterdir()) == []
