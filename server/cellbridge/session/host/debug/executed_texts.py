"""The texts that have run in the debugged kernel, and the open text that they are compared with.

Owns the copies of both. It must not know breakpoints or frames.

Bounds: the last `TEXTS` texts. Code of older ones keeps running; its frames are shown with the text
that Python has, and take no breakpoints.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from cellbridge.core.debug.open_text import OpenText, TextThatRan
from cellbridge.core.runs.debug_status import TextCell
from cellbridge.core.runs.runs import Run
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.queries.debugging import ExecutedText

TEXTS = 10_000
PAGES = 100
"""Pages of texts that are read at a time at most."""


class RunFinder(Protocol):
    """Finds the runs of the session."""

    def __call__(self) -> Sequence[Run]:
        """Return all runs, oldest first."""
        ...


class ExecutedTexts:
    """The texts of one kernel, by the file names of their code."""

    def __init__(self) -> None:
        self.known: dict[str, TextThatRan] = {}
        self._next = 0

    def forget(self) -> None:
        """Forget all texts: the kernel has ended."""
        self.known.clear()
        self._next = 0

    async def refresh(
        self, kernel: Kernel, runs: RunFinder
    ) -> list[tuple[TextThatRan, Run | None]]:
        """Read the texts that have run since; return them with their runs, if those are known."""
        new: list[tuple[TextThatRan, Run | None]] = []
        all_runs: Sequence[Run] | None = None
        for _ in range(PAGES):
            page = await kernel.debugging.executed_texts(self._next)
            if page is None or not page.texts:
                break
            all_runs = runs() if all_runs is None else all_runs
            for text in page.texts:
                run, content = _run_of(text, all_runs), text.text.removesuffix("\n")
                found = (
                    TextThatRan.of_run(run, text.path, content)
                    if run is not None
                    else TextThatRan(text.path, text.script, text.first, text.cell, content)
                )
                self.known.pop(text.path, None)
                self.known[text.path] = found
                new.append((found, run))
            self._next = page.next
        while len(self.known) > TEXTS:
            self.known.pop(next(iter(self.known)))
        return new

    def __iter__(self) -> Iterator[TextThatRan]:
        """Iterate over the texts, the oldest first."""
        return iter(self.known.values())


class OpenTexts:
    """The text of the script as its editors have it; without an editor, as it is on disk."""

    def __init__(self) -> None:
        self.text = OpenText()
        self._live: tuple[object, OpenText] | None = None
        self._stored = OpenText()

    def take(self, client: object, cells: Sequence[TextCell], *, live: bool) -> OpenText:
        """Take a client's text; return the text before."""
        text = OpenText(cells)
        if live:
            self._live = client, text
        else:
            self._stored = text
        return self._choose()

    def client_gone(self, client: object) -> OpenText:
        """Forget the text of a client that has disconnected; return the text before."""
        if self._live is not None and self._live[0] is client:
            self._stored = self._live[1] if not self._stored else self._stored
            self._live = None
        return self._choose()

    @property
    def live(self) -> bool:
        """True while an editor has the script open."""
        return self._live is not None

    def _choose(self) -> OpenText:
        before, self.text = self.text, self._live[1] if self._live else self._stored
        return before


def _run_of(text: ExecutedText, runs: Sequence[Run]) -> Run | None:
    """Return the run of a text; without the id of its request, the last one that can be it."""
    for run in reversed(runs):
        if run.origin.line != text.first or run.cell_id != text.cell:
            continue
        if text.run and run.message != text.run:
            continue
        # IPython ends each text with a line end, and the last cell of a script has its own.
        ran, source = (one.removesuffix("\n") for one in (text.text, run.source))
        if run.message and source.count("\n") == ran.count("\n"):
            return run
    return None
