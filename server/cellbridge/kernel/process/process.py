"""The process of a kernel: its signals, its end, and its terminal output.

Owns one process, started by us (launch.py) or by an earlier host that has ended, and its files. It
must not know messages.
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
from cellbridge.kernel.process.exit_reason import without_noise
from cellbridge.kernel.process.launch import LaunchedProcess
from cellbridge.kernel.trust.process_identity import is_alive

OUTPUT_LIMIT = 64 * 1024
"""Bytes kept of a kernel's stdout and stderr; older ones are dropped."""
FILE_LIMIT = 1024 * 1024
"""Bytes that the file may hold between two calls of `trim`."""
POLL_SECONDS = 0.5
"""Seconds between two checks of a process, if the platform cannot report its end."""


class OutputFile:
    """The file of a kernel's stdout and stderr; a pipe would break when its reader ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept = b""

    def open(self) -> int:
        """Return a new descriptor for the kernel to write to."""
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def text(self) -> str:
        """Return the end of the output."""
        return without_noise(self._tail().decode("utf-8", "replace"))

    def trim(self) -> None:
        """Shorten the file if it has grown too long; to be called regularly."""
        with contextlib.suppress(OSError):
            if self.path.stat().st_size > FILE_LIMIT:
                self._kept = self._tail()
                # Writers that append continue at the new end, the file's start.
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
        """The process id; 0 if unknown."""
        raise NotImplementedError

    def settle(self) -> None:
        """Note that the kernel is ready, and remove what only its start needed."""

    async def watch(self) -> int | None:
        """Return the exit code, as Popen gives it, once the process has ended; sets `ended`.

        None if it cannot be known, for example for a process that another host has started.
        """
        await self._until_signalled()
        while not await self._has_ended():  # noqa: ASYNC110 - next line
            await asyncio.sleep(POLL_SECONDS)  # Wait: only a child's end is reported to us.
        self.ended.set()
        return self.returncode

    async def signal(self, number: int) -> None:
        """Send a signal to the kernel and the processes it started; ignore a dead kernel."""
        raise NotImplementedError

    async def terminate(self) -> None:
        """Send the process SIGTERM."""
        raise NotImplementedError

    async def kill(self) -> None:
        """Kill the process and those it started."""
        raise NotImplementedError

    async def clean_up(self) -> None:
        """Release resources and remove our files; the process has ended."""
        for file in self._files:
            with contextlib.suppress(OSError):
                file.unlink()

    async def _has_ended(self) -> bool:
        """Return True if the process has ended; note its exit code if it is known."""
        raise NotImplementedError

    async def _until_signalled(self) -> None:
        """Wait without polling, if Linux allows it, until the process has ended."""
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
    """A process that leads its own process group: signals go to the whole group."""

    async def signal(self, number: int) -> None:
        """See `KernelProcess.signal`."""
        # Once the process has ended, the group's id may belong to another group.
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
        # Remaining processes of the kernel, such as shell commands of cells. No process can get the
        # group's id while the group has a member.
        end_group(self.pid)
        await super().clean_up()


class OwnProcess(GroupLeader):
    """A process that we have started: our child."""

    def __init__(self, launched: LaunchedProcess) -> None:
        """Take charge of a process."""
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
    """A process that an earlier host has started."""

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
        return not is_alive(self._pid, self._started)


def end_group(group: int) -> None:
    """Kill every process of a group, unless it is our own."""
    own = os.getpgrp() if hasattr(os, "getpgrp") else 0
    if group > 1 and group != own:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
