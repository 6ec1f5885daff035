"""From opening an editor to a server that answers."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.lsp_client import Client
from bench.rows import Row, Timing, alternate
from bench.typist import OURS, PEER


def start_servers() -> Timing:
    """Start each server, take the time to its answer to `initialize`, and end it."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        return alternate(lambda: start(OURS, directory), lambda: start(PEER, directory), 15)


def open_a_file() -> Timing:
    """Start each server, open a script, and take the time until something is known about it."""
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "script.py"
        script.write_text("# %%\nimport math\n\n# %%\nmath.pi\n")

        def known(command: tuple[str, ...], method: str) -> float:
            before = time.perf_counter()
            with Client(*command, directory=script.parent) as client:
                client.initialize()
                uri = client.open(script)
                assert client.request(method, {"textDocument": {"uri": uri}})
                return time.perf_counter() - before

        return alternate(
            lambda: known(OURS, "textDocument/codeLens"),
            lambda: known(PEER, "textDocument/documentSymbol"),
            15,
        )


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
    Row(
        name="Start: spawn to the first facts about a script",
        ours="`cellbridge lsp`, its code lenses",
        peer="jedi-language-server, its symbols",
        measure=open_a_file,
        at_most=0.8,
    ),
)
