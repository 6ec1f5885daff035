"""The process of a kernel: signalled, watched, ended, and what it wrote to its terminal.

Owns one process, started by us (launch.py) or by an earlier process of ours that is gone, and the
files that belong to it. It must not know what a message is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from cellbridge.kernel.channels.connection import Connection
from cellbridge.kernel.process.exit_reason import quiet
from cellbridge.kernel.process.launch import Launched
from cellbridge.kernel.trust.process_identity import is_living

OUTPUT_LIMIT = 64 * 1024
"""Bytes kept of what a kernel writes to stdout and stderr; older ones are forgotten."""
FILE_LIMIT = 1024 * 1024
"""Bytes that may lie in the file meanwhile."""
POLL_SECONDS = 0.5
"""How often a process is asked after where the platform cannot tell us by itself."""


class OutputFile:
    """What a kernel writes to stdout and stderr: a file, as a pipe would break with its reader."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept = b""

    def open(self) -> int:
        """Return a new descriptor for the kernel to write to."""
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def text(self) -> str:
        """Return the last of what was written."""
        return quiet(self._tail().decode("utf-8", "replace"))

    def trim(self) -> None:
        """Cut the file down where it has grown too long; to be called now and then."""
        with contextlib.suppress(OSError):
            if self.path.stat().st_size > FILE_LIMIT:
                self._kept = self._tail()
                # Who appends goes on at the new end, the file's beginning.
                os.truncate(self.path, 0)

    def _tail(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - OUTPUT_LIMIT))
                return (self._kept + file.read())[-OUTPUT_LIMIT:]
        except OSError:
            return self._kept


class KernelProcess:
    """One process of a kernel, from its start to its end."""

    def __init__(self, connection: Connection, output: OutputFile, files: Sequence[Path]) -> None:
        """``files`` are removed with the process."""
        self.connection = connection
        self.output = output
        self.returncode: int | None = None
        self.ended = asyncio.Event()
        self._files = (*files, output.path)

    @property
    def pid(self) -> int:
        """The process id; 0 where there is none to tell."""
        raise NotImplementedError

    def settle(self) -> None:
        """Note that the kernel is ready: what only its start needed can go."""

    async def watch(self) -> int | None:
        """Return the exit code, as Popen gives it, once the process has ended; sets `ended`.

        None where it cannot be known, as of a process that somebody else has started.
        """
        await self._until_signalled()
        while not await self._has_ended():  # noqa: ASYNC110 - next line
            await asyncio.sleep(POLL_SECONDS)  # Wait: a process that is not ours tells nobody.
        self.ended.set()
        return self.returncode

    async def signal(self, number: int) -> None:
        """Send a signal to the kernel and the processes it started; a dead kernel is no error."""
        raise NotImplementedError

    async def terminate(self) -> None:
        """Ask the process to end."""
        raise NotImplementedError

    async def kill(self) -> None:
        """End the process and those it started, without asking."""
        raise NotImplementedError

    async def clean_up(self) -> None:
        """Give back what is held and remove our files; the process has ended."""
        for file in self._files:
            with contextlib.suppress(OSError):
                file.unlink()

    async def _has_ended(self) -> bool:
        """Return whether the process has ended, noting its exit code where it is known."""
        raise NotImplementedError

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


class GroupLeader(KernelProcess):
    """A process that leads a process group of its own: signals are for the whole of it."""

    async def signal(self, number: int) -> None:
        """See `KernelProcess.signal`."""
        # Once the process is gone, the group's id may be somebody else's.
        if not await self._has_ended():
            with contextlib.suppress(OSError):
                os.killpg(self.pid, number)

    async def terminate(self) -> None:
        """See `KernelProcess.terminate`."""
        await self.signal(signal.SIGTERM)

    async def kill(self) -> None:
        """See `KernelProcess.kill`."""
        await self.signal(signal.SIGKILL)

    async def clean_up(self) -> None:
        """See `KernelProcess.clean_up`."""
        # What the kernel left behind, as shell commands of cells. No process can be given the
        # group's id as long as the group has a member.
        end_group(self.pid)
        await super().clean_up()


class OwnProcess(GroupLeader):
    """A process that we have started, our child."""

    def __init__(self, launched: Launched) -> None:
        """See to a process from now on."""
        super().__init__(
            Connection.of(launched.info),
            OutputFile(launched.output),
            launched.files,
        )
        self._popen = launched.popen
        self._launched = launched

    def settle(self) -> None:
        """See `KernelProcess.settle`."""
        self._launched.settle()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    async def _has_ended(self) -> bool:
        self.returncode = self._popen.poll()
        return self.returncode is not None


class AdoptedProcess(GroupLeader):
    """A process that an earlier one of ours has started."""

    def __init__(
        self,
        pid: int,
        started: float,
        connection: Connection,
        output: OutputFile,
        files: Sequence[Path],
    ) -> None:
        super().__init__(connection, output, files)
        self._pid = pid
        self._started = started

    @property
    def pid(self) -> int:
        """The process id."""
        return self._pid

    async def _has_ended(self) -> bool:
        return not is_living(self._pid, self._started)


def end_group(group: int) -> None:
    """Kill every process of a group, unless it is our own."""
    own = os.getpgrp() if hasattr(os, "getpgrp") else 0
    if group > 1 and group != own:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
