"""From opening an editor to a server that answers."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bench.lsp_client import Client
from bench.rows import Row, Timing, alternate

SCRIPTS = Path(sys.executable).parent
OURS = (str(SCRIPTS / "cellbridge"), "lsp")
PEER = (str(SCRIPTS / "jedi-language-server"),)


def start_servers() -> Timing:
    """Start each server, take the time to its answer to `initialize`, and end it."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        return alternate(lambda: start(OURS, directory), lambda: start(PEER, directory), 15)


def start(command: tuple[str, ...], directory: Path) -> float:
    """Return the seconds from a server's start to its first answer."""
    before = time.perf_counter()
    with Client(*command, directory=directory) as client:
        client.initialize()
        return time.perf_counter() - before


ROWS = (
    Row(
        name="Start: spawn to the answer to `initialize`",
        ours="`cellbridge lsp`",
        peer="jedi-language-server",
        measure=start_servers,
        at_most=0.8,
    ),
)
