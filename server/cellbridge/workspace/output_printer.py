r"""Outputs on a terminal, in a pipe or in a debug console, written while they grow.

Owns the record of the written text. It must not know sessions.

The open last line of a stream may change, such as a progress bar:

    printed    loading\n 10%|█         |
    now        loading\n 20%|██        |     on a terminal: back to the line's start, and again
                                             elsewhere: nothing yet, until the line ends

The last complete lines change only if a program moves the cursor up, for example for several bars.
A terminal goes back to the first line that has changed. Elsewhere, such lines are written once more
when the stream ends.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from cellbridge.core.output.escapes import strip_ansi, terminal_text
from cellbridge.core.output.outputs import Display, Failure, Output, Stream
from cellbridge.core.output.preview import failure_line, one_line
from cellbridge.core.output.terminal import ROWS, common_prefix
from cellbridge.core.text_width import text_width

_SUMMARY_LIMIT = 100


class OutputFile(Protocol):
    """A file for output, such as the standard output."""

    def write(self, text: str, /) -> object:
        """Write a text."""
        ...

    def flush(self) -> None:
        """Pass on what was written."""
        ...

    def isatty(self) -> bool:
        """Return True for a terminal."""
        ...


@dataclass(slots=True)
class _Printed:
    """The written part of one output."""

    output: Output | None = None
    recent: str = ""
    """The last complete lines of a stream that were written, as they were."""
    start: int = 0
    """The place of these lines in the stream."""
    open: str = ""
    """The written part of the line after them."""

    def settle(self, lines: str, known: str | None) -> None:
        """Record that complete lines were written; ``known`` is the stream's text from `start`."""
        self.recent += lines
        cut, place = 0, 0
        for _ in range(self.recent.count("\n") - ROWS):
            cut = self.recent.find("\n", cut) + 1
            place = cut if known is None else known.find("\n", place) + 1
        self.recent, self.start = self.recent[cut:], self.start + place


class Screen:
    """Two files for output, usually stdout and stderr."""

    def __init__(self, out: OutputFile, err: OutputFile) -> None:
        self._files = {"stdout": out, "stderr": err}
        self._is_terminal = {name: file.isatty() for name, file in self._files.items()}
        # On one terminal both share the cursor; otherwise each has its own.
        shared = all(self._is_terminal.values())
        self._cursor = {"stdout": "stdout", "stderr": "stdout" if shared else "stderr"}
        self._mid_line = {"stdout": False, "stderr": False}
        self._printed: list[_Printed] = []

    @property
    def shows_progress(self) -> bool:
        """True if stderr is a terminal."""
        return self._is_terminal["stderr"]

    def begin(self) -> None:
        """Start the outputs of another run."""
        self._printed = []

    def show(self, outputs: Sequence[Output], *, ended: bool = False) -> bool:
        """Write the new part of ``outputs``; ``ended`` means that they are complete.

        Returns False if a stream has grown so fast that its middle is not in the bounded outputs.
        Then nothing of it was written, and the whole outputs are needed.
        """
        if len(outputs) < len(self._printed):
            self._printed.clear()  # clear_output: a terminal cannot take lines back
        complete = True
        for index, output in enumerate(outputs):
            last = index == len(outputs) - 1
            if index == len(self._printed):
                self._printed.append(_Printed())
            complete = self._update(index, output, ended=ended or not last)
            if not complete:
                break
        for file in self._files.values():
            file.flush()
        return complete

    def skip_middle(self, outputs: Sequence[Output]) -> int:
        """Continue after the middle of streams that is not in the bounded outputs.

        Returns the number of characters that are not written.
        """
        skipped = 0
        for printed, output in zip(self._printed, outputs, strict=False):
            at = printed.start + len(printed.recent)
            if isinstance(output, Stream) and text_from(output, min(at, output.chars)) is None:
                behind = output.chars - len(output.tail)
                skipped += behind - at
                printed.start, printed.recent, printed.open = behind, "", ""
        return skipped

    def fresh_line(self, name: Literal["stdout", "stderr"] = "stderr") -> None:
        """Ensure that the next text starts a line."""
        if self._mid_line[self._cursor[name]]:
            self._write(name, "\n")

    def prompt(self, text: str) -> None:
        """Write the prompt of an ``input()``."""
        self._write("stdout", self._sanitize("stdout", text))
        self._files["stdout"].flush()

    def line_was_typed(self) -> None:
        """Record that the user has ended the line; in a pipe, end it."""
        if self._is_terminal["stdout"]:
            self._mid_line[self._cursor["stdout"]] = False
        else:
            self.fresh_line("stdout")

    def _update(self, index: int, output: Output, *, ended: bool) -> bool:
        printed = self._printed[index]
        if isinstance(output, Stream):
            if not isinstance(printed.output, Stream) or printed.output.name != output.name:
                self._printed[index] = printed = _Printed(output)
            return self._write_stream(printed, output, ended=ended)
        if not _same(printed.output, output):
            self._write_whole(output)
        printed.output = output
        return True

    def _write_stream(self, printed: _Printed, stream: Stream, *, ended: bool) -> bool:
        known = text_from(stream, min(printed.start, stream.chars))
        if known is None or known.startswith(printed.recent):
            rest = text_from(stream, min(printed.start + len(printed.recent), stream.chars))
        elif self._is_terminal[stream.name] and printed is self._printed[-1]:
            rest = self._go_back(printed, stream.name, known)
        else:
            rest = _changed_lines(printed, known, ended=ended)
        if rest is None:
            return False
        settled, newline, line = rest.rpartition("\n")
        settled += newline
        if self._is_terminal[stream.name] or ended:
            shown = settled + line
        else:
            shown, line = settled, ""
        shown, line = self._sanitize(stream.name, shown), self._sanitize(stream.name, line)
        if shown.startswith(printed.open):
            self._write(stream.name, shown[len(printed.open) :])
        else:
            self._write(stream.name, "\r\x1b[K" + shown)
        printed.settle(settled, known)
        printed.open = line
        printed.output = stream
        return True

    def _go_back(self, printed: _Printed, name: Literal["stdout", "stderr"], known: str) -> str:
        """Move a terminal's cursor to the first line that has changed; return the text from it."""
        columns = shutil.get_terminal_size().columns
        first = printed.recent.rfind("\n", 0, common_prefix(printed.recent, known)) + 1
        lines = strip_ansi(printed.recent[first:] + printed.open).split("\n")
        rows = sum(max(1, -(-text_width(line) // columns)) for line in lines) - 1
        self._write(name, f"\r\x1b[{rows}A\x1b[J" if rows else "\r\x1b[J")
        printed.recent, printed.open = printed.recent[:first], ""
        return known[first:]

    def _write_whole(self, output: Output) -> None:
        if isinstance(output, Failure):
            if output.ename == "SystemExit":
                return  # Its text is on stderr, and the command itself reports the exit.
            text = "\n".join(output.traceback) or failure_line(output)
            self.fresh_line("stderr")
            shown = terminal_text(text) if self._is_terminal["stderr"] else strip_ansi(text)
            self._write("stderr", shown + "\n")
        elif isinstance(output, Display) and (text := display_text(output)):
            self.fresh_line("stdout")
            self._write("stdout", self._sanitize("stdout", text).removesuffix("\n") + "\n")

    def _sanitize(self, name: Literal["stdout", "stderr"], text: str) -> str:
        """Remove unsafe escapes from a text for a terminal; a pipe receives the text unchanged."""
        return terminal_text(text) if self._is_terminal[name] else text

    def _write(self, name: Literal["stdout", "stderr"], text: str) -> None:
        if text:
            self._files[name].write(text)
            self._mid_line[self._cursor[name]] = not text.endswith("\n")


def _changed_lines(printed: _Printed, known: str, *, ended: bool) -> str:
    """Return the new lines of a stream, after those that have changed if it has ``ended``."""
    before, now = (text.split("\n") for text in (printed.recent, known))
    before.pop()  # The recent lines end with a line end.
    further = now[len(before) :]
    if not ended:
        return "\n".join(further)
    changed = [new for old, new in zip(before, now, strict=False) if old != new]
    printed.recent = "".join(f"{line}\n" for line in now[: len(before)])
    return "\n".join((*changed, *further))


def text_from(stream: Stream, start: int) -> str | None:
    """Return the stream's text from ``start`` on, or None if its middle is only in the store."""
    tail_start = stream.chars - len(stream.tail)
    if start >= tail_start:
        return stream.tail[start - tail_start :]
    return stream.text[start:] + stream.tail if tail_start <= len(stream.text) else None


def display_text(output: Display) -> str:
    """Return a display as text: its own text, or the name and size of an image."""
    kinds = (*output.data, *output.omitted)
    plain = output.data.get("text/plain")
    # The text of IPython's wrappers is only their class, and that of figures only their size.
    if (
        isinstance(plain, str)
        and not plain.startswith("<IPython.core.display.")
        and not any(kind.startswith("image/") for kind in kinds)
    ):
        return plain
    for kind in ("text/markdown", "text/latex"):
        if isinstance(text := output.data.get(kind), str):
            return text
    rich = {kind: part for kind, part in output.data.items() if kind != "text/plain"}
    name = one_line([msgspec.structs.replace(output, data=rich)], _SUMMARY_LIMIT)
    return f"[{name}]" if name else ""


def _same(before: Output | None, now: Output) -> bool:
    """Return whether two outputs look the same; a failure receives its frames later."""
    if isinstance(before, Failure) and isinstance(now, Failure):
        return before.traceback == now.traceback
    return before == now
