"""An engine's answers as the types that belong to no protocol.

Owns the parts of the Language Server Protocol's answers that are used. An answer that does not have
the protocol's form raises a `msgspec.MsgspecError`; its reader treats it as no answer.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec

from cellbridge.analysis.completion_merge import word_start
from cellbridge.analysis.engine.documents import EngineDocument
from cellbridge.core.code_info import (
    Candidate,
    Completions,
    Inspection,
    NameLocation,
    Signature,
    Signatures,
)
from cellbridge.core.document.text import PositionEncoding, from_units
from cellbridge.core.output.safe_links import safe_markdown

_HOVER_LIMIT = 8_000
"""Characters of one description."""
_DETAIL_LIMIT = 100
_KINDS = {
    **dict.fromkeys((2, 3, 4), "function"),
    **dict.fromkeys((7, 8, 13, 22, 25), "class"),
    **dict.fromkeys((6, 12, 20, 21), "instance"),
    **dict.fromkeys((5, 10), "property"),
    9: "module",
    14: "keyword",
    17: "path",
    19: "path",
}
"""Kinds of candidates by ``CompletionItemKind``."""


class Point(msgspec.Struct):
    """A position in the engine's units."""

    line: int
    character: int


class Area(msgspec.Struct):
    """A range in the engine's units."""

    start: Point
    end: Point


class _Edit(msgspec.Struct):
    new_text: str = msgspec.field(name="newText")
    range: Area | None = None
    replace: Area | None = None


class _Item(msgspec.Struct):
    label: str
    kind: int | None = None
    detail: str | None = None
    insert_text: str | None = msgspec.field(name="insertText", default=None)
    edit: _Edit | None = msgspec.field(name="textEdit", default=None)
    more: list[msgspec.Raw] | None = msgspec.field(name="additionalTextEdits", default=None)


class _List(msgspec.Struct):
    items: list[_Item]
    incomplete: bool = msgspec.field(name="isIncomplete", default=False)


class _Marked(msgspec.Struct):
    value: str
    kind: str | None = None
    language: str | None = None


class _Hover(msgspec.Struct):
    contents: str | _Marked | list[str | _Marked]


class _Parameter(msgspec.Struct):
    label: str | tuple[int, int]


class _Signature(msgspec.Struct):
    label: str
    documentation: str | _Marked | None = None
    parameters: list[_Parameter] | None = None
    active: int | None = msgspec.field(name="activeParameter", default=None)


class _Signatures(msgspec.Struct):
    signatures: list[_Signature]
    first: int | None = msgspec.field(name="activeSignature", default=None)
    active: int | None = msgspec.field(name="activeParameter", default=None)


class _Location(msgspec.Struct):
    uri: str | None = None
    range: Area | None = None
    target_uri: str | None = msgspec.field(name="targetUri", default=None)
    target: Area | None = msgspec.field(name="targetSelectionRange", default=None)


def completions(answer: bytes, document: EngineDocument, line: int, column: int) -> Completions:
    """Return the candidates that fit the typed word.

    Left out are those that also edit another place, such as one that adds an import.
    """
    found: list[_Item] | _List | None = msgspec.json.decode(answer, type=list[_Item] | _List | None)
    listed = found if isinstance(found, list) else found.items if found is not None else []
    start = word_start(document.line(line), column)
    typed = document.line(line)[start:column].casefold()
    items = [
        candidate
        for item in listed
        if not item.more
        for candidate in (_candidate(item, document, line, (start, column)),)
        if candidate.start <= column <= candidate.end and _fits(candidate.text, typed)
    ]
    return Completions(items, cut=isinstance(found, _List) and found.incomplete)


def _candidate(
    item: _Item, document: EngineDocument, line: int, span: tuple[int, int]
) -> Candidate:
    start, end = span
    area = item.edit and (item.edit.range or item.edit.replace)
    if area is not None and area.start.line == area.end.line == line:
        start = document.read(line, area.start.character).column
        end = document.read(line, area.end.character).column
    text = item.edit.new_text if item.edit else item.insert_text or item.label
    detail = (item.detail or "").strip().partition("\n")[0][:_DETAIL_LIMIT]
    kind = _KINDS.get(item.kind or 0, "")
    if kind == "instance" and text.endswith("="):
        kind = "param"
    return Candidate(text.removesuffix("()"), start, end, kind, detail)


def _fits(text: str, typed: str) -> bool:
    """Return whether the typed characters occur in a text in their order."""
    left = iter(text.casefold())
    return all(character in left for character in typed)


def inspection(answer: bytes) -> Inspection:
    """Return a hover as Markdown that loads nothing and runs nothing."""
    found: _Hover | None = msgspec.json.decode(answer, type=_Hover | None)
    if found is None:
        return Inspection({})
    parts = found.contents if isinstance(found.contents, list) else [found.contents]
    shown = "\n\n".join(text for part in parts if (text := _markdown(part).strip()))
    return Inspection({"text/markdown": safe_markdown(shown[:_HOVER_LIMIT])} if shown else {})


def _markdown(part: str | _Marked) -> str:
    if isinstance(part, str):
        return part
    if part.kind == "plaintext" or part.language:
        return f"```{part.language or 'text'}\n{part.value.replace('```', '` ` `')}\n```"
    return part.value


def signatures(answer: bytes) -> Signatures:
    """Return the ways to call a function, the best one first."""
    found: _Signatures | None = msgspec.json.decode(answer, type=_Signatures | None)
    if found is None:
        return Signatures([])
    items = [_signature(one, found.active) for one in found.signatures]
    first = found.first or 0
    if 0 < first < len(items):
        items.insert(0, items.pop(first))
    return Signatures(items)


def _signature(found: _Signature, active: int | None) -> Signature:
    spans: list[tuple[int, int]] = []
    at = 0
    for parameter in found.parameters or ():
        if isinstance(parameter.label, str):
            start = max(found.label.find(parameter.label, at), 0)
            spans.append((start, start + len(parameter.label)))
        else:
            # The protocol counts UTF-16 units here, in every encoding.
            start, end = parameter.label
            spans.append((_from_utf16(found.label, start), _from_utf16(found.label, end)))
        at = spans[-1][1]
    chosen = found.active if found.active is not None else active
    within = chosen is not None and 0 <= chosen < len(spans)
    text = found.documentation
    said = text.value if isinstance(text, _Marked) else text or ""
    return Signature(found.label, spans, chosen if within else None, said[:_HOVER_LIMIT])


def _from_utf16(label: str, units: int) -> int:
    return from_units(label, units, PositionEncoding.UTF16)


def locations(answer: bytes, document: EngineDocument, word: str) -> list[NameLocation]:
    """Return places; in other files, each is as wide as the ``word`` that was looked up."""
    found: list[_Location] | _Location | None = msgspec.json.decode(
        answer, type=list[_Location] | _Location | None
    )
    places: list[NameLocation] = []
    for one in found if isinstance(found, list) else [found] if found else []:
        uri, area = one.target_uri or one.uri, one.target or one.range
        if uri is None or area is None:
            continue
        if uri == document.uri:
            start = document.read(area.start.line, area.start.character)
            end = document.read(area.end.line, area.end.character)
            text = document.line(start.line)
            stop = end.column if end.line == start.line else len(text)
            places.append(NameLocation(None, start.line, start.column, text[start.column : stop]))
        elif path := file_of(uri):
            places.append(NameLocation(path, area.start.line, area.start.character, word))
    return places


def word_at(line: str, column: int) -> str:
    """Return the word around a column; empty without one."""
    start = end = column
    while start > 0 and _is_word(line[start - 1]):
        start -= 1
    while end < len(line) and _is_word(line[end]):
        end += 1
    return line[start:end]


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def file_of(uri: str) -> str:
    """Return the path of a file's address; empty for other addresses."""
    parts = urlsplit(uri)
    return unquote(parts.path) if parts.scheme == "file" and not parts.netloc else ""
