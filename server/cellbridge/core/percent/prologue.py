"""The prologue of a script: a ``#!`` line, an encoding line and the YAML header.

Owns: reading it as a notebook's metadata, and writing it. It must not know cells, save that keys of
the header that are not Jupyter's are a raw cell, as for jupytext.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from cellbridge.core.document.languages import Language
from cellbridge.core.document.text import without_ending
from cellbridge.core.percent.metadata_filters import Filter, header_filter
from cellbridge.core.percent.notebook_values import mapping

OURS = "cellbridge"
"""The notebook's metadata key under which cellbridge keeps what is its own business."""

_FENCE = re.compile(r"---\s*$")
_JUPYTER = re.compile(r"jupyter\s*:\s*$")
_BREAK = re.compile(r"[\r\n]")
_LONGEST = 2000  # lines; an opening fence without an end is not searched for further


@dataclass(frozen=True, slots=True)
class Prologue:
    """The text above the first cell, as it was read."""

    line_count: int = 0
    """The lines it takes, one blank line below the header included."""
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    """The notebook's."""
    has_jupyter: bool = False
    """True if the header has a ``jupyter`` section."""
    front: str | None = None
    """The other keys, between their fences: the source of a raw cell."""

    def same_header(self, other: Prologue) -> bool:
        """Return whether the header is the same, whichever program wrote it.

        The notebook of jupytext's script does not have its version, which the header names.
        """
        return self.front == other.front and _values(self.metadata) == _values(other.metadata)


def _values(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a header's values, without those that only describe the format of the text."""
    jupytext = dict(mapping(metadata.get("jupytext")))
    jupytext.pop("text_representation", None)
    return {**metadata, "jupytext": jupytext}


def read(lines: Sequence[str], language: Language) -> Prologue:
    """Return the prologue of a document that begins with ``lines``. Never fails.

    What looks like a header and is none, because its YAML makes no sense, is left to the cells.
    """
    metadata: dict[str, Any] = {}
    start = 0
    if lines and lines[0].startswith("#!"):
        metadata["executable"] = without_ending(lines[0])[2:]
        start = 1
    encoding = re.compile(
        rf"[ \t\f]*{re.escape(language.comment)}.*?coding[:=][ \t]*[-_.a-zA-Z0-9]+"
    )
    if start < len(lines) and encoding.match(lines[start]):
        metadata["encoding"] = without_ending(lines[start])
        start += 1
    own: dict[str, Any] = {"jupytext": metadata} if metadata else {}
    end = _closing_fence(lines, start, language)
    if end is None:
        return Prologue(start, own)
    bare = [_bare(line, language) for line in lines[start:end]]
    jupyter, other = _sections(bare[bare.index(next(filter(_FENCE.match, bare))) + 1 :])
    values = _yamlmapping(jupyter) if jupyter else {}
    if values is None:
        return Prologue(start, own)
    count = end + 1
    if count < len(lines) and not lines[count].strip():
        count += 1
    if metadata:
        section = values.get("jupytext")
        values["jupytext"] = (section if isinstance(section, dict) else {}) | metadata
    front = "\n".join(["---", *other, "---"]) if other else None
    return Prologue(count, values, bool(jupyter), front)


def _closing_fence(lines: Sequence[str], start: int, language: Language) -> int | None:
    opened = False
    for number in range(start, min(len(lines), start + _LONGEST)):
        if not lines[number].startswith(language.comment):
            return None
        text = _bare(lines[number], language)
        if _FENCE.match(text):
            if opened:
                return number
            opened = True
        elif not opened and text.strip():
            return None
    return None


def _bare(line: str, language: Language) -> str:
    text = without_ending(line).removeprefix(language.comment).removeprefix(" ")
    if language.suffix:
        text = text.rstrip().removesuffix(language.suffix).removesuffix(" ")
    return text


def _sections(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the header's lines into the ``jupyter`` section and all others."""
    jupyter: list[str] = []
    other: list[str] = []
    inside = False
    for line in lines:
        if _JUPYTER.match(line):
            inside = True
        elif line and not line[0].isspace():
            inside = False
        (jupyter if inside else other).append(line)
    return jupyter, other


def _yamlmapping(lines: Sequence[str]) -> dict[str, Any] | None:
    import yaml  # noqa: PLC0415  # the language server reads no headers this way

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.load("\n".join(lines), loader)  # noqa: S506  # a safe loader, in C if there
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    section = cast("dict[str, Any]", root).get("jupyter") if isinstance(root, dict) else None
    plain = _plain(section)
    return cast("dict[str, Any]", plain) if isinstance(plain, dict) else None


def _plain(value: object) -> Any:
    """Return YAML's values as JSON's: dates and the like become text."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case dict():
            return {str(key): _plain(item) for key, item in cast("dict[Any, Any]", value).items()}
        case list():
            return [_plain(item) for item in cast("list[Any]", value)]
        case _:
            return str(value)


# --- Writing --------------------------------------------------------------------------------------


def write(metadata: Mapping[str, Any], front: str | None, language: Language) -> list[str]:
    """Return the prologue's lines, without endings, for a notebook's metadata."""
    jupytext = mapping(metadata.get("jupytext"))
    lines: list[str] = []
    executable, encoding = jupytext.get("executable"), jupytext.get("encoding")
    if isinstance(executable, str) and not _BREAK.search(executable):
        lines.append(f"#!{executable}")
    if isinstance(encoding, str) and not _BREAK.search(encoding):
        lines.append(encoding)
    header = list(_front_lines(front))
    section = in_header(metadata, language)
    if section:
        header += _dump({"jupyter": section})
    if header:
        suffix = f" {language.suffix}" if language.suffix else ""
        fenced = ["---", *header, "---"]
        lines += [
            f"{language.comment} {line}{suffix}" if line else language.comment + suffix
            for line in fenced
        ]
        lines.append("")
    return lines


def in_header(metadata: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Return the part of a notebook's metadata that its script's header holds."""
    jupytext = dict(mapping(metadata.get("jupytext")))
    chosen: Filter = header_filter(jupytext.get("notebook_metadata_filter"))
    jupytext.pop("executable", None)
    jupytext.pop("encoding", None)
    given = mapping(jupytext.get("text_representation"))
    jupytext["text_representation"] = {
        "extension": f".{language.extension}",
        "format_name": "percent",
        "format_version": "1.3",
    } | {key: value for key, value in given.items() if key == "jupytext_version"}
    wanted = {key: value for key, value in metadata.items() if key != OURS}
    wanted["jupytext"] = jupytext
    return chosen.apply(wanted)


def _front_lines(front: str | None) -> Iterator[str]:
    if front is not None:
        yield from front.strip("\n\t ").split("\n")[1:-1]


def is_front(source: str, language: Language) -> bool:
    """Return whether a raw cell's source holds the header's other keys, which give it back."""
    lines = source.strip("\n\t ").split("\n")
    if len(lines) < 2 or not (_FENCE.match(lines[0]) and _FENCE.match(lines[-1])):
        return False
    written = write({"jupytext": {"notebook_metadata_filter": "-all"}}, source, language)
    found = read([f"{line}\n" for line in written], language)
    return found.front == source and not found.has_jupyter


def _dump(value: dict[str, Any]) -> list[str]:
    import yaml  # noqa: PLC0415  # as above

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(value, Dumper=dumper, default_flow_style=False, sort_keys=True)
    return text.rstrip("\n").split("\n")
