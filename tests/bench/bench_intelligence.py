"""Completions after an edit in a long script, from the live kernel and from the text."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from bench.lsp_client import Client
from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate, slow
from bench.typist import (
    LOOP,
    OURS,
    OWN_NAMES,
    PEER,
    SCRIPTS,
    SETUP,
    TYPED,
    Typist,
    settled,
    typing,
    watched,
)

LIVE = TYPED[:2]
ROUNDS = 100
OWN_ROUNDS = 20


@cache
def beside_the_kernel(lines: int) -> dict[str, Timing]:
    """Compare whole answers in the editor with bare requests to a kernel, by their p95."""
    with watched(lines) as ours, RawKernel() as kernel:
        kernel.execute(SETUP.partition("\n")[2] + "%config Completer.use_jedi = False")

        def turns(text: str, expected: str) -> Timing:
            return alternate(
                lambda: ours.complete(text, expected), lambda: kernel.complete(text), ROUNDS
            )

        return {text: slow(turns(text, expected)) for text, expected in LIVE}


def live(text: str, lines: int) -> Callable[[], Timing]:
    """Return what takes the times for one text, or has taken them together with another's."""
    return lambda: beside_the_kernel(lines)[text]


def in_a_loop() -> Timing:
    """Compare a kernel inside a loop with one that idles."""
    with watched(300) as busy, watched(300) as idle:
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


TY = (str(SCRIPTS / "ty"), "server")


def first_completion(peer: tuple[str, ...]) -> Timing:
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

    return alternate(lambda: first(OURS), lambda: first(peer), 7)


def without_a_kernel(text: str, expected: str) -> Callable[[], Timing]:
    """Compare the candidates of both from the text alone, in 5,000 lines."""

    def measure() -> Timing:
        with typing(OURS, 5_000) as ours, typing(PEER, 5_000) as peer:
            settled(lambda: ours.complete(text, expected))
            settled(lambda: peer.complete(text, expected))
            return alternate(
                lambda: ours.complete(text, expected), lambda: peer.complete(text, expected), 15
            )

    return measure


@cache
def own_names(lines: int) -> dict[str, Timing]:
    """Take the times of all that the text alone answers, in a live session."""
    with watched(lines) as ours:
        return {
            wait.name: Timing([wait.take(ours) for _ in range(OWN_ROUNDS)])
            for wait in OWN_NAMES
            if settled(lambda wait=wait: wait.take(ours))
        }


def own(name: str, lines: int) -> Callable[[], Timing]:
    """Return what takes the times of one wait, or has taken them together with others'."""
    return lambda: own_names(lines)[name]


ROWS = (
    *(
        Row(
            name=f"{wait.name}, after an edit in {lines:,} lines",
            ours="`cellbridge lsp`, a kernel is live",
            peer="",
            measure=own(wait.name, lines),
            at_most_ms=target,
        )
        for lines, target in ((300, 5), (5_000, 10), (50_000, 15))
        for wait in OWN_NAMES
    ),
    *(
        Row(
            name=f"Complete: `{text}` after an edit in {lines:,} lines, 95th percentile",
            ours="`cellbridge lsp`, the live object",
            peer="the bare request to a kernel, jedi off",
            measure=live(text, lines),
            at_most=2,
        )
        for lines in (300, 5_000)
        for text, _ in LIVE
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
        measure=partial(first_completion, PEER),
        at_most=0.5,
    ),
    Row(
        name="Complete: spawn to the first candidates, from the text, compared with ty",
        ours="`cellbridge lsp`",
        peer="ty",
        measure=partial(first_completion, TY),
        at_most=1,
    ),
    *(
        Row(
            name=f"Complete: `{text}` after an edit in 5,000 lines, no kernel",
            ours="`cellbridge lsp`, the text alone",
            peer="jedi-language-server",
            measure=without_a_kernel(text, expected),
            at_most=1,
        )
        for text, expected in TYPED[2:]
    ),
)
