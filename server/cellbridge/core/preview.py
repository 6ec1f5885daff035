"""Outputs as text: in a few words, as plain text, and as Markdown.

Owns what a person sees of an output where nothing richer can be drawn. It must not know which
editor shows it; limits are given in characters by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cellbridge.core.images import pixel_size
from cellbridge.core.outputs import Display, Failure, Output, Stream

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_FRAME_SHAPE = re.compile(r"\[([\d,]+) rows x ([\d,]+) columns\]\s*\Z")
_LEAST_BLOCK = 128
"""Characters below which a cut output would say less than its being named."""
_NAMES = {
    "text/html": "HTML",
    "text/markdown": "Markdown",
    "text/latex": "LaTeX",
    "image/svg+xml": "svg",
    "application/json": "JSON",
    "application/pdf": "PDF",
    "application/javascript": "JavaScript",
}


def strip_ansi(text: str) -> str:
    """Return ``text`` without terminal escape sequences."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def one_line(outputs: Sequence[Output], limit: int) -> str:
    """Return the outputs in a few words for the end of a line: the value, or what there is to see.

    A failure says more than a result, a result more than a display, a display more than printed
    text. Empty where there is no output.
    """
    failures = [output for output in outputs if isinstance(output, Failure)]
    if failures:
        return shorten("✗ " + failure_line(failures[-1]), limit)
    displays = [output for output in outputs if isinstance(output, Display)]
    results = [output for output in displays if output.count is not None]
    for output in reversed(results or displays):
        if text := _display_line(output):
            return shorten(text, limit)
    return shorten(_streams_line([o for o in outputs if isinstance(o, Stream)]), limit)


def failure_line(failure: Failure) -> str:
    """Return the exception as Python prints its last line: ``ValueError: no such thing``."""
    name, value = strip_ansi(failure.ename), strip_ansi(failure.evalue)
    return f"{name}: {value}" if name and value else name or value or "failed"


def plain_text(outputs: Sequence[Output], limit: int) -> str:
    """Return the outputs as a terminal without colours shows them, cut at ``limit`` characters."""
    text = "\n".join(part for part in map(_plain, outputs) if part)
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "…"


def markdown(outputs: Sequence[Output], limit: int) -> str:
    """Return the outputs as Markdown of at most about ``limit`` characters, pictures inlined.

    What does not fit is named with its size, so that nothing is left out silently.
    """
    blocks: list[str] = []
    room = limit
    for index, output in enumerate(outputs):
        if blocks and room < _LEAST_BLOCK:
            left = len(outputs) - index
            blocks.append(f"*… {left} more output{'s' if left > 1 else ''} not shown here*")
            break
        blocks.append(_markdown(output, room))
        room -= len(blocks[-1]) + 2
    return "\n\n".join(block for block in blocks if block)


def shorten(text: str, limit: int) -> str:
    """Return ``text`` on one line, cut with an ellipsis where it is longer than ``limit``."""
    line = " ".join(text[: 4 * limit + 64].split())
    return line if len(line) <= limit else line[: max(0, limit - 1)] + "…"


def _display_line(output: Display) -> str:
    plain = output.data.get("text/plain")
    text = strip_ansi(plain).strip() if isinstance(plain, str) else ""
    if image := _image_line(output):
        return image
    if shape := _frame_shape(output, text):
        return shape
    if text:
        first, *more = text.split("\n")
        return f"{first} … {len(more) + 1} lines" if more else text
    for mime in (*output.data, *output.omitted):
        return _NAMES.get(mime, mime)
    return ""


def _image_line(output: Display) -> str:
    for mime, data in output.data.items():
        if mime.startswith("image/"):
            name = _NAMES.get(mime, mime.removeprefix("image/"))
            size = pixel_size(mime, data) if isinstance(data, str) else None
            return f"{name} {size[0]} × {size[1]}" if size else name
    for mime in output.omitted:
        if mime.startswith("image/"):
            return _NAMES.get(mime, mime.removeprefix("image/"))
    return ""


def _frame_shape(output: Display, text: str) -> str:
    html = output.data.get("text/html")
    if not isinstance(html, str) or 'class="dataframe"' not in html:
        return ""
    if shape := _FRAME_SHAPE.search(text):
        return f"DataFrame {shape[1]} × {shape[2]}"
    head, _, body = html.partition("</thead>")
    columns = len(re.findall(r"<th\b[^>]*>(?!</th>)", head))
    return f"DataFrame {body.count('<tr>')} × {columns}"


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
            plain = output.data.get("text/plain")
            return strip_ansi(plain) if isinstance(plain, str) else _display_line(output)


def _stream_text(stream: Stream) -> str:
    hidden = stream.chars - len(stream.text) - len(stream.tail)
    if hidden <= 0:
        return stream.text + stream.tail
    return f"{stream.text}\n… {hidden:,} characters more …\n{stream.tail}"


def _markdown(output: Output, room: int) -> str:
    if isinstance(output, Display):
        for mime in ("image/png", "image/jpeg", "image/gif"):
            data = output.data.get(mime)
            if isinstance(data, str) and len(data) + 40 < room:
                return f"![{_image_line(output)}](data:{mime};base64,{''.join(data.split())})"
        text = output.data.get("text/markdown") or output.data.get("text/latex")
        if isinstance(text, str) and len(text) < room:
            return text
    return _fenced(_plain(output), room)


def _fenced(text: str, room: int) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    if len(text) + 2 * len(fence) + len("text\n\n") > room:
        space = max(0, room - 2 * len(fence) - 64)
        head, tail = text[: space * 3 // 4], text[-(space // 4) :] if space >= 4 else ""
        text = f"{head}\n… {len(text) - space:,} characters more …\n{tail}"
    return f"{fence}text\n{text}\n{fence}"
