"""The costs of the server other than its answer times: a blocked event loop, and memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import psutil

from bench.rows import Row, Timing
from bench.typist import HELD, OURS, PEER, TYPED, settled, typing, watched

LINES = 5_000
FLOOD = "for _n in range(20_000): print(_n, flush=True)"


def loop_held() -> Timing:
    """Type, hover, edit and run a flood in 5,000 lines; return the longest hold of the loop.

    What was measured before in servers that are watched counts too: all rows on completion.
    """
    with watched(LINES) as typist:
        for _ in range(10):
            for text, expected in TYPED:
                typist.complete(text, expected)
        typist.write(FLOOD)
        position = {"line": typist.line, "character": 0}
        flood = {"uri": typist.uri, "position": position}
        typist.client.notify_command("cellbridge.runCell", flood)
        for _ in range(10):
            for method in ("hover", "foldingRange", "documentSymbol", "codeLens"):
                asked = {"textDocument": {"uri": typist.uri}, "position": position}
                typist.client.request(f"textDocument/{method}", asked)
        typist.client.command("cellbridge.interrupt", {"uri": typist.uri})
    return Timing([HELD.seconds])


PANDAS = (("pd.", "read_csv"), ("df.", "groupby"), ("df.head().", "groupby"))
"""Typed texts for which an analyser reads pandas."""
ROUNDS = 5


def memory(typed: Sequence[tuple[str, str]], rounds: int, *, runs: bool) -> Callable[[], Timing]:
    """Return what sends both servers the same requests in turns, and takes their memory, in GB."""

    def measure() -> Timing:
        with typing(OURS, LINES, runs=runs) as ours, typing(PEER, LINES) as peer:
            for _ in range(rounds):
                for text, expected in typed:
                    for side in (ours, peer):
                        settled(partial(side.complete, text, expected))
            return Timing([held(ours.client.pid)], [held(peer.client.pid)])

    return measure


def held(pid: int) -> float:
    """Return the GB of a process and those that it has started, without sessions."""
    server = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (server, *server.children(recursive=True))) / 1e9


ROWS = (
    Row(
        name="The server's loop: longest time without reading a message, in all rows on completion",
        ours="`cellbridge lsp` once it is up, and in a flood",
        peer="",
        measure=loop_held,
        at_most_ms=50,
    ),
    Row(
        name="Memory after completions in 5,000 lines",
        ours="`cellbridge lsp` with its analyser",
        peer="jedi-language-server",
        measure=memory(TYPED, 1, runs=True),
        at_most=1,
        unit="MB",
    ),
    Row(
        name=f"Memory after {ROUNDS} rounds of completions on pandas, without a kernel",
        ours="`cellbridge lsp` with its analyser",
        peer="jedi-language-server",
        measure=memory(PANDAS, ROUNDS, runs=False),
        at_most=1,
        unit="MB",
    ),
    Row(
        name=f"Memory after {ROUNDS} rounds of completions on pandas, with a kernel",
        ours="`cellbridge lsp` with its analyser",
        peer="jedi-language-server",
        measure=memory(PANDAS, ROUNDS, runs=True),
        at_most=0.6,
        unit="MB",
    ),
)
