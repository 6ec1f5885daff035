"""Completions after an edit, compared with all other installed servers, in 300 and 5,000 lines.

They come with the benchmark's group of dependencies; others are taken from Python's directory of
scripts, or from the PATH.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache

from bench.rows import Row, Timing, alternate
from bench.typist import OURS, PEER, SCRIPTS, TYPED, NotOfferedError, Typist, typing, watched

PEERS = {
    "jedi-language-server": PEER,
    "pylsp": ("pylsp",),
    "pyright": ("pyright-langserver", "--stdio"),
    "basedpyright": ("basedpyright-langserver", "--stdio"),
    "ty": ("ty", "server"),
    "zuban": ("zuban", "server"),
}
WORDS = {
    "np.": "`np.`",
    "df.": "`df.`",
    "acc.": "`acc.` of the script's own class",
    "function_1": "`function_1`, a name of the script",
}
LIVE = {"np.", "df."}
"""Requests at which no other server may be faster; the others may not be slower than jedi's own."""
ROUNDS = 10
PATIENCE = 5
"""Seconds for the rounds of one text, beyond the least number: some peers take seconds for each."""
LIMIT = 240
"""Seconds after which a peer is given up."""


def installed() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Find the peers."""
    for name, (program, *arguments) in PEERS.items():
        if found := shutil.which(program, path=str(SCRIPTS)) or shutil.which(program):
            yield name, (found, *arguments)


@cache
def session(name: str, lines: int) -> dict[str, Timing]:
    """Take turns with a server that knows the text alone, for all that is typed."""
    command = dict(installed())[name]
    with watched(lines) as ours, typing(command, lines) as peer, peer.client.limited(LIMIT):
        return {text: turns(ours, peer, text, expected) for text, expected in TYPED}


def turns(ours: Typist, peer: Typist, text: str, expected: str) -> Timing:
    """Take turns for one text; a peer that does not know it, or has died of it, is silent."""
    try:
        if ours.settled(text, expected) and peer.settled(text, expected):
            return alternate(
                lambda: ours.complete(text, expected),
                lambda: peer.complete(text, expected),
                ROUNDS,
                PATIENCE,
            )
    except (RuntimeError, OSError, NotOfferedError) as error:
        print(f"a peer failed: {error}", file=sys.stderr)
    return Timing([ours.complete(text, expected) for _ in range(ROUNDS)], silent=True)


def beside(name: str, text: str, lines: int) -> Callable[[], Timing]:
    """Return what takes the times for one text, or has taken them together with others'."""
    return lambda: session(name, lines)[text]


def first_import(name: str) -> Callable[[], Timing]:
    """Start both servers, let them settle, and take the time of the first `import nump`."""

    def first(command: tuple[str, ...]) -> float:
        with typing(command, 300) as typist, typist.client.limited(LIMIT):
            typist.settled("acc.", "pay")
            return typist.complete("import nump", "numpy")

    return lambda: alternate(lambda: first(OURS), lambda: first(dict(installed())[name]), 5)


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
        name=f"Complete: {WORDS[text]} after an edit in {lines:,} lines, compared with {name}",
        ours="`cellbridge lsp`, the live object",
        peer=name,
        measure=beside(name, text, lines),
        at_most=1 if lines == 5_000 and (text in LIVE or name == "jedi-language-server") else None,
    )
    for name, _ in installed()
    for lines in (300, 5_000)
    for text, _ in TYPED
)
