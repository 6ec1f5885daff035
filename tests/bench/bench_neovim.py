"""Typing in Neovim while a cell prints more than the user can read."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from bench.rows import Row, Timing
from support import sessions
from support.editor_programs import missing
from support.typing_speed import Typist, p95

VERSION = "nvim-0.11"
ROUNDS = 6


def type_in_a_flood() -> Timing:
    """Type while 100,000 lines arrive and while nothing does, in turns; p95 of each round."""
    if lacking := missing(VERSION):
        sys.exit(lacking)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as scratch:
        typist = Typist(VERSION, Path(scratch))
        try:
            typist.type_during_flood()  # once unmeasured: the kernel starts
            rounds = [
                (p95(typist.type_while_idle()), p95(typist.type_during_flood()))
                for _ in range(ROUNDS)
            ]
        finally:
            typist.close()
            asyncio.run(sessions.stop(typist.script))
    return Timing([flood for _, flood in rounds], [idle for idle, _ in rounds])


ROWS = (
    Row(
        name="Typing in Neovim while a cell prints 100,000 lines",
        ours="keystroke to screen during the flood, p95",
        peer="the same while nothing runs",
        measure=type_in_a_flood,
        at_most=2,
    ),
)
