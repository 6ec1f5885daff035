"""`cellbridge lsp`, with a measurement of how long its loop is blocked. Run as a script.

Owns the measurement alone. The longest time for which one callback has held the loop is kept in the
file whose path is the first argument: in milliseconds by the clock, then in those of the processor
that any callback took at most, then the callback's name. The two differ if other processes had the
processor. Callbacks before the server is complete do not count: no client waits for the loop yet,
except for initialize. It is complete once it collects garbage.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from pathlib import Path
from typing import Any

from cellbridge.lsp import main


def watch(file: Path) -> None:
    """Take the time of every callback from now on."""
    longest = most = 0.0
    file.write_text("0 0 nothing", "utf-8")
    original = asyncio.Handle._run

    def run(self: Any) -> None:
        nonlocal longest, most
        whole = gc.isenabled()
        before, worked = time.perf_counter(), time.thread_time()
        original(self)
        taken, worked = time.perf_counter() - before, time.thread_time() - worked
        if whole and (taken > longest or worked > most):
            longest, most = max(taken, longest), max(worked, most)
            file.write_text(f"{longest * 1000:.1f} {most * 1000:.1f} {self!r}", "utf-8")

    asyncio.Handle._run = run


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
    sys.exit(main.main([]))
