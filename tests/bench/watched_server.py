"""`cellbridge lsp`, with a look at how long its loop is held up. Run as a script.

Owns the look alone. The longest time for which one callback has held the loop, in milliseconds, is
kept in the file whose path is the first argument. What happens before the server is whole does not
count: nobody waits on the loop yet, the greeting aside. It is whole once it collects garbage.
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
    longest = 0.0
    file.write_text("0.0", "ascii")
    original = asyncio.Handle._run

    def run(self: Any) -> None:
        nonlocal longest
        whole = gc.isenabled()
        before = time.perf_counter()
        original(self)
        taken = time.perf_counter() - before
        if whole and taken > longest:
            longest = taken
            file.write_text(f"{longest * 1000:.1f}", "ascii")

    asyncio.Handle._run = run


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
    sys.exit(main.main([]))
