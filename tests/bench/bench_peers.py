"""Waits after an edit, compared with all other installed servers, in 300 and 5,000 lines.

They come with the benchmark's group of dependencies; others are taken from Python's directory of
scripts, or from the PATH. All waits of one server in one text are measured in one session, in about
half a minute.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache

from bench.rows import Row, Timing, alternate
from bench.typist import (
    OURS,
    PEER,
    SCRIPTS,
    WAITS,
    NotOfferedError,
    Typist,
    Wait,
    settled,
    typing,
    watched,
)

PEERS = {
    "jedi-language-server": PEER,
    "pylsp": ("pylsp",),
    "pyright": ("pyright-langserver", "--stdio"),
    "basedpyright": ("basedpyright-langserver", "--stdio"),
    "ty": ("ty", "server"),
    "pyrefly": ("pyrefly", "lsp"),
    "zuban": ("zuban", "server"),
}
ROUNDS = 10
PATIENCE = 2
"""Seconds for the rounds of one wait, beyond the least number: some peers take seconds for each."""
OFFERED_WITHIN = 10
"""Seconds within which a peer must offer something once, while it may still read packages."""
LIMIT = 240
"""Seconds after which a peer is given up."""


def installed() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Find the peers."""
    for name, (program, *arguments) in PEERS.items():
        if found := shutil.which(program, path=str(SCRIPTS)) or shutil.which(program):
            yield name, (found, *arguments)


@cache
def session(name: str, lines: int) -> dict[str, Timing]:
    """Take turns with a server that knows the text alone, for everything that is waited for."""
    command = dict(installed())[name]
    with watched(lines) as ours, typing(command, lines) as peer, peer.client.limited(LIMIT):
        return {wait.name: turns(ours, peer, wait) for wait in WAITS}


def turns(ours: Typist, peer: Typist, wait: Wait) -> Timing:
    """Take turns for one wait; a peer that does not offer it, or has died of it, is silent."""
    try:
        if settled(lambda: wait.take(ours)) and settled(lambda: wait.take(peer), OFFERED_WITHIN):
            return alternate(lambda: wait.take(ours), lambda: wait.take(peer), ROUNDS, PATIENCE)
    except (RuntimeError, OSError, NotOfferedError) as error:
        print(f"a peer failed: {error}", file=sys.stderr)
    return Timing([wait.take(ours) for _ in range(ROUNDS)], silent=True)


def beside(name: str, wait: Wait, lines: int) -> Callable[[], Timing]:
    """Return what takes the times of one wait, or has taken them together with others'."""
    return lambda: session(name, lines)[wait.name]


def first_import(name: str) -> Callable[[], Timing]:
    """Start both servers, let them settle, and take the time of the first `import nump`."""

    def first(command: tuple[str, ...]) -> float:
        with typing(command, 300) as typist, typist.client.limited(LIMIT):
            settled(lambda: typist.complete("acc.", "pay"))
            settled(lambda: typist.hover("acc", 1, "acc"))  # The start is over.
            return typist.complete("import nump", "numpy")

    return lambda: alternate(lambda: first(OURS), lambda: first(dict(installed())[name]), 3)


IMPORTS = tuple(
    Row(
        name=f"Complete: the first `import nump`, compared with {name}",
        ours="`cellbridge lsp`, the text alone",
        peer=name,
        measure=first_import(name),
        at_most=1 if name == "jedi-language-server" else None,
        at_most_ms=50,
    )
    for name, _ in installed()
    if name in {"jedi-language-server", "ty", "zuban"}
)
ROWS = IMPORTS + tuple(
    Row(
        name=f"{wait.name}, after an edit in {lines:,} lines, compared with {name}",
        ours="`cellbridge lsp`, a kernel is live",
        peer=name,
        measure=beside(name, wait, lines),
        at_most=1,
    )
    for name, _ in installed()
    for lines in (300, 5_000)
    for wait in WAITS
)
