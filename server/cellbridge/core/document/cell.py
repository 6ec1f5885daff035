"""One cell: its lines and what they mean.

Owns: reading a cell's kind, title, metadata, body, the code a kernel is sent, all from its lines
alone. It must not know the cell's neighbours or its place in the document.

Everything but the lines is worked out when it is first asked for and then kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from . import databricks, magics
from .header import is_only_header
from .languages import Language, language_named
from .lexing import State, states
from .markdown import Heading, MarkdownLine, find_quoted_text, headings, markdown_lines
from .markers import CellKind, Marker, grammar_of, may_hold_escapes, unescape
from .symbols import Name, names
from .text import without_ending

__all__ = ["Cell", "CellKind"]


@dataclass(frozen=True)
class Cell:
    """A slice of a document. Two cells are equal if their text and language are."""

    lines: tuple[str, ...]
    """The document's own lines, each with its ending; the marker, if any, comes first."""
    language: Language

    @cached_property
    def marker(self) -> Marker | None:
        """The meaning of the marker line; None for a cell without one, the document's first."""
        return grammar_of(self.language).marker(without_ending(self.lines[0]))

    @property
    def has_marker(self) -> bool:
        """True if the first line is a marker."""
        return self.marker is not None

    @cached_property
    def kind(self) -> CellKind:
        """Code, markdown or raw.

        A first cell that holds nothing but the header is raw: there is nothing in it to run. So is
        one whose metadata keeps it out of notebooks (``active="py"``), as for jupytext.
        """
        if self.marker and self.marker.kind is not CellKind.CODE:
            return self.marker.kind
        if not is_active(self.metadata, "ipynb"):
            return CellKind.RAW
        # Each cell of a long script is read for this, so its body's lines only if they are needed.
        if databricks.may_hold_magics(self.lines) and databricks.is_markdown(
            self.body_lines, self.language
        ):
            return CellKind.MARKDOWN
        if self.marker and self.marker.title == "md" and find_quoted_text(self.body_lines):
            return CellKind.MARKDOWN  # as PyCharm writes it
        if not self.marker and is_only_header(self.lines, self.language):
            return CellKind.RAW
        return CellKind.CODE

    @cached_property
    def title(self) -> str:
        """The marker's title; empty without one."""
        title = self.marker.title if self.marker else ""
        if not title:
            return databricks.title(self.body_lines, self.language)
        return "" if title == "md" and self.kind is CellKind.MARKDOWN else title

    @property
    def depth(self) -> int:
        """0, or the cell's level below another cell (``# %%%``)."""
        return self.marker.depth if self.marker else 0

    @property
    def metadata(self) -> Mapping[str, object]:
        """The marker's metadata, without title and type."""
        return self.marker.metadata if self.marker else {}

    @property
    def tags(self) -> frozenset[str]:
        """Jupyter's cell tags."""
        return _strings(self.metadata.get("tags"))

    @cached_property
    def slice(self) -> str:
        """The cell's text, exactly as in the document."""
        return "".join(self.lines)

    @property
    def body_offset(self) -> int:
        """The cell's own line that holds the first line of `source`.

        1 below a marker, else 0; and 0 for a cell in another language by its metadata, because
        there the cell magic takes the marker's line.
        """
        return 0 if self._foreign else self.marker_lines

    @property
    def marker_lines(self) -> int:
        """1 for a cell with a marker, else 0."""
        return int(self.has_marker)

    @property
    def body(self) -> str:
        """The text without the marker line."""
        return "".join(self.lines[self.marker_lines :])

    @property
    def body_lines(self) -> list[str]:
        """The body's lines without their endings."""
        return [without_ending(line) for line in self.lines[self.marker_lines :]]

    @property
    def _foreign(self) -> str:
        """The cell magic, without its signs, that the metadata asks for."""
        language = self.metadata.get("language")
        if self.kind is not CellKind.CODE or not isinstance(language, str) or not language.strip():
            return ""
        if language_named(language) == self.language:
            return ""
        arguments = self.metadata.get("magic_args")
        return f"{language} {arguments}" if isinstance(arguments, str) else language

    @cached_property
    def source(self) -> str:
        """The code for the kernel, or the text of a markdown cell. Lines end in a line feed.

        For code, line k is the cell's line ``body_offset + k``.
        """
        if self.kind is not CellKind.CODE:
            return "\n".join(entry.text for entry in self.markdown)
        lines = self.body_lines
        if may_hold_escapes(self.slice):
            lines = [unescape(line, self.language) for line in lines]
        if self._foreign:
            magic = " ".join(f"%%{self._foreign}".split("\n"))
            return "\n".join([magic, *magics.uncomment_lines(lines, self.language)])
        if not is_active(self.metadata, self.language.extension):
            return "\n".join(magics.uncomment_lines(lines, self.language))
        shown = databricks.uncomment_magics(lines, self.language) or magics.uncomment_magics(
            lines, self.language
        )
        return "\n".join(shown)

    @cached_property
    def markdown(self) -> tuple[MarkdownLine, ...]:
        """The text of a cell that is not code, line by line, counted from the body's first."""
        lines = self.body_lines
        if self.kind is CellKind.CODE:
            return ()
        if databricks.is_markdown(lines, self.language):
            return tuple(databricks.markdown_lines(lines, self.language))
        bare = self.marker is None or (
            self.marker.kind is CellKind.CODE and is_active(self.metadata, self.language.extension)
        )
        if self.kind is CellKind.RAW and bare:
            return tuple(MarkdownLine(number, 0, line) for number, line in enumerate(lines))
        return tuple(markdown_lines(lines, self.language))

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """The headings of a markdown cell, counted from the body's first line."""
        return tuple(headings(self.markdown)) if self.kind is CellKind.MARKDOWN else ()

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """The names a Python cell defines, counted from the body's first line."""
        if self.kind is not CellKind.CODE or not self.language.syntax.python:
            return ()
        return tuple(names(self.body_lines))

    @cached_property
    def last_code_line(self) -> int | None:
        """The cell's own line, from 0, that holds the last code.

        If there are only comments, the last line that is not blank; None for a blank body.
        """
        lines = self.source.split("\n")
        full = [number for number, line in enumerate(lines) if line.strip()]
        if not full:
            return None
        comment = self.language.comment
        begins: list[State] | None = None
        for number in reversed(full):
            if lines[number].lstrip().startswith(comment) and not self._foreign:
                # A line that looks like a comment is code if it is inside a string.
                begins = begins or list(states(lines, self.language))
                if not begins[number]:
                    continue
            return self.body_offset + number
        return self.body_offset + full[-1]


def is_active(metadata: Mapping[str, object], extension: str) -> bool:
    """Return whether a cell is part of files of this kind, by jupytext's ``active`` and tags."""
    control = metadata.get("run_control")
    if isinstance(control, dict) and control.get("frozen") is True:  # pyright: ignore[reportUnknownMemberType]  # JSON
        return extension == "ipynb"
    for tag in sorted(_strings(metadata.get("tags"))):
        if tag.startswith("active-"):
            return extension in tag.split("-")
    active = metadata.get("active")
    return extension in re.split(r"[.,]", active) if isinstance(active, str) else True


def _strings(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, (list, tuple)):
        return frozenset(item for item in value if isinstance(item, str))  # pyright: ignore[reportUnknownVariableType]  # JSON
    return frozenset()
