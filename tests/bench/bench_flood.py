"""A cell that writes more than anybody can read."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import quantiles

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
ASKED = 100
"""Completions asked while nothing runs."""


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
    """Ask for completions while another editor's cell floods, and while nothing runs."""
    with tempfile.TemporaryDirectory() as scratch:
        script = written(Path(scratch))
        with (
            Client(CELLBRIDGE, "lsp", directory=script.parent) as runner,
            Client(CELLBRIDGE, "lsp", directory=script.parent) as asker,
        ):
            runner.initialize()
            asker.initialize()
            uri = runner.open(script)
            run(runner, uri, 1)
            asker.open(script)
            complete(asker, uri)
            idle = [complete(asker, uri) for _ in range(ASKED)]
            flooding = threading.Thread(target=run, args=(runner, uri, 1))
            flooding.start()
            busy: list[float] = []
            while flooding.is_alive():
                busy.append(complete(asker, uri))
            flooding.join()
            runner.command("cellbridge.shutdown", {"uri": uri})
            return Timing([quantiles(busy, n=20)[-1]], [quantiles(idle, n=20)[-1]])


def check_whole(client: Client, uri: str) -> None:
    """See that every line and every picture of the flood is stored."""
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
    cell = {"uri": uri, "position": {"line": line, "character": 0}}
    before = time.perf_counter()
    answer = client.command("cellbridge.runCell", cell)
    taken = time.perf_counter() - before
    assert [one["state"] for one in answer["cells"]] == ["ok"], answer
    return taken


def complete(client: Client, uri: str) -> float:
    """Return the seconds that a completion after a dot takes."""
    line = FLOOD.count("\n") + 3
    position = {"line": line, "character": len("_o.pa")}
    before = time.perf_counter()
    answer = client.request(
        "textDocument/completion", {"textDocument": {"uri": uri}, "position": position}
    )
    taken = time.perf_counter() - before
    assert answer["items"], answer
    return taken


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
        ours="`textDocument/completion` while another editor's cell floods",
        peer="the same while nothing runs",
        measure=complete_in_a_flood,
        at_most=2.0,
    ),
)
