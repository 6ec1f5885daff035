"""A simulated user who types at the end of a long script, and requests what editors request.

Owns the script, the typed texts, and the time that our server's loop was blocked meanwhile. The
rows define the comparisons.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.lsp_client import Client

SCRIPTS = Path(sys.executable).parent
OURS = (str(SCRIPTS / "cellbridge"), "lsp")
PEER = (str(SCRIPTS / "jedi-language-server"),)
SETUP = """\
# %% data
import numpy as np
import pandas as pd
df = pd.DataFrame({"key": ["a", "b"], "value": [1.0, 2.0]})
class Account:
    def pay(self, amount): return amount
acc = Account()
def opened() -> Account:
    return Account()
"""
FUNCTION = (
    "# %%\ndef function_{0}(first, second=2):\n    return first * second + {0}\n\nvalue_{0} = 1\n"
)
SETUP_LINES = len(SETUP.split("\n"))
LOOP = "while True: pass"
TYPED = (("np.", "mean"), ("df.", "groupby"), ("acc.", "pay"), ("function_1", "function_17"))
"""Typed texts, each with a candidate that must be offered."""

LONGEST = 10.0
"""Seconds for which a request is repeated."""


class NotOfferedError(Exception):
    """A server does not support a request."""


@dataclass
class Held:
    """The longest time for which our server's loop was blocked during the measurements."""

    seconds: float = 0.0


HELD = Held()


class Typist:
    """Types at the end of a script in an editor, and requests completions there."""

    def __init__(self, client: Client, lines: int, *, runs: bool) -> None:
        cells = "".join(FUNCTION.format(number) for number in range((lines - SETUP_LINES) // 5))
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
        """Return the seconds from the last key of ``text`` until ``expected`` is offered.

        An incomplete list is requested again, as editors do.

        Raises:
            NotOfferedError: a complete list is without it, or it took ten seconds.
        """
        self.write(text[:-1])
        before = time.perf_counter()
        self.write(text)
        asked = self._at(len(text))
        while time.perf_counter() - before < LONGEST:
            found = self.client.request("textDocument/completion", asked)
            taken = time.perf_counter() - before
            whole = not isinstance(found, dict) or not found.get("isIncomplete")
            items = found["items"] if isinstance(found, dict) else found or ()
            # pylsp writes a function's parameters into its label.
            if any(item["label"].partition("(")[0] == expected for item in items):
                return taken
            if whole:
                break
        raise NotOfferedError(f"{expected} after {text}")

    def type_ahead(self, text: str, expected: str) -> float:
        """Type without waiting, and request completions at each key, as an editor does.

        Return the seconds from the last key until the list with ``expected`` arrives.

        Raises:
            NotOfferedError: the last list is without it.
        """
        self.write("")
        for end in range(1, len(text)):
            self.write(text[:end])
            self.client.begin("textDocument/completion", self._at(end))
        before = time.perf_counter()
        self.write(text)
        found = self.client.request("textDocument/completion", self._at(len(text)))
        taken = time.perf_counter() - before
        items = found["items"] if isinstance(found, dict) else found or ()
        if not any(item["label"].partition("(")[0] == expected for item in items):
            raise NotOfferedError(f"{expected} after {text}, typed ahead")
        return taken

    def ask(self, method: str, text: str, column: int, expected: str) -> float:
        """Return the seconds from the last key of ``text`` to a description or a location.

        Raises:
            NotOfferedError: the answer does not hold ``expected``.
        """
        self.write(text[:-1])
        before = time.perf_counter()
        self.write(text)
        found = self.client.request(f"textDocument/{method}", self._at(column))
        taken = time.perf_counter() - before
        if expected not in json.dumps(found):
            raise NotOfferedError(f"{expected} in the {method} of {text}")
        return taken

    def hover(self, text: str, column: int, expected: str) -> float:
        """Hover over a name of ``text`` after its last key; see `ask`."""
        return self.ask("hover", text, column, expected)

    def define(self, text: str, column: int, line: int) -> float:
        """Go to the definition of a name of ``text`` after its last key; see `ask`."""
        return self.ask("definition", text, column, f'"line": {line}')

    def _at(self, column: int) -> dict[str, Any]:
        position = {"line": self.line, "character": column}
        return {"textDocument": {"uri": self.uri}, "position": position}


@dataclass(frozen=True)
class Wait:
    """Something that a user waits for after an edit."""

    name: str
    take: Callable[[Typist], float]
    """Returns the seconds; raises `NotOfferedError`."""


def _complete(name: str, text: str, expected: str) -> Wait:
    return Wait(f"Complete: {name}", lambda typist: typist.complete(text, expected))


CALL = "function_17(1)"
DEFINED_AT = SETUP_LINES - 1 + 17 * FUNCTION.count("\n") + 1
"""The line that defines `function_17`."""
OWN_NAMES = (
    _complete("`function_1`, a name of the script", "function_1", "function_17"),
    _complete("`acc.` of the script's own class", "acc.", "pay"),
    _complete("`opened().`, the result of the script's own function", "opened().", "pay"),
    Wait("Hover: the script's own function", lambda one: one.hover(CALL, 3, "second")),
    Wait("Definition: the script's own function", lambda one: one.define(CALL, 3, DEFINED_AT)),
    Wait(
        "Type ten keys: the last completion, of `function_1`",
        lambda one: one.type_ahead("function_1", "function_17"),
    ),
)
"""About names that the text of the script defines."""
WAITS = (
    _complete("`np.`", "np.", "mean"),
    _complete("`df.`", "df.", "groupby"),
    _complete("`df.head().`", "df.head().", "groupby"),
    Wait("Hover: `np.mean`", lambda one: one.hover("np.mean(1)", 5, "keepdims")),
    *OWN_NAMES,
)
"""All of them."""


def settled(wait: Callable[[], float], patience: float = 20) -> bool:
    """Repeat a request until the answer is right: a server may still be reading packages."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with suppress(NotOfferedError):
            wait()
            return True
    return False


def configured(scratch: str) -> Path:
    """Make a directory a project with packages that every server finds."""
    settings = f'[tool.zuban]\npython_executable = "{sys.executable}"\n'
    Path(scratch, "pyproject.toml").write_text(settings, "utf-8")
    return Path(scratch)


@contextmanager
def typing(command: tuple[str, ...], lines: int, *, runs: bool = False) -> Iterator[Typist]:
    """Open a long script in a server."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        Client(*command, directory=configured(scratch)) as client,
    ):
        client.initialize()
        typist = Typist(client, lines, runs=runs)
        yield typist
        if runs:
            client.command("cellbridge.shutdown", {"uri": typist.uri})


@contextmanager
def watched(lines: int) -> Iterator[Typist]:
    """Open a long script in our server, whose loop is watched, and run its first cell."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "held"
        watching = str(Path(__file__).with_name("watched_server.py"))
        with typing((sys.executable, watching, str(file)), lines, runs=True) as typist:
            yield typist
        clock, processor, what = file.read_text("utf-8").split(" ", 2)
        if float(clock) / 1000 > HELD.seconds:
            HELD.seconds = float(clock) / 1000
            told = f"the loop was held for {clock} ms, at work for {processor} ms: {what[:200]}"
            print(told, file=sys.stderr)
