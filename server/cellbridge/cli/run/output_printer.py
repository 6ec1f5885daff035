r"""Outputs on a terminal or in a pipe, written while they grow.

Owns the record of the written text. It must not know sessions.

The complete lines of a stream never change. Its open last line may change, such as a progress bar:

    printed    loading\n 10%|█         |
    now        loading\n 20%|██        |     on a terminal: back to the line's start, and again
                                             elsewhere: nothing yet, until the line ends
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

import msgspec

from cellbridge.core.output.escapes import strip_ansi, terminal_text
from cellbridge.core.output.outputs import Display, Failure, Output, Stream
from cellbridge.core.output.preview import failure_line, one_line

_SUMMARY_LIMIT = 100


@dataclass(slots=True)
class _Printed:
    """The written part of one output."""

    output: Output | None = None
    settled: int = 0
    """The number of written characters of a stream, up to its last written line end."""
    open: str = ""
    """The written part of the line after that."""


class Screen:
    """Two files for output, usually stdout and stderr."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
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
            complete = self._update(self._printed[index], output, ended=ended or not last)
            if not complete:
                break
        for file in self._files.values():
            file.flush()
        return complete

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

    def _update(self, printed: _Printed, output: Output, *, ended: bool) -> bool:
        if isinstance(output, Stream):
            if not isinstance(printed.output, Stream) or printed.output.name != output.name:
                printed.output, printed.settled, printed.open = output, 0, ""
            return self._write_stream(printed, output, ended=ended)
        if not _same(printed.output, output):
            self._write_whole(output)
        printed.output = output
        return True

    def _write_stream(self, printed: _Printed, stream: Stream, *, ended: bool) -> bool:
        rest = text_from(stream, min(printed.settled, stream.chars))
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
        printed.settled += len(settled)
        printed.open = line
        printed.output = stream
        return True

    def _write_whole(self, output: Output) -> None:
        if isinstance(output, Failure):
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
