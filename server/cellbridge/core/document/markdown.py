"""The text of markdown and raw cells: its position in the script, its headings and its links.

Owns: taking markdown out of comments or out of one triple-quoted string, line by line, with the
position of each piece. It must not know cells. It does not render Markdown: it reads headings,
fences and links only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .languages import Language
from .text import without_ending

_OPENING = re.compile(r"\s*[rR]?(?P<quote>\"\"\"|''')")
_ATX = re.compile(r" {0,3}(?P<signs>#{1,6})(?:[ \t]+(?P<text>.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(?:(?P<first>=+)|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
_BLOCK = re.compile(r"<!--|\$\$|\\\[|\\begin\{[^}]*\}")
_CLOSERS = {"<!--": "-->", "$$": "$$", "\\[": "\\]"}
_CODE_SPAN = re.compile(r"(`+)(?:.*?[^`])??\1(?!`)")
_INLINE = re.compile(
    r"\]\(\s*(?:<(?P<angled>[^<>]*)>|(?P<plain>[^\s()<>]+(?:\([^\s()]*\)[^\s()]*)*))"
)
_DEFINED = re.compile(r" {0,3}\[[^\]]+\]:\s*(?:<(?P<angled>[^<>]*)>|(?P<plain>\S+))")
_URL = re.compile(r"\b(?:https?|ftp|file)://[^\s<>\"'`]+|(?<=<)mailto:[^\s<>]+(?=>)")
_TRAILING = ".,;:!?*_~)]}'\""


@dataclass(frozen=True, slots=True)
class MarkdownLine:
    """One line of markdown with its position."""

    line: int
    """Among the lines that were given."""
    column: int
    """The column where the text begins on that line, in code points."""
    text: str


@dataclass(frozen=True, slots=True)
class QuotedText:
    """The string that holds a whole cell's text: the positions of its delimiters."""

    opening: tuple[int, int]
    """Line and column of the string's first character, its prefix included."""
    text_start: tuple[int, int]
    text_end: tuple[int, int]
    closing: tuple[int, int]
    """Line and column after the last quote."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: ``#`` signs before it or a line of ``=`` or ``-`` below it."""

    line: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """The address that a link points to, as written."""

    line: int
    start: int
    end: int
    target: str


def find_quoted_text(lines: Sequence[str]) -> QuotedText | None:
    """Return the one triple-quoted string that fills ``lines``; None if they hold anything else.

    Lines come without their endings. Only raw prefixes count: an f-string is code.
    """
    full = [number for number, line in enumerate(lines) if line.strip()]
    if not full:
        return None
    first, last = full[0], full[-1]
    found = _OPENING.match(lines[first])
    if found is None:
        return None
    quote = found["quote"]
    end = lines[last].rstrip()
    close = len(end) - len(quote)
    if not end.endswith(quote) or (first == last and close < found.end()):
        return None
    opening = found.start() + len(found.group()) - len(found.group().lstrip())
    return QuotedText((first, opening), (first, found.end()), (last, close), (last, len(end)))


def markdown_lines(lines: Sequence[str], language: Language) -> list[MarkdownLine]:
    """Return the markdown in a cell's body, without comment signs or quotes and blank ends.

    Lines that are not comments are taken as they are.
    """
    string = find_quoted_text(lines) if language.syntax.python else None
    if string is not None:
        return list(_in_string(lines, string))
    texts = [_uncomment(number, line, language) for number, line in enumerate(lines)]
    while texts and not lines[texts[-1].line].strip():
        texts.pop()
    return texts


def _in_string(lines: Sequence[str], string: QuotedText) -> Iterator[MarkdownLine]:
    first, start = string.text_start
    last, end = string.text_end
    for number in range(first, last + 1):
        column = start if number == first else 0
        text = lines[number][column : end if number == last else None]
        # A delimiter on a line of its own is not a blank line of the text.
        if text or number not in {first, last}:
            yield MarkdownLine(number, column, text)


def _uncomment(number: int, line: str, language: Language) -> MarkdownLine:
    column = 0
    if line.startswith(language.comment):
        column = len(language.comment)
        column += line[column : column + 1] == " "
    text = line[column:]
    if language.suffix and text.endswith(language.suffix):
        text = text.removesuffix(language.suffix).removesuffix(" ")
    return MarkdownLine(number, column, text)


def headings(lines: Sequence[MarkdownLine]) -> list[Heading]:
    """Return the headings of a markdown text, in order; what is in a fence is none."""
    found: list[Heading] = []
    previous: MarkdownLine | None = None
    last = -1
    for entry in prose(lines):
        if entry.line > last + 1:
            previous = None
        last = entry.line
        if atx := _ATX.match(entry.text):
            found.append(Heading(entry.line, len(atx["signs"]), (atx["text"] or "").strip()))
            previous = None
        elif previous and (setext := _SETEXT.match(entry.text)):
            level = 1 if setext["first"] else 2
            found.append(Heading(previous.line, level, previous.text.strip()))
            previous = None
        else:
            plain = entry.text.strip() and not entry.text.lstrip().startswith(("-", "*", ">", "|"))
            previous = entry if plain else None
    return found


def targets(lines: Sequence[MarkdownLine]) -> list[Target]:
    """Return the addresses of the links and images of a markdown text; none from code."""
    found: list[Target] = []
    for entry, fenced in _with_fences(lines):
        if not fenced:
            found += _targets_on(entry)
    return found


def _targets_on(entry: MarkdownLine) -> Iterator[Target]:
    text = _CODE_SPAN.sub(lambda span: " " * len(span.group()), entry.text)
    taken: list[tuple[int, int]] = []
    for pattern in (_INLINE, _DEFINED):
        for link in pattern.finditer(text):
            group = "angled" if link["angled"] is not None else "plain"
            if link[group]:
                taken.append(link.span(group))
    for url in _URL.finditer(text):
        start, end = url.span()
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        taken.append((start, start + _address_length(url.group())))
    for start, end in sorted(taken):
        yield Target(entry.line, entry.column + start, entry.column + end, text[start:end])


def _address_length(address: str) -> int:
    """Leave out what ends the sentence, not the address: its own brackets stay."""
    end = len(address)
    surplus = address.count(")") - address.count("(")
    while end and address[end - 1] in _TRAILING:
        if address[end - 1] == ")":
            if surplus <= 0:
                break
            surplus -= 1
        end -= 1
    return end


def fence_end(lines: Sequence[str], number: int, language: Language) -> tuple[int, int]:
    """Return the line after the fence that opens on line ``number``, and the first line not read.

    The line itself if no fence opens there. A fence counts only if it closes before another one
    opens and only comments and blank lines are in between: one that was left open has no end, and
    the lines below it keep their meaning.
    """
    opening = _FENCE.match(_uncomment(0, without_ending(lines[number]), language).text)
    if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
        return number, number
    for at in range(number + 1, len(lines)):
        line = without_ending(lines[at])
        if line.strip() and not line.startswith(language.comment):
            return number, at + 1
        mark = _FENCE.match(_uncomment(0, line, language).text)
        if mark and mark["fence"].startswith(opening["fence"]):
            return (number if mark["info"].strip() else at + 1), at + 1
    return number, len(lines)


def prose(lines: Sequence[MarkdownLine]) -> Iterator[MarkdownLine]:
    """Yield the lines outside fences, front matter, comments of HTML and blocks of LaTeX."""
    skipped = _front_matter(lines)
    closer = ""
    for entry, fenced in _with_fences(lines[skipped:]):
        text = entry.text.strip()
        if closer:
            closer = "" if closer in text else closer
        elif fenced:
            continue
        elif found := _BLOCK.match(text):
            closer = _CLOSERS.get(found[0], rf"\end{found[0].removeprefix(chr(92) + 'begin')}")
            closer = "" if closer in text[found.end() :] else closer
        else:
            yield entry


def _front_matter(lines: Sequence[MarkdownLine]) -> int:
    """Return the number of lines that YAML above the text takes."""
    if not lines or lines[0].text.rstrip() != "---":
        return 0
    for number, entry in enumerate(lines[1:], 1):
        if entry.text.rstrip() in {"---", "..."}:
            return number + 1 if number > 1 and ":" in lines[1].text else 0
    return 0


def _with_fences(lines: Sequence[MarkdownLine]) -> Iterator[tuple[MarkdownLine, bool]]:
    fence = ""
    for entry in lines:
        mark = _FENCE.match(entry.text)
        if fence:
            yield entry, True
            if mark and mark["fence"].startswith(fence) and not mark["info"].strip():
                fence = ""
        elif mark and not (mark["fence"][0] == "`" and "`" in mark["info"]):
            fence = mark["fence"]
            yield entry, True
        else:
            yield entry, False
