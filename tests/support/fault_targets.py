"""The processes of a fault scene, and the faults done to them.

Owns the search for them. It must not know the expected results.
"""

from __future__ import annotations

import itertools
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from support.fault_scene import Scene, Script
from support.sessions import host_of, location_of


@contextmanager
def suspend(processes: list[psutil.Process]) -> Iterator[None]:
    """Suspend processes while the block runs."""
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
            named = directory in " ".join(process.cmdline())
            # A kernel leads a session; a child of it looks like one until it runs its own program.
            if named and os.getsid(process.pid) == process.pid:
                found.append(process)
        except (psutil.Error, ProcessLookupError):  # It has just ended.
            continue
    return found


def server(scene: Scene) -> psutil.Process:
    return psutil.Process(scene.editor._server.pid)


def worker(scene: Scene) -> psutil.Process | None:
    """Return the analyser's process; None without one."""
    for child in server(scene).children():
        if child.status() != psutil.STATUS_ZOMBIE and "jedi_worker" in str(child.cmdline()):
            return child
    return None


@contextmanager
def few_descriptors(processes: list[psutil.Process], spare: int = 0) -> Iterator[None]:
    """Leave each process ``spare`` free file descriptors."""
    before = [process.rlimit(resource.RLIMIT_NOFILE) for process in processes]
    try:
        for process, (_, hard) in zip(processes, before, strict=True):
            used = {int(entry.name) for entry in Path(f"/proc/{process.pid}/fd").iterdir()}
            free = (number for number in itertools.count() if number not in used)
            limit = next(itertools.islice(free, spare, None))
            process.rlimit(resource.RLIMIT_NOFILE, (limit, hard))
        yield
    finally:
        for process, limits in zip(processes, before, strict=True):
            process.rlimit(resource.RLIMIT_NOFILE, limits)
