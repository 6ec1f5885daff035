"""From pressing "run" to seeing the result."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bench.lsp_client import Client
from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate

CELLBRIDGE = str(Path(sys.executable).with_name("cellbridge"))


def run_a_cell() -> Timing:
    """Run `pass` through the whole of cellbridge, and on a bare kernel."""
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "script.py"
        script.write_text("# %%\npass\n")
        with Client(CELLBRIDGE, "lsp", directory=script.parent) as client, RawKernel() as kernel:
            client.initialize()
            cell = {"uri": client.open(script), "position": {"line": 1, "character": 0}}

            def ours() -> float:
                before = time.perf_counter()
                answer = client.command("cellbridge.runCell", cell)
                taken = time.perf_counter() - before
                assert [one["state"] for one in answer["cells"]] == ["ok"], answer
                return taken

            timing = alternate(ours, lambda: kernel.execute("pass"), 200)
            client.command("cellbridge.shutdown", {"uri": cell["uri"]})
            return timing


ROWS = (
    Row(
        name="Run a cell: command to result",
        ours="`cellbridge.runCell` of `pass`, answered by the language server",
        peer="raw ZMQ, `execute_request` to idle",
        measure=run_a_cell,
        at_most=2.5,
    ),
)
