"""The YAML header of a script, which names its kernel and its language.

Owns: finding the header jupytext writes between two ``# ---`` lines and reading the few values
cellbridge uses from it. It must not become a YAML library: it reads nested ``key: value`` lines and
passes over all else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .languages import Language
from .text import without_ending

_FENCE = re.compile(r"---\s*$")
_ENCODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*[-_.a-zA-Z0-9]+")
_ENTRY = re.compile(r"(?P<indent> *)(?P<key>[^\s:#][^:]*?)\s*:(?:\s+(?P<value>.*))?$")
_LONGEST = 500  # lines; an opening fence without an end is not searched for further


SCRIPT_FORMATS = frozenset({"light", "hydrogen", "sphinx", "spin", "nomarker", "bare"})
"""jupytext's ways to write a script other than percent."""


@dataclass(frozen=True, slots=True)
class Header:
    """The values that a script's header holds about the whole script."""

    kernel_name: str | None = None
    """The kernelspec's name, such as ``python3``."""
    display_name: str | None = None
    language: str | None = None
    """The kernelspec's language."""
    format_name: str | None = None
    """jupytext's name of the text format, such as ``percent``."""
    line_count: int = 0
    """The number of header lines from the top, a ``#!`` line included; 0 without a header."""
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    """All that was read: nested mappings with strings at their ends."""

    @property
    def other_format(self) -> str:
        """Jupytext's name of the format, if the script is not in percent; else empty."""
        name = self.format_name or ""
        return name if name in SCRIPT_FORMATS else ""


def header_of(lines: Sequence[str], language: Language) -> Header:
    """Return the header of a document, which is empty if it has none. Never fails.

    ``lines`` are the document's, or those of its first cell.
    """
    extent = _extent(lines, language.comment, language.suffix)
    if extent is None:
        return Header()
    first, last = extent
    bare = [_bare(line, language.comment, language.suffix) for line in lines[first + 1 : last]]
    values = _mapping(bare)
    jupyter = _at(values, "jupyter")
    kernelspec = _at(jupyter, "kernelspec") or _at(values, "kernelspec")
    representation = _at(_at(jupyter, "jupytext"), "text_representation")
    return Header(
        kernel_name=_text(kernelspec, "name"),
        display_name=_text(kernelspec, "display_name"),
        language=_text(kernelspec, "language"),
        format_name=_text(representation, "format_name"),
        line_count=last + 1,
        values=values,
    )


def header_lines(lines: Sequence[str], language: Language) -> int:
    """Return how many lines the header takes from the top of a document; 0 without one."""
    extent = _extent(lines, language.comment, language.suffix)
    return extent[1] + 1 if extent else 0


def is_only_header(lines: Sequence[str], language: Language) -> bool:
    """Return whether the lines are a header, or a ``#!`` and an encoding line, and blank ones."""
    count = header_lines(lines, language)
    if not count:
        count += bool(lines) and lines[0].startswith("#!")
        count += count < len(lines) and bool(_ENCODING.match(lines[count]))
    return count > 0 and not any(line.strip() for line in lines[count:])


def _extent(lines: Sequence[str], comment: str, suffix: str) -> tuple[int, int] | None:
    """Return the lines of the header's two fences."""
    first = None
    for number, line in enumerate(lines[:_LONGEST]):
        if number == 0 and line.startswith("#!"):
            continue
        if number <= 1 and _ENCODING.match(line):
            continue
        if not line.startswith(comment):
            return None
        text = _bare(line, comment, suffix)
        if _FENCE.match(text):
            if first is not None:
                return first, number
            first = number
        elif first is None and text.strip():
            return None
    return None


def _bare(line: str, comment: str, suffix: str) -> str:
    # In R's spin format, the comments of the header begin with #' instead.
    text = without_ending(line).removeprefix(comment).removeprefix("'").removeprefix(" ")
    return text.rstrip().removesuffix(suffix) if suffix else text


def _mapping(lines: Sequence[str]) -> dict[str, object]:
    """Read nested ``key: value`` lines by their indentation."""
    root: dict[str, object] = {}
    open_mappings: list[tuple[int, dict[str, object]]] = [(-1, root)]
    for indent, key, value in _entries(lines):
        while indent <= open_mappings[-1][0]:
            open_mappings.pop()
        mapping = open_mappings[-1][1]
        if value is None:
            child: dict[str, object] = {}
            mapping[key] = child
            open_mappings.append((indent, child))
        else:
            mapping[key] = value
    return root


def _entries(lines: Sequence[str]) -> Iterator[tuple[int, str, str | None]]:
    for line in lines:
        found = _ENTRY.match(line.rstrip())
        if found is None:
            continue
        value = _scalar(found["value"] or "")
        yield len(found["indent"]), _scalar(found["key"]), value or None


def _scalar(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    return re.sub(r"\s+#.*$", "", text)


def _at(mapping: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = mapping.get(key)
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # made by _mapping


def _text(mapping: Mapping[str, object], key: str) -> str | None:
    value = mapping.get(key)
    return value if isinstance(value, str) else None
