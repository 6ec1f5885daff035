"""One cell: its lines and what they mean.

Owns: reading a cell's kind, title, metadata, body, the code a kernel is sent, all from its lines
alone. It must not know the cell's neighbours or its place in the document.

Everything but the lines is worked out when it is first asked for and then kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from . import magics
from .languages import Language
from .markdown import Heading, MarkdownLine, headings, markdown_lines
from .markers import CellKind, Marker, grammar_of
from .symbols import Name, names
from .text import without_ending

__all__ = ["Cell", "CellKind"]


@dataclass(frozen=True)
class Cell:
    """A slice of a document. Two cells are equal if their text and language are."""

    lines: tuple[str, ...]
    """The document's own lines, the marker first where there is one, each with its ending."""
    language: Language

    @cached_property
    def marker(self) -> Marker | None:
        """What the marker line says; None for a cell without one, the document's first."""
        line = without_ending(self.lines[0])
        grammar = grammar_of(self.language)
        return grammar.read(line) if grammar.opens_cell(line) else None

    @property
    def has_marker(self) -> bool:
        """True if the first line is a marker."""
        return self.marker is not None

    @cached_property
    def kind(self) -> CellKind:
        """Code, markdown or raw."""
        if self.marker is None or self.marker.kind is CellKind.CODE:
            return CellKind.CODE
        return self.marker.kind

    @property
    def title(self) -> str:
        """The marker's title; empty without one."""
        return self.marker.title if self.marker else ""

    @property
    def depth(self) -> int:
        """0, or how deep the cell stands below another one (``# %%%``)."""
        return self.marker.depth if self.marker else 0

    @property
    def metadata(self) -> Mapping[str, object]:
        """The marker's metadata, without title and type."""
        return self.marker.metadata if self.marker else {}

    @property
    def tags(self) -> frozenset[str]:
        """Jupyter's cell tags."""
        tags = self.metadata.get("tags")
        if isinstance(tags, str):
            return frozenset({tags})
        if isinstance(tags, (list, tuple)):
            return frozenset(tag for tag in tags if isinstance(tag, str))  # pyright: ignore[reportUnknownVariableType]  # JSON
        return frozenset()

    @cached_property
    def slice(self) -> str:
        """The cell's text as it stands in the document."""
        return "".join(self.lines)

    @property
    def body_offset(self) -> int:
        """1 below a marker, else 0: the cell's own line on which the body begins."""
        return 1 if self.has_marker else 0

    @property
    def body(self) -> str:
        """The text without the marker line."""
        return "".join(self.lines[self.body_offset :])

    @property
    def body_lines(self) -> list[str]:
        """The body's lines without their endings."""
        return [without_ending(line) for line in self.lines[self.body_offset :]]

    @cached_property
    def source(self) -> str:
        """What the kernel is sent for code; the text for markdown. Lines end in a line feed."""
        if self.kind is not CellKind.CODE:
            return "\n".join(entry.text for entry in self.markdown)
        return "\n".join(magics.revealed(self.body_lines, self.language))

    @cached_property
    def markdown(self) -> tuple[MarkdownLine, ...]:
        """The text of a cell that is not code, line by line, counted from the body's first."""
        if self.kind is CellKind.CODE:
            return ()
        return tuple(markdown_lines(self.body_lines, self.language))

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

        The last line that is not blank where there are only comments; None for a blank body.
        """
        last = None
        last_text = None
        for number, line in enumerate(self.source.split("\n"), self.body_offset):
            stripped = line.strip()
            if stripped:
                last_text = number
                if not stripped.startswith(self.language.comment):
                    last = number
        return last if last is not None else last_text
