"""Completions after an edit in 5,000 lines beside every other server that is installed.

jedi-language-server comes with the benchmark's group of dependencies; others are taken from where
Python's scripts lie, or from the PATH.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

from bench.rows import Row, Timing, alternate
from bench.typist import OURS, PEER, SCRIPTS, typing

LINES = 5_000
PEERS = {
    "jedi-language-server": PEER,
    "pylsp": ("pylsp",),
    "pyright": ("pyright-langserver", "--stdio"),
    "basedpyright": ("basedpyright-langserver", "--stdio"),
    "ty": ("ty", "server"),
    "zuban": ("zuban", "server"),
}
TYPED = (
    ("`np.`", "np.", "mean"),
    ("`df.`", "df.", "groupby"),
    ("`acc.` of an own class", "acc.", "pay"),
    ("`function_1`, a name of the script", "function_1", "function_17"),
)


def installed() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Find the peers."""
    for name, (program, *arguments) in PEERS.items():
        if found := shutil.which(program, path=str(SCRIPTS)) or shutil.which(program):
            yield name, (found, *arguments)


def beside(command: tuple[str, ...], text: str, expected: str) -> Callable[[], Timing]:
    """Compare with a server that knows the text alone."""

    def measure() -> Timing:
        with typing(OURS, LINES, runs=True) as ours, typing(command, LINES) as peer:
            return alternate(
                lambda: ours.complete(text, expected), lambda: peer.complete(text, expected), 10
            )

    return measure


ROWS = tuple(
    Row(
        name=f"Complete: {shown} after an edit in 5,000 lines, beside {name}",
        ours="`cellbridge lsp`, the living object",
        peer=name,
        measure=beside(command, text, expected),
        at_most=1,
    )
    for name, command in installed()
    for shown, text, expected in TYPED
)
