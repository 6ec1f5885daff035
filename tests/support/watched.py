"""Run a module of cellbridge as ``python -m`` does, and report what blocks its event loop.

    python tests/support/watched.py MODULE ARGUMENTS…

Owns the hook that sees calls which may wait for a disk, a peer or another process, made by the
thread of a running event loop. It goes by the calls' names, never by how long they take, and writes
each to the directory of reports, where `support.blocking` finds it. It must import nothing but
Python's own, as it runs before the program that it watches.
"""

from __future__ import annotations

import logging
import os
import runpy
import sys
import traceback
from types import FrameType
from typing import Any

EVENTS = frozenset(
    {
        "fcntl.flock", "fcntl.lockf", "glob.glob", "open", "os.link", "os.listdir", "os.mkdir",
        "os.posix_spawn", "os.remove", "os.rename", "os.rmdir", "os.scandir", "os.symlink",
        "os.system", "os.truncate", "shutil.copyfile", "shutil.move", "shutil.rmtree",
        "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "sqlite3.connect",
        "subprocess.Popen", "tempfile.mkdtemp", "tempfile.mkstemp", "time.sleep",
    }
)  # fmt: skip
"""Python's audit events of calls that may wait."""
REPORTS = "CELLBRIDGE_TEST_BLOCKING"
"""Environment variable with the directory of reports."""
OURS = f"{os.sep}cellbridge{os.sep}"
DEPTH = 7
"""Number of Cellbridge functions that a report names, from the innermost."""


def frames(frame: FrameType | None) -> list[FrameType]:
    """Return the stack, innermost first."""
    found: list[FrameType] = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found


def logged(stack: list[FrameType]) -> str:
    """Return what was being written to the log, if the stack is one of the log's."""
    for frame in stack:
        if isinstance(record := frame.f_locals.get("record"), logging.LogRecord):
            return f"{logging.Formatter().format(record)}\n"
    return ""


class Watch:
    """The hook, for as long as the process lives."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._reporting = False
        self._seen: set[str] = set()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in EVENTS or self._reporting:
            return
        # While asyncio itself is being imported, the function is not there yet.
        running = getattr(sys.modules.get("asyncio.events"), "_get_running_loop", None)
        if running is None or running() is None:
            return
        self._reporting = True
        try:
            self._report(event, arguments, frames(sys._getframe(1)))
        finally:
            self._reporting = False

    def _report(self, event: str, arguments: tuple[Any, ...], stack: list[FrameType]) -> None:
        if event == "socket.connect" and arguments[0].gettimeout() == 0:
            return  # The socket does not block.
        names = [frame.f_code.co_filename for frame in stack]
        if any("importlib._bootstrap" in name or "base_subprocess" in name for name in names):
            # A module is imported once in a process; and asyncio starts processes on its loop.
            return
        ours = [frame.f_code.co_qualname for frame in stack if OURS in frame.f_code.co_filename]
        who = " < ".join(ours[:DEPTH])
        if f"{event} {who}" in self._seen:
            return
        self._seen.add(f"{event} {who}")
        text = "".join(traceback.format_list(traceback.extract_stack(stack[0], 2 * DEPTH)))
        path = os.path.join(self._directory, f"{os.getpid()}-{len(self._seen)}")  # noqa: PTH118 - light
        with open(f"{path}.part", "w", encoding="utf-8") as report:  # noqa: PTH123 - light
            report.write(f"{event}\n{who}\n{arguments!r:.300}\n{text}{logged(stack)}")
        os.rename(f"{path}.part", f"{path}.txt")  # noqa: PTH104 - light


if __name__ == "__main__":
    # The folder of this file, in which a program would find the tests' modules.
    del sys.path[0]
    if REPORTS in os.environ:
        sys.addaudithook(Watch(os.environ[REPORTS]))
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
