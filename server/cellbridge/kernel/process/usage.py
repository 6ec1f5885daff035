"""The memory and processor time that a kernel uses.

Owns the measurement of a process and those it started. It must not know kernels.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import psutil


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """The resources that a process tree uses at one moment."""

    memory: int
    """Bytes of resident memory."""
    cpu: float
    """Share of one processor since the last measurement, or since its start; 1.0 is all of it."""


@dataclass(slots=True)
class Usage:
    """Repeated measurements of a process tree; the last one is kept, for shares of time."""

    _seen: dict[int, psutil.Process] = field(default_factory=dict[int, psutil.Process])

    def of(self, pid: int) -> ResourceUse:
        """Return the use of the process and its descendants; zero if it does not exist."""
        memory, cpu, seen = 0, 0.0, dict[int, psutil.Process]()
        for process in _tree(pid):
            known = self._seen.get(process.pid, process)
            # A process id may have been given to another process since.
            looked_at = known if known == process else process
            try:
                memory += looked_at.memory_info().rss
                since_last = looked_at.cpu_percent(None) / 100
                cpu += since_last if looked_at is known is not process else _since_start(process)
            except psutil.Error:
                continue
            seen[process.pid] = looked_at
        self._seen = seen
        return ResourceUse(memory, cpu)


def _since_start(process: psutil.Process) -> float:
    times = process.cpu_times()
    return (times.user + times.system) / max(0.1, time.time() - process.create_time())


def _tree(pid: int) -> list[psutil.Process]:
    if pid <= 0:
        return []
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []
