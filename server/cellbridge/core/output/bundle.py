"""A bundle as text, as Markdown and in a few words.

Owns how each type is rendered; which type is chosen is mime_types.py's table. What does not fit, or
cannot be shown as text, is named with its type and size: nothing is left out silently.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from cellbridge.core import units
from cellbridge.core.output import html_text
from cellbridge.core.output.escapes import strip_ansi
from cellbridge.core.output.images import pixel_size
from cellbridge.core.output.mime_types import Medium, Part, parts
from cellbridge.core.output.outputs import Display
from cellbridge.core.output.safe_links import safe_markdown

_SHAPES = (
    re.compile(r"\[(?P<rows>[\d,]+) rows x (?P<columns>[\d,]+) columns\]\s*\Z"),
    re.compile(r"\Ashape: \((?P<rows>[\d_,]*\d), (?P<columns>[\d_]+)\)"),
)
_DRAWN = re.compile(
    r"<(?:audio|canvas|embed|hr|iframe|img|input|object|script|svg|video)\b", re.IGNORECASE
)
"""HTML that shows something without text."""
_BY_TYPE = 5
"""Rank in a line from which on a part is shown by its type and not by its text."""


def line(display: Display) -> str:
    """Return a bundle in a few words: its value, or its types."""
    for part in _visible_parts(display):
        if part.mime.startswith("image/") or part.media.by_name:
            return part_label(part)
        if display.shape is not None:
            lengths = " × ".join(f"{length:,}" for length in display.shape.lengths)
            return f"{display.shape.type} {lengths}"
        if part.mime == "text/plain" and (shape := _frame_shape(display, _text(part) or "")):
            return shape
        if part.media.ranks[0] < _BY_TYPE and (said := _first_line(part)):
            return said
        return _table_shape(part) or part.name
    return ""


def plain(display: Display) -> str:
    """Return a bundle as plain text, whole; pictures and the like are named."""
    made = next((text for part in parts(display, Medium.PLAIN) if (text := _text(part))), None)
    if made is None:
        return f"[{type_names(display)}]" if _visible_parts(display) else ""
    return "\n".join([made, *(f"[{part_label(part)}]" for part in _unshown_images(display))])


def markdown(display: Display, medium: Medium, room: int) -> tuple[str, bool]:
    """Return a bundle as Markdown of at most about ``room`` characters, and whether that is all."""
    whole = not display.omitted
    for part in parts(display, medium):
        text = _marked(part, pictures=medium is Medium.PICTURES)
        if not text or _is_blank(part):
            continue
        if len(text) <= room:
            drawn = part.media.is_image
            unseen = () if drawn else [f"*{part_label(one)}*" for one in _unshown_images(display)]
            return "\n\n".join([text, *unseen]), whole
        if part.media.is_image:
            return f"*{part_label(part)}*", False
        if part.mime == "text/plain":
            return fenced(_text(part) or "", room), False
        whole = False
    return f"*{type_names(display)}*" if _visible_parts(display) else "", whole


def is_text(display: Display) -> bool:
    """Return whether a bundle has a text to be read."""
    return any(not part.media.by_name and _text(part) for part in parts(display, Medium.PLAIN))


def type_names(display: Display) -> str:
    """Return the types of a bundle, the best first, with the size of what was left out."""
    found = _visible_parts(display)
    return ", ".join(
        f"{part_label(part)} ({units.size(display.omitted[part.mime])})"
        if part.mime in display.omitted
        else part_label(part)
        for part in found
    )


def _visible_parts(display: Display) -> list[Part]:
    """Return the parts for a line, without those that show nothing.

    The last part of a live display, such as rich's, is an empty text with an empty frame of HTML.
    """
    return [part for part in parts(display, Medium.LINE) if not _is_blank(part)]


def _is_blank(part: Part) -> bool:
    if not isinstance(part.content, str) or not part.mime.startswith("text/"):
        return False
    if part.mime == "text/html" and _DRAWN.search(part.content):
        return False
    return not (_text(part) or "").strip()


def part_label(part: Part) -> str:
    """Return what a part is, with the size of a picture: ``png 640 × 480``."""
    size = pixel_size(part.mime, part.content) if isinstance(part.content, str) else None
    return f"{part.name} {size[0]} × {size[1]}" if size else part.name


def _unshown_images(display: Display) -> list[Part]:
    """Return the images that are in a bundle in addition to its text."""
    return [part for part in parts(display, Medium.VIEWER) if part.mime.startswith("image/")][:1]


def fenced(text: str, room: int, language: str = "text") -> str:
    """Return text as a block of code, its middle left out where it is longer than ``room``."""
    fence = fence_around(text)
    if len(text) + 2 * len(fence) + len(language) + 2 > room:
        space = max(0, room - 2 * len(fence) - 64)
        head, tail = text[: space * 3 // 4], text[-(space // 4) :] if space >= 4 else ""
        text = f"{head}\n… {len(text) - space:,} characters more …\n{tail}"
    return f"{fence}{language}\n{text}\n{fence}"


def fence_around(text: str) -> str:
    """Return the fence of a block of code that no line of ``text`` ends."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    return "`" * (longest + 1)


def pretty(content: Any) -> str:
    """Return JSON, indented for reading."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()


def _text(part: Part) -> str | None:
    """Return a part as plain text; None for what is none, or is not here."""
    if part.media.by_name:
        return f"[{part.name}]"
    if part.content is None or part.media.base64:
        return None
    if part.mime == "application/json":
        return pretty(part.content)
    if not isinstance(part.content, str) or not part.mime.startswith("text/"):
        return None
    if part.mime == "text/html":
        return html_text.plain(part.content) or None
    return strip_ansi(part.content)


def _marked(part: Part, *, pictures: bool) -> str | None:
    """Return a part as Markdown; None for what Markdown cannot hold, or is not here."""
    if part.media.by_name:
        return f"*{part.name}*"
    if part.media.base64:
        if not pictures or not part.media.is_image or not isinstance(part.content, str):
            return None
        content = "".join(part.content.split())
        return f"![{part_label(part)}](data:{part.mime};base64,{content})"
    make = _MARKED.get(part.mime, lambda text: fenced(text, len(text) + 64))
    if part.mime in {"text/html", "text/markdown", "text/latex"}:
        return make(part.content) if isinstance(part.content, str) and part.content else None
    text = _text(part)
    return None if text is None else make(text)


_MARKED: dict[str, Callable[[str], str]] = {
    "text/html": html_text.markdown,
    "text/markdown": safe_markdown,
    "text/latex": lambda text: fenced(text, len(text) + 64, "latex"),
    "application/json": lambda text: fenced(text, len(text) + 64, "json"),
}


def _first_line(part: Part) -> str:
    text = (_text(part) or "").strip()
    first, *more = text.split("\n")
    return f"{first} … {len(more) + 1} lines" if more else text


def _table_shape(part: Part) -> str:
    """Return the size of the table that HTML begins with, such as ``table 3 × 2``."""
    if part.mime != "text/html" or part.content is None:
        return ""
    first = next(iter(html_text.blocks(part.content)), None)
    if not isinstance(first, html_text.Table):
        return first or ""
    return f"table {first.shape[0]:,} × {first.shape[1]:,}"


def _frame_shape(display: Display, text: str) -> str:
    html = display.data.get("text/html")
    if not isinstance(html, str) or 'class="dataframe"' not in html:
        return ""
    for shape in _SHAPES:
        if found := shape.search(text):
            rows, columns = (found[key].replace("_", ",") for key in ("rows", "columns"))
            return f"DataFrame {rows} × {columns}"
    tables = [one for one in html_text.blocks(html) if isinstance(one, html_text.Table)]
    rows, columns = tables[0].shape if tables else (0, 0)
    return f"DataFrame {rows:,} × {columns:,}"
