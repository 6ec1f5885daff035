"""Completions after an edit in a long script, from the living kernel and from the text."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.lsp_client import Client
from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate
from bench.typist import LOOP, OURS, PEER, SETUP, Typist, typing


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
