"""From a script without a kernel to its first result, and to knowing which kernel it will be."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_client.manager import KernelManager

from bench.lsp_client import Client
from bench.rows import Row, Timing, alternate
from support.environments import pretend, starts

CELLBRIDGE = str(Path(sys.executable).with_name("cellbridge"))
HEADER = "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n"
TIMES = 10
PATIENCE = 60.0
"""Seconds after which a kernel that was to be prewarmed has not been."""


def cold() -> Timing:
    """Run the first cell of a script that has no kernel, and start one with jupyter_client."""
    return first_results(prewarm=False)


def prewarmed() -> Timing:
    """The same with a kernel that was started when the script was opened."""
    return first_results(prewarm=True)


def first_results(*, prewarm: bool) -> Timing:
    """Take the times of first results, ours and jupyter_client's."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with Client(CELLBRIDGE, "lsp", directory=folder) as client:
            client.settings = {"cellbridge": {"kernel": {"prewarm": prewarm}}}
            client.initialize()
            return alternate(first_run(client, folder, prewarm=prewarm), bare_start, TIMES)


def first_run(client: Client, folder: Path, *, prewarm: bool) -> Callable[[], float]:
    """Return what opens a new script and gives the seconds from its command to its result."""
    made = iter(range(1_000_000))

    def run() -> float:
        script = folder / f"script{next(made)}.py"
        script.write_text("# %%\n6 * 7\n")
        uri = client.open(script)
        state, begun = "", time.monotonic()
        while prewarm and state != "idle":
            assert time.monotonic() - begun < PATIENCE, f"not prewarmed: {state}"
            state = client.request("cellbridge/cells", {"uri": uri})["kernel"]["state"]
        client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
        before = time.perf_counter()
        position = {"line": 1, "character": 0}
        answer = client.command("cellbridge.runCell", {"uri": uri, "position": position})
        taken = time.perf_counter() - before
        assert answer["cells"][0]["text"] == "42", answer
        client.command("cellbridge.shutdown", {"uri": uri})
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        return taken

    return run


def bare_start() -> float:
    """Start the same kernel with jupyter_client and run the same cell; return the seconds."""
    before = time.perf_counter()
    manager = KernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.execute_interactive("6 * 7", output_hook=lambda _: None, timeout=60)
    taken = time.perf_counter() - before
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    return taken


def choose_among_many() -> Timing:
    """Open a script in a tree with 200 environments; ask over its header which kernel it gets."""
    times: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        made = [pretend(folder / f"project{at}" / ".venv", ipykernel="7.4.0") for at in range(200)]
        script = folder / "project7" / "script.py"
        script.write_text(f"{HEADER}\n# %%\n1\n")
        for _ in range(15):
            with Client(CELLBRIDGE, "lsp", directory=folder) as client:
                client.initialize()
                client.request("textDocument/codeLens", {"textDocument": {"uri": "file:///none"}})
                before = time.perf_counter()
                uri = client.open(script)
                place = {"textDocument": {"uri": uri}, "position": {"line": 2, "character": 4}}
                said = client.request("textDocument/hover", place)["contents"]["value"]
                times.append(time.perf_counter() - before)
                assert str(made[7]) in said, said
        assert sum(starts(python) for python in made) == 0, "an interpreter was started"
    return Timing(times)


ROWS = (
    Row(
        name="First result: command to result without a kernel",
        ours="`cellbridge.runCell`, starting session and kernel",
        peer="jupyter_client, start and one execute",
        measure=cold,
        at_most=1.25,
    ),
    Row(
        name="First result: command to result with `cellbridge.kernel.prewarm`",
        ours="`cellbridge.runCell` in a script that was just opened",
        peer="jupyter_client, start and one execute",
        measure=prewarmed,
        at_most=0.15,
    ),
    Row(
        name="Open a script among 200 environments: the kernel it gets, and the reason",
        ours="hover over the header; no interpreter is started",
        peer="",
        measure=choose_among_many,
        at_most_ms=100,
    ),
)
