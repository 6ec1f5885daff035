"""A cell that writes more than the user can read."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import psutil

from bench.lsp_client import Client
from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate

CELLBRIDGE = str(Path(sys.executable).with_name("cellbridge"))
FLOOD = """\
import base64 as _b, os as _o
for _n in range(20_000):
    print(_n, flush=True)
for _n in range(200):
    display({"image/png": _b.b64encode(_o.urandom(100_000)).decode()}, raw=True)
"""
ASKED = 200
"""Completion requests while nothing runs, before each flood."""
FLOODS = 5
"""Number of comparisons between requests in a flood and requests while nothing runs."""


def flood() -> Timing:
    """Run the flood through the whole of cellbridge, and on a bare kernel that is read at once."""
    with tempfile.TemporaryDirectory() as scratch:
        script = written(Path(scratch))
        with Client(CELLBRIDGE, "lsp", directory=script.parent) as client, RawKernel() as kernel:
            client.initialize()
            uri = client.open(script)
            run(client, uri, 1)
            check_whole(client, uri)
            before = memory(client)
            timing = alternate(lambda: run(client, uri, 1), lambda: kernel.execute(FLOOD), 5)
            grown = (memory(client) - before) / 1e6
            print(f"the server grew by {grown:.1f} MB over six floods", file=sys.stderr)
            client.command("cellbridge.shutdown", {"uri": uri})
            return timing


def complete_in_a_flood() -> Timing:
    """Request completions while a cell floods, and while nothing runs."""
    with tempfile.TemporaryDirectory() as scratch:
        script = written(Path(scratch))
        with Client(CELLBRIDGE, "lsp", directory=script.parent) as client:
            client.initialize()
            uri = client.open(script)
            run(client, uri, 1)

            def begin() -> Callable[[], bool]:
                client.notify_command("cellbridge.runCell", at(uri, 1))
                return lambda: client.under_way

            timing = during(begin, lambda: complete(client, uri))
            client.command("cellbridge.shutdown", {"uri": uri})
            return timing


def complete_in_a_bare_flood() -> Timing:
    """Do the same with a bare kernel: completion over the control channel waits for this."""
    with RawKernel() as kernel:
        kernel.execute("%config Completer.use_jedi = False")
        kernel.execute(FLOOD)

        def begin() -> Callable[[], bool]:
            flooding = threading.Thread(target=kernel.execute, args=[FLOOD])
            flooding.start()
            return flooding.is_alive

        return during(begin, lambda: kernel.complete_on_control("_o.pa"))


def during(begin: Callable[[], Callable[[], bool]], ask: Callable[[], float]) -> Timing:
    """Return the p95 of request times in each flood and while nothing runs, in turns.

    ``begin`` begins a flood, and returns a function that returns True while it continues.
    """
    ours: list[float] = []
    peer: list[float] = []
    for _ in range(FLOODS):
        idle = [ask() for _ in range(ASKED)]
        goes_on, busy = begin(), [ask()]
        while goes_on():
            busy.append(ask())
        ours.append(quantiles(busy, n=20)[-1])
        peer.append(quantiles(idle, n=20)[-1])
        print(f"medians: {median(busy) * 1000:.1f} ms in a flood, {median(idle) * 1000:.1f} ms "
              f"idle; p95: {ours[-1] * 1000:.1f} and {peer[-1] * 1000:.1f} ms; "
              f"{len(busy)} and {len(idle)} asked", file=sys.stderr)  # fmt: skip
    return Timing(ours, peer)


def check_whole(client: Client, uri: str) -> None:
    """Check that every line and every image of the flood is stored."""
    cells = client.request("cellbridge/cells", {"uri": uri})["cells"]
    asked = {"uri": uri, "run": cells[0]["run"]["id"]}
    outputs = client.request("cellbridge/outputs", asked)["outputs"]
    lines = "".join(one["text"] for one in outputs if "text" in one).split()
    missing = sorted({str(number) for number in range(20_000)} - set(lines))[:5]
    assert lines == [str(number) for number in range(20_000)], (len(lines), missing, lines[-3:])
    pictures = [one for one in outputs if "image/png" in one.get("data", {})]
    assert [len(one["data"]["image/png"]) for one in pictures] == [133_336] * 200


def written(directory: Path) -> Path:
    """Write the script whose second cell is the flood."""
    script = directory / "script.py"
    script.write_text(f"# %%\n{FLOOD}\n# %%\n_o.pa\n")
    return script


def run(client: Client, uri: str, line: int) -> float:
    """Return the seconds from command to result."""
    before = time.perf_counter()
    answer = client.command("cellbridge.runCell", at(uri, line))
    taken = time.perf_counter() - before
    assert [one["state"] for one in answer["cells"]] == ["ok"], answer
    return taken


def at(uri: str, line: int) -> dict[str, object]:
    """Return the argument of a command about the cell at a line."""
    return {"uri": uri, "position": {"line": line, "character": 0}}


def complete(client: Client, uri: str) -> float:
    """Return the seconds that a completion after a dot takes."""
    before = time.perf_counter()
    found = offered(client, uri)
    taken = time.perf_counter() - before
    assert found
    return taken


def offered(client: Client, uri: str) -> int:
    """Return how many names are offered after a dot."""
    line = FLOOD.count("\n") + 3
    position = {"line": line, "character": len("_o.pa")}
    answer = client.request(
        "textDocument/completion", {"textDocument": {"uri": uri}, "position": position}
    )
    return len(answer["items"])


def memory(client: Client) -> int:
    """Return the bytes that the language server and the processes it started hold."""
    server = psutil.Process(client.pid)
    return sum(one.memory_info().rss for one in (server, *server.children(recursive=True)))


ROWS = (
    Row(
        name="A flood: 20,000 flushed lines and 200 images of 100 KB",
        ours="`cellbridge.runCell`, answered when all is stored",
        peer="raw ZMQ, `execute_request` to idle",
        measure=flood,
        at_most=1.15,
    ),
    Row(
        name="A completion in a flood, p95",
        ours="`textDocument/completion` while a cell floods",
        peer="the same while nothing runs",
        measure=complete_in_a_flood,
        at_most=2.0,
    ),
    Row(
        name="The floor under a completion in a flood, p95",
        ours="a bare kernel, queried over its control channel while a cell floods",
        peer="the same while nothing runs",
        measure=complete_in_a_bare_flood,
    ),
)
