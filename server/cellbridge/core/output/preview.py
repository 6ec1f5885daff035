"""Outputs as text: in a few words, as plain text, and as Markdown.

Owns the text form of a list of outputs, for places where nothing richer can be drawn; bundle.py
owns that of a single bundle. It must not know which editor shows it; limits are given in characters
by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cellbridge.core.output import bundle
from cellbridge.core.output.bundle import fenced
from cellbridge.core.output.escapes import label, strip_ansi
from cellbridge.core.output.mime_types import Medium
from cellbridge.core.output.outputs import HEAD_LIMIT, Display, Failure, Output, Stream

_LEAST_BLOCK = 128
"""Characters below which a cut output would be less useful than its name."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Outputs as text."""

    text: str
    whole: bool
    """Nothing was cut or left out."""


def one_line(outputs: Sequence[Output], limit: int) -> str:
    """Return the outputs in a few words for the end of a line: the value, or what there is to see.

    A failure takes precedence over a result, a result over a display, a display over printed text.
    Empty if there is no output.
    """
    failures = [output for output in outputs if isinstance(output, Failure)]
    if failures:
        return shorten("✗ " + failure_line(failures[-1]), limit)
    displays = [output for output in outputs if isinstance(output, Display)]
    results = [output for output in displays if output.count is not None and not _is_handle(output)]
    for output in reversed(results or displays):
        if text := bundle.line(output):
            return shorten(text, limit)
    return shorten(_streams_line([o for o in outputs if isinstance(o, Stream)]), limit)


def _is_handle(result: Display) -> bool:
    """Return whether a result is only the handle of a display, which is an output of its own."""
    return str(result.data.get("text/plain")).startswith("<DisplayHandle display_id=")


def failure_line(failure: Failure) -> str:
    """Return the exception as Python prints its last line: ``ValueError: no such thing``."""
    name, value = strip_ansi(failure.ename), strip_ansi(failure.evalue)
    return f"{name}: {value}" if name and value else name or value or "failed"


def plain_text(outputs: Sequence[Output], limit: int) -> str:
    """Return the outputs as a terminal without colours shows them, cut at ``limit`` characters."""
    said: list[str] = []
    length = -1  # No line end comes before the first part.
    for part in filter(None, map(_plain, outputs)):
        said.append(part)
        length += 1 + len(part)
        if length > limit:
            break  # The rest of thousands of outputs would be made only to be cut off.
    text = "\n".join(said)
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "…"


def markdown(outputs: Sequence[Output], limit: int, medium: Medium = Medium.PICTURES) -> Rendered:
    """Return the outputs as Markdown of at most about ``limit`` characters.

    What does not fit is named with its size, so that nothing is left out silently.
    """
    blocks: list[str] = []
    room, whole = limit, True
    for index, output in enumerate(outputs):
        if blocks and room < _LEAST_BLOCK:
            left = len(outputs) - index
            blocks.append(f"*… {left} more output{'s' if left > 1 else ''} not shown here*")
            whole = False
            break
        if isinstance(output, Display):
            text, complete = bundle.markdown(output, medium, room)
        else:
            plain = _plain(output)
            text = fenced(plain, room)
            long = isinstance(output, Stream) and output.chars > HEAD_LIMIT
            complete = not long and plain in text
        blocks.append(text)
        whole &= complete
        room -= len(text) + 2
    return Rendered("\n\n".join(block for block in blocks if block), whole)


def shorten(text: str, limit: int) -> str:
    """Return ``text`` on one line, cut with an ellipsis where it is longer than ``limit``."""
    line = " ".join(label(text[: 4 * limit + 64]).split())
    return line if len(line) <= limit else line[: max(0, limit - 1)] + "…"


def _streams_line(streams: Sequence[Stream]) -> str:
    lines = sum(stream.lines for stream in streams)
    text = strip_ansi("".join(stream.text for stream in streams)).strip()
    if lines <= 1 and "\n" not in text:
        return text
    open_lines = sum(not (stream.tail or stream.text).endswith("\n") for stream in streams)
    return f"{lines + open_lines} lines"


def _plain(output: Output) -> str:
    match output:
        case Stream():
            return strip_ansi(_stream_text(output)).removesuffix("\n")
        case Failure():
            return strip_ansi("\n".join(output.traceback)) or failure_line(output)
        case Display():
            return bundle.plain(output)


def _stream_text(stream: Stream) -> str:
    hidden = stream.chars - len(stream.text) - len(stream.tail)
    if hidden <= 0:
        return stream.text + stream.tail
    return f"{stream.text}\n… {hidden:,} characters more …\n{stream.tail}"
