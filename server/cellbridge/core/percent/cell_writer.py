"""Cells of a notebook as a script holds them.

Owns: what becomes of a cell's type, source and metadata: marker and body, as jupytext writes them,
and spacing. It must not know which cells a script has already.

Invariant: whatever a cell's source holds, the script's marker lines are those written here: what
would open a cell is escaped, and what would run over the next marker is commented out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cellbridge.core.document.cell import CellKind, is_active
from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import Language, language_named
from cellbridge.core.document.lexing import states
from cellbridge.core.document.markers import (
    escape,
    grammar_of,
    is_escaped,
    may_hold_escapes,
    may_hold_markers,
)
from cellbridge.core.document.text import Text
from cellbridge.core.percent.blank_lines import expected_blanks
from cellbridge.core.percent.cell_reader import UNCLOSED, read_text
from cellbridge.core.percent.magic_lines import MagicWriter, may_hold_magics
from cellbridge.core.percent.marker_lines import Style, marker_line
from cellbridge.core.percent.notebook_values import source_of
from cellbridge.core.percent.source_ends import (
    BLANKS,
    ENDINGS,
    count_blanks,
    describe_endings,
    states_blanks,
    with_one_ending,
)

_FOREIGN = {
    *("R", "bash", "sh", "python", "python2", "python3", "coconut", "javascript", "js", "perl"),
    *("html", "latex", "markdown", "pypy", "ruby", "script", "svg", "matlab", "octave", "idl"),
    *("robotframework", "sas", "spark", "sql", "cython", "haskell", "tcl", "gnuplot"),
}
"""Cell magics that name the language of the cell."""


@dataclass(frozen=True, slots=True)
class WrittenCell:
    """One cell, spacing aside."""

    marker: str
    body: list[str]
    spacing: int | None = None
    """Blank lines below, if the metadata give their number."""
    closed: bool = False
    """True if nothing in the cell can hide the markers below it."""


def write_cell(cell: Mapping[str, Any], style: Style, *, is_last: bool = False) -> WrittenCell:
    """Return one cell of a notebook as its script holds it."""
    source = source_of(cell)
    if cell["cell_type"] == "code" and not cell.get("metadata") and _is_bare(source, style):
        return WrittenCell(marker_line({}, CellKind.CODE, style), source.split("\n"), closed=True)
    kind = CellKind(cell["cell_type"])
    own: dict[str, Any] = cell.get("metadata") or {}
    source, metadata = source_and_metadata(cell, style)
    if metadata.get("tags") == []:
        del metadata["tags"]
    wanted = own.get("lines_to_next_cell")
    spacing = (
        wanted if isinstance(wanted, int) and not isinstance(wanted, bool) and wanted >= 0 else None
    )
    if kind is CellKind.CODE:
        return _code(source, metadata, style, _Spacing(spacing, is_last))
    if kind is CellKind.RAW and not is_active(metadata, "ipynb"):
        # The metadata take the cell out of notebooks, but it is code for the script.
        active = is_active(metadata, style.language.extension)
        lines = source.split("\n")
        body = lines if active else _comment_lines(lines, style.language)
        metadata = _Spacing(spacing, is_last).state(metadata, body)
        return WrittenCell(marker_line(metadata, CellKind.CODE, style), body, spacing)
    marker = marker_line(metadata, kind, style)
    closed = "```" not in source and "~~~" not in source and "cell_marker" not in own
    body = _prose(source, own.get("cell_marker"), style.language)
    return WrittenCell(marker, body, spacing, closed=closed)


@dataclass(frozen=True, slots=True)
class _Spacing:
    """The blank lines below a cell, as far as they are known before the next cell."""

    wanted: int | None
    is_last: bool

    def state(self, metadata: dict[str, Any], body: Sequence[str]) -> dict[str, Any]:
        """Return the metadata for a marker, with blank lines that belong to the body."""
        if not states_blanks(body, self.wanted, is_last=self.is_last):
            return metadata
        return {**metadata, BLANKS: count_blanks(body)}


def source_and_metadata(cell: Mapping[str, Any], style: Style) -> tuple[str, dict[str, Any]]:
    """Return a source whose lines end alike, and the metadata that its marker holds."""
    source, own = source_of(cell), cell.get("metadata")
    metadata = style.chosen.apply(own) if own else {}
    for key in (BLANKS, ENDINGS):
        metadata.pop(key, None)
    endings = describe_endings(source)
    if endings is not None:
        metadata[ENDINGS] = endings
    return with_one_ending(source), metadata


def _is_bare(source: str, style: Style) -> bool:
    """Return whether a code cell's text goes into a Python script as it is: a quick check."""
    # Spelt out, as every cell of every conversion comes by: nothing here can be a magic, a marker,
    # an escape or a string over lines.
    return (
        style.language.syntax.python
        and source[:1].strip() != ""
        and source[-1:].strip() != ""
        and not ("%" in source or "!" in source or "?" in source or "\\" in source)
        and not ("\r" in source or '"""' in source or "'''" in source)
        and not ("In[" in source or "<codecell>" in source or "COMMAND -" in source)
    )


def _code(source: str, metadata: dict[str, Any], style: Style, below: _Spacing) -> WrittenCell:
    language, spacing = style.language, below.wanted
    lines = source.split("\n")
    if source.startswith(("%%", "#!")) and (named := _foreign(lines[0], language)):
        name, arguments = named
        metadata = dict(metadata)
        if arguments:
            metadata["magic_args"] = arguments
        metadata["language"] = name
        body = _comment_lines(lines[1:], language) if len(lines) > 1 else []
        return WrittenCell(marker_line(metadata, CellKind.CODE, style), body, spacing)
    if metadata and not is_active(metadata, language.extension):
        return WrittenCell(
            marker_line(metadata, CellKind.CODE, style), _comment_lines(lines, language), spacing
        )
    if not source:
        return WrittenCell(marker_line(metadata, CellKind.CODE, style), [], spacing, closed=True)
    body = lines
    if may_hold_magics(source, language):
        writer = MagicWriter(language)
        body = [writer.write(line) for line in lines]
    first = body[0]
    indent = first[: len(first) - len(first.lstrip())] if first.strip() else ""
    marker = indent + marker_line(below.state(metadata, body), CellKind.CODE, style)
    if _is_safe(source, language):
        return WrittenCell(marker, body, spacing, closed=True)
    return replace(_guard_code(marker, body, source, metadata, style), spacing=spacing)


def _is_safe(source: str, language: Language) -> bool:
    """Return whether no line of a code cell can open a cell or hide the next one: a quick check."""
    if may_hold_markers(source):
        return False
    if language.syntax.python:
        return '"""' not in source and "'''" not in source and "\\\n" not in source
    return not any(opener in source for opener, _ in language.syntax.spans)


def _guard_code(
    marker: str, body: list[str], source: str, metadata: dict[str, Any], style: Style
) -> WrittenCell:
    """Return a code cell that reads as itself, whatever it holds."""
    language = style.language
    body = [escape(line, language) if is_escaped(line, language) else line for line in body]
    found = parse(Text.of("\n".join([marker, *body])), language)
    while len(found) > 1:
        line = found.first_line(1) - 1
        body[line] = escape(body[line], language)
        found = parse(Text.of("\n".join([marker, *body])), language)
    if not _runs_on(body, language) and not _is_odd(marker, body, source, style):
        return WrittenCell(marker, body)
    return comment_out(source, metadata, style)


def comment_out(source: str, metadata: Mapping[str, Any], style: Style) -> WrittenCell:
    """Return a code cell commented out, because as code it would be another one, or several."""
    marker = marker_line({**metadata, "active": UNCLOSED}, CellKind.CODE, style)
    return WrittenCell(marker, _comment_lines(source.split("\n"), style.language))


def without_fences(written: WrittenCell, language: Language) -> WrittenCell:
    """Return a cell of text none of whose fences opens one: an open fence hides the cells below."""
    sign = language.comment
    body = [
        escape(line, language) if line[len(sign) :].lstrip().startswith(("```", "~~~")) else line
        for line in written.body
    ]
    shown = Text.of("\n".join([f"{sign} %% [markdown]", *body]))
    return replace(
        written, body=body if len(parse(shown, language)) == 1 else _escape_lines(body, language)
    )


def _runs_on(body: Sequence[str], language: Language) -> bool:
    return any(list(states([*body, ""], language))[-1:]) if body else False


def _is_odd(marker: str, body: list[str], source: str, style: Style) -> bool:
    if "md" not in marker and "title" not in marker:
        return False
    piece = read_text("\n".join([marker, *body]), style.language)
    return piece.kind is not CellKind.CODE or with_one_ending(piece.source) != source


def _foreign(line: str, language: Language) -> tuple[str, str] | None:
    """Return the language and the arguments of a first line that is a cell magic for a language."""
    magic = "#!" if language.name == "csharp" else "%%"
    name, _, arguments = line.removeprefix(magic).partition(" ")
    if not line.startswith(magic) or name not in _FOREIGN or language_named(name) == language:
        return None
    if arguments != arguments.strip() or (not arguments and line.endswith(" ")):
        return None
    return name, arguments


def _prose(source: str, cell_marker: object, language: Language) -> list[str]:
    """Return the body of a markdown or raw cell: a string as its metadata want it, or comments."""
    if isinstance(cell_marker, str) and language.syntax.python:
        quoted = _in_quotes(source, cell_marker)
        if quoted is not None:
            return quoted
    body = _as_comments(source.split("\n"), language)
    fenced = may_hold_markers(source) and ("```" in source or "~~~" in source)
    if fenced and not may_hold_escapes("\n".join(body)):
        # Nothing in a fence opens a cell, so nothing in it needs an escape.
        shown = Text.of("\n".join([f"{language.comment} %% [markdown]", *body]))
        if len(parse(shown, language)) == 1:
            return body
    return _escape_lines(body, language)


def _comment_lines(lines: Sequence[str], language: Language) -> list[str]:
    """Return lines as comments, none of which opens a cell."""
    return _escape_lines(_as_comments(lines, language), language)


def _escape_lines(body: list[str], language: Language) -> list[str]:
    """Return a body with escapes for lines that would open a cell, or look escaped already."""
    if not may_hold_markers("\n".join(body)):
        return body
    opens = grammar_of(language).opens_cell
    return [
        escape(line, language) if opens(line) or is_escaped(line, language) else line
        for line in body
    ]


def _in_quotes(source: str, cell_marker: str) -> list[str] | None:
    """Return the source in the string that jupytext's ``cell_marker`` names; None if it cannot."""
    left, comma, right = cell_marker.partition(",")
    if not comma:
        left, right = cell_marker + "\n", "\n" + cell_marker.lstrip("rR")
    quote = right[-3:]
    if left.lstrip("rR")[:3] != quote or quote not in {'"""', "'''"} or quote in source:
        return None
    if "\\" in source and left[:1] not in {"r", "R"}:
        left = "r" + left
    if source.endswith(("\\", quote[0])) or source.startswith(quote[0]) or may_hold_markers(source):
        return None
    return (left + source + right).split("\n")


def _as_comments(lines: Sequence[str], language: Language) -> list[str]:
    sign, suffix = language.comment, f" {language.suffix}" if language.suffix else ""
    return [f"{sign} {line}{suffix}" if line else sign + suffix for line in lines]


# --- Spacing --------------------------------------------------------------------------------------


def join_cells(written: Sequence[WrittenCell], language: Language) -> list[str]:
    """Return the cells' slices, with the blank lines below each."""
    slices: list[str] = []
    below: list[str] | None = None
    for cell in reversed(written):
        text = "\n".join([cell.marker, *cell.body])
        # More blank lines than a reader takes for spacing would become part of the text.
        blanks = None if cell.spacing is None else min(cell.spacing, 2 + (below is None))
        if blanks is None:
            following = None if below is None else reversed(below)
            blanks = expected_blanks(cell.body or [""], following, language, text)
        if below is None:
            blanks -= 1
        text += "\n" * (1 + max(0, blanks))
        slices.append(text if blanks >= 0 else text[:-1])
        below = slices
    slices.reverse()
    return slices
