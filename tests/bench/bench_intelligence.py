"""Completions after an edit in a long script, from the living kernel and from the text."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.bench_start import OURS, PEER
from bench.lsp_client import Client
from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate

SETUP = """\
# %% data
import numpy as np
import pandas as pd
df = pd.DataFrame({"key": ["a", "b"], "value": [1.0, 2.0]})
class Account:
    def pay(self, amount): return amount
acc = Account()
"""
FUNCTION = (
    "# %%\ndef function_{0}(first, second=2):\n    return first * second + {0}\n\nvalue_{0} = 1\n"
)
LOOP = "while True: pass"


class Typist:
    """Types at the end of a script in an editor, and asks for completions there."""

    def __init__(self, client: Client, lines: int, *, runs: bool) -> None:
        cells = "".join(FUNCTION.format(number) for number in range((lines - 10) // 5))
        path = client.directory / "script.py"
        path.write_text(SETUP + cells + "# %% last\n\n", "utf-8")
        self.client, self.uri, self.version = client, client.open(path), 1
        self.line = len((SETUP + cells).split("\n"))
        self.width = 0
        if runs:
            self.run(1)

    def run(self, line: int) -> None:
        position = {"line": line, "character": 0}
        self.client.command("cellbridge.runCell", {"uri": self.uri, "position": position})

    def write(self, text: str) -> None:
        """Replace the last line's text."""
        self.version += 1
        area = {
            "start": {"line": self.line, "character": 0},
            "end": {"line": self.line, "character": self.width},
        }
        self.width = len(text)
        document = {"uri": self.uri, "version": self.version}
        changes = [{"range": area, "text": text}]
        self.client.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": changes}
        )

    def complete(self, text: str, expected: str) -> float:
        """Return the seconds from the last key of ``text`` to its candidates."""
        self.write(text[:-1])
        before = time.perf_counter()
        self.write(text)
        position = {"line": self.line, "character": len(text)}
        asked = {"textDocument": {"uri": self.uri}, "position": position}
        found = self.client.request("textDocument/completion", asked)
        taken = time.perf_counter() - before
        items = found["items"] if isinstance(found, dict) else found
        assert any(item["label"] == expected for item in items), text
        return taken


@contextmanager
def typing(command: tuple[str, ...], lines: int, *, runs: bool = False) -> Iterator[Typist]:
    """Open a long script in a server."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        Client(*command, directory=Path(scratch)) as client,
    ):
        client.initialize()
        typist = Typist(client, lines, runs=runs)
        yield typist
        if runs:
            client.command("cellbridge.shutdown", {"uri": typist.uri})


def beside_the_kernel(text: str, expected: str, lines: int) -> Callable[[], Timing]:
    """Compare a whole answer in the editor with a bare request to a kernel, by their p95."""

    def measure() -> Timing:
        with typing(OURS, lines, runs=True) as ours, RawKernel() as kernel:
            kernel.execute(SETUP.partition("\n")[2] + "%config Completer.use_jedi = False")
            return slow(
                alternate(
                    lambda: ours.complete(text, expected), lambda: kernel.complete(text), times=40
                )
            )

    return measure


def beside_the_peer(text: str, expected: str, lines: int) -> Callable[[], Timing]:
    """Compare with a server that knows the text alone."""

    def measure() -> Timing:
        with typing(OURS, lines, runs=True) as ours, typing(PEER, lines) as peer:
            return alternate(
                lambda: ours.complete(text, expected), lambda: peer.complete(text, expected), 10
            )

    return measure


def in_a_loop() -> Timing:
    """Compare a kernel inside a loop with one that idles."""
    with typing(OURS, 300, runs=True) as busy, typing(OURS, 300, runs=True) as idle:
        busy.write(LOOP)
        busy.client.notify_command(
            "cellbridge.runCell",
            {"uri": busy.uri, "position": {"line": busy.line, "character": 0}},
        )
        timing = alternate(
            lambda: busy.complete("df.", "groupby"), lambda: idle.complete("df.", "groupby"), 30
        )
        busy.client.command("cellbridge.interrupt", {"uri": busy.uri})
        return timing


def first_completion() -> Timing:
    """Start each server, open a script, and take the time to its first candidates."""

    def first(command: tuple[str, ...]) -> float:
        before = time.perf_counter()
        with (
            tempfile.TemporaryDirectory() as scratch,
            Client(*command, directory=Path(scratch)) as client,
        ):
            client.initialize()
            Typist(client, 300, runs=False).complete("acc.", "pay")
            return time.perf_counter() - before

    return alternate(lambda: first(OURS), lambda: first(PEER), 5)


def slow(timing: Timing) -> Timing:
    """Return the 95th percentile of both sides in place of their times."""

    def percentile(times: Any) -> list[float]:
        return [sorted(times)[int(len(times) * 0.95)]]

    return Timing(percentile(timing.ours), percentile(timing.peer))


ROWS = (
    *(
        Row(
            name=f"Complete: `{text}` after an edit in {lines:,} lines, 95th percentile",
            ours="`cellbridge lsp`, the living object",
            peer="the bare request to a kernel, jedi off",
            measure=beside_the_kernel(text, expected, lines),
            at_most=2,
        )
        for lines in (300, 5_000)
        for text, expected in (("np.", "mean"), ("df.", "groupby"))
    ),
    Row(
        name="Complete: `df.` after an edit in 5,000 lines",
        ours="`cellbridge lsp`, the living object",
        peer="jedi-language-server",
        measure=beside_the_peer("df.", "groupby", 5_000),
        at_most=1,
    ),
    Row(
        name="Complete: `acc.` of an own class after an edit in 5,000 lines",
        ours="`cellbridge lsp`, the living object",
        peer="jedi-language-server",
        measure=beside_the_peer("acc.", "pay", 5_000),
        at_most=1,
    ),
    Row(
        name="Complete: `df.` while a loop runs",
        ours="`cellbridge lsp`, the kernel in `while True: pass`",
        peer="`cellbridge lsp`, the kernel idle",
        measure=in_a_loop,
        at_most=4,
    ),
    Row(
        name="Complete: spawn to the first candidates, from the text",
        ours="`cellbridge lsp`",
        peer="jedi-language-server",
        measure=first_completion,
        at_most=0.5,
    ),
)
