"""The drawing of an editor's content on a terminal.

Owns the layout: source with line numbers, lenses above cells, hints at line ends, problems below
their lines. Everything is readable without colour. It must not send requests to the server.

       | ▶ Run | Run above | Run below | ✓ 3 · 12 ms      lenses, above a cell's marker
    20 | # %% A typical day
    22 | round(average)  → 376                            a hint, at the end of the line
    27 |     return week[day] / total
       |            ^^^^^^^^^^^^^^^^^                        a diagnostic, under its line
       |            TypeError: …
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from cellbridge.cli.tour.editor_view import Drawing, Problem

_LENS = "cyan"
_HINT = "italic green"
_PROBLEM = "bold red"
_THEME = "ansi_dark"
_ITEMS = 8
"""The number of completion candidates to show."""
_INDENT = 4
_POPUP = f"{'':{_INDENT}}▏ "
_EMPHASIS = re.compile(r"\*+([^*]+)\*+")


class Renderer:
    """Draws on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def title(self, text: str, below: str) -> None:
        """Draw the title."""
        self._console.print()
        self._console.print(Text(text, "bold"))
        self._console.print(Text(below, "dim"))

    def step(self, text: str, note: str = "") -> None:
        """Draw the heading of the next step."""
        line = Text.assemble(("● ", _LENS), (text, "bold"), (f"  {note}" if note else "", "dim"))
        self._console.print()
        self._console.print(line)

    def note(self, text: str) -> None:
        """Draw a note on the content above."""
        self._console.print(Padding(Text(text, "dim"), (0, 0, 0, 2)))

    def ask(self, prompt: str) -> None:
        """Draw the prompt of a cell, and leave the cursor after it."""
        self._console.print(Text.assemble(("  Input for a cell: ", "dim"), prompt), end="")

    def cells(self, cells: Sequence[Mapping[str, Any]]) -> None:
        """Draw the list of cells."""
        spans = [
            f"{cell['range']['start']['line'] + 1}–{cell['range']['end']['line'] + 1}"
            for cell in cells
        ]
        width = max(map(len, spans))
        for cell, span in zip(cells, spans, strict=True):
            line = Text.assemble(
                " " * _INDENT, (f"{span:>{width}}  ", "dim"), f"{cell['kind']:<8}  "
            )
            line.append(str(cell.get("title", "")), "bold")
            self._line(line)

    def source(self, drawing: Drawing, language: str) -> None:
        """Draw a document as an editor does."""
        coloured = self._highlight(drawing.lines, language)
        width = len(str(len(drawing.lines)))
        blank = Text(f"  {'':{width}} | ", "dim")
        before = -1
        for number in drawing.shown:
            if number > before + 1:
                self._line(Text(f"  {'⋯':>{width}} | ", "dim"))
            before = number
            if titles := drawing.lenses.get(number):
                self._line(blank + Text(" | ".join(titles), _LENS))
            line = Text(f"  {number + 1:{width}} | ", "dim") + coloured[number]
            if number in drawing.hints:
                line += Text(f"  {drawing.hints[number]}", _HINT)
            self._line(line)
            for problem in drawing.problems.get(number, ()):
                self._problem(blank, drawing.lines[number], problem)

    def markdown(self, text: str) -> None:
        """Draw the Markdown of a hover: code blocks unchanged, other lines with their emphasis."""
        fenced = False
        blank = True
        for line in text.strip().split("\n"):
            if line.startswith("```"):
                fenced = not fenced
                continue
            if not fenced and line in {"", "---"}:
                # One empty line between blocks is enough.
                if not blank:
                    self._line(Text(_POPUP, "dim"))
                blank = True
                continue
            blank = False
            self._line(Text(_POPUP, "dim") + (Text(line) if fenced else _with_emphasis(line)))

    def completions(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Draw a list of completion candidates."""
        for item in items[:_ITEMS]:
            line = Text.assemble((_POPUP, "dim"), str(item["label"]))
            if detail := item.get("detail"):
                line.append(f"  {detail}", "dim")
            self._line(line)
        if len(items) > _ITEMS:
            self.note(f"  … and {len(items) - _ITEMS} more")

    def steps_from_here(self, steps: Sequence[tuple[str, str]]) -> None:
        """Draw the list of next steps."""
        width = max(len(what) for what, _ in steps)
        for what, how in steps:
            line = Text.assemble("  ", (what.ljust(width), "dim"), "  ", how)
            self._console.print(line, soft_wrap=True)
        self._console.print()

    def _highlight(self, lines: Sequence[str], language: str) -> list[Text]:
        syntax = Syntax("", language, theme=_THEME, background_color="default")
        drawn = list(syntax.highlight("\n".join(lines)).split("\n", allow_blank=True))
        return drawn + [Text("")] * (len(lines) - len(drawn))

    def _problem(self, gutter: Text, line: str, problem: Problem) -> None:
        before = " " * cell_len(line[: problem.start])
        marks = "^" * max(1, cell_len(line[problem.start : problem.end]))
        self._line(gutter + Text(before + marks, _PROBLEM))
        self._line(gutter + Text(before + problem.message, _PROBLEM))

    def _line(self, line: Text) -> None:
        self._console.print(line, no_wrap=True, overflow="ellipsis")


def _with_emphasis(line: str) -> Text:
    text = Text()
    for number, part in enumerate(_EMPHASIS.split(line)):
        text.append(part, "italic" if number % 2 else "")
    return text
