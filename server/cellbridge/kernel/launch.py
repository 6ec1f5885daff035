"""The process of a kernel: started through jupyter_client's provisioners, signalled, ended.

Owns processes, connection files and what a kernel writes to its terminal. It must not know what a
message is.

Every start gets file names of its own inside the plan's directory, so that a new kernel never meets
the sockets of an old one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from cellbridge.kernel.connection import Connection
from cellbridge.kernel.errors import KernelStartError
from cellbridge.kernel.exits import quiet
from cellbridge.kernel.specs import Spec, missing_program, to_jupyter

OUTPUT_LIMIT = 64 * 1024
"""Bytes kept of what a kernel writes to stdout and stderr; older ones are forgotten."""
IPC_LIMIT = 100
"""Longest path of a Unix socket that every platform takes."""
POLL_SECONDS = 0.5
"""How often a process is asked after where the platform cannot tell us by itself."""

_QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
"""Keeps ipykernel's debugger from writing four lines of advice into the first output."""

_log = logging.getLogger(__name__)
_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """Everything needed to start a kernel, and to start it again."""

    spec: Spec
    cwd: str
    directory: Path
    """Ours alone (0700): connection files and sockets lie in it, so its path should be short."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added to our own environment."""


class Tail:
    """Reads a pipe in a thread and remembers its end, so that the writer never blocks."""

    def __init__(self) -> None:
        reader, self.write_end = os.pipe()
        self._bytes = bytearray()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._read, args=(reader,), name="cellbridge-output", daemon=True
        )
        self._thread.start()

    def text(self, *, settle: float = 0.0) -> str:
        """Return what is remembered, after waiting up to ``settle`` seconds for the pipe to end."""
        if settle:
            self._thread.join(settle)
        with self._lock:
            return quiet(bytes(self._bytes).decode("utf-8", "replace"))

    def _read(self, reader: int) -> None:
        with open(reader, "rb", buffering=0) as pipe:
            while chunk := pipe.read(8192):
                with self._lock:
                    self._bytes += chunk
                    del self._bytes[:-OUTPUT_LIMIT]


class KernelProcess:
    """One process of a kernel, from its start to its end."""

    def __init__(self, manager: AsyncKernelManager, tail: Tail, connection: Connection) -> None:
        """Use `launch`."""
        self.connection = connection
        self.returncode: int | None = None
        self.ended = asyncio.Event()
        self._manager = manager
        self._tail = tail

    @property
    def pid(self) -> int:
        """The process id; 0 where the provisioner has none to tell."""
        return int(getattr(self._provisioner, "pid", 0) or 0)

    @property
    def _provisioner(self) -> Any:
        return self._manager.provisioner  # untyped in jupyter_client, and never None after launch

    def output(self, *, settle: float = 0.0) -> str:
        """Return the last of what the process wrote to stdout and stderr."""
        return self._tail.text(settle=settle)

    async def watch(self) -> int | None:
        """Return the exit code, as Popen gives it, once the process has ended; sets `ended`."""
        await self._until_signalled()
        while (code := await self._provisioner.poll()) is None:  # noqa: ASYNC110 - next line
            await asyncio.sleep(POLL_SECONDS)  # Wait: a process that is not ours tells nobody.
        self.returncode = int(code)
        self.ended.set()
        return self.returncode

    async def signal(self, number: int) -> None:
        """Send a signal to the kernel and the processes it started; a dead kernel is no error."""
        with contextlib.suppress(OSError):
            await self._provisioner.send_signal(number)

    async def terminate(self) -> None:
        """Ask the process to end."""
        with contextlib.suppress(OSError, ValueError):
            await self._provisioner.terminate()

    async def kill(self) -> None:
        """End the process and those it started, without asking."""
        with contextlib.suppress(OSError, ValueError):
            await self._provisioner.kill()

    async def clean_up(self) -> None:
        """Give back what the provisioner holds and remove our files; the process has ended."""
        self._end_group()
        with contextlib.suppress(OSError, ValueError):
            await self._provisioner.wait()
        await self._provisioner.cleanup(restart=False)
        self._manager.cleanup_connection_file()
        self._manager.cleanup_ipc_files()

    def _end_group(self) -> None:
        """Kill what the kernel left behind in its own process group, as shell commands of cells."""
        group = int(getattr(self._provisioner, "pgid", 0) or 0)
        if group > 1 and group != _own_group():
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)

    async def _until_signalled(self) -> None:
        """Wait without polling, where Linux lets us, until the process has ended."""
        if not sys.platform.startswith("linux") or not self.pid:
            return
        loop = asyncio.get_running_loop()
        try:
            descriptor = os.pidfd_open(self.pid)
        except OSError:
            return
        ended = asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)


async def launch(plan: LaunchPlan) -> KernelProcess:
    """Start a kernel's process.

    Raises:
        KernelStartError: it could not be started at all.
    """
    problem = missing_program(plan.spec)
    if problem is not None:
        raise problem
    _check_directory(plan)
    manager = _manager(plan)
    tail = Tail()
    try:
        command, options = await _untyped(manager).pre_start_kernel(
            cwd=plan.cwd,
            env={**_QUIET, **os.environ, **plan.env},
            stdout=tail.write_end,
            stderr=tail.write_end,
        )
        provisioner: Any = manager.provisioner
        info = await provisioner.launch_kernel(command, **options)
        await provisioner.post_launch(**options)
        return KernelProcess(manager, tail, Connection.of(cast("Mapping[str, Any]", info)))
    except (OSError, ValueError, RuntimeError) as error:
        raise KernelStartError(
            f"The kernel {plan.spec.name} could not start ({error}). "
            "Repair its environment or choose another kernel."
        ) from error
    finally:
        os.close(tail.write_end)


def _check_directory(plan: LaunchPlan) -> None:
    if not Path(plan.cwd).is_dir():
        raise KernelStartError(
            f"The kernel {plan.spec.name} could not start: its working directory {plan.cwd} does "
            "not exist. Save the script in a directory that does."
        )


def _manager(plan: LaunchPlan) -> AsyncKernelManager:
    """Return a manager whose connection file, and sockets where possible, lie in our directory.

    Only what ipykernel starts is sure to know the ipc transport. Others listen on the loopback
    interface, encrypted where their kernelspec says that they can.
    """
    plan.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = str(plan.directory.absolute() / f"k{os.getpid()}-{next(_serial)}")
    private = plan.spec.runs_ipykernel and sys.platform != "win32" and len(stem) + 4 <= IPC_LIMIT
    where = {"transport": "ipc", "ip": stem} if private else {"transport": "tcp"}
    return AsyncKernelManager(
        kernel_name=plan.spec.name,
        kernel_spec_manager=_OneSpec(to_jupyter(plan.spec)),
        connection_file=f"{stem}.json",
        transport_encryption="disabled" if private else _encryption(),
        **where,
    )


class _OneSpec(KernelSpecManager):
    """Answers every question for a kernelspec with the one that was chosen."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 - the base class's signature
        """Return the chosen spec."""
        return self._spec


def _encryption() -> str:
    import zmq  # noqa: PLC0415 - beside its only use

    return "auto" if zmq.has("curve") else "disabled"


def _own_group() -> int:
    return os.getpgrp() if hasattr(os, "getpgrp") else 0


def _untyped(value: object) -> Any:
    return value
