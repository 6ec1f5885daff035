"""Definition, type definition, references and highlights of names.

Owns the translation of positions. The analysis of the text finds them; if it finds no definition,
the live object may know the file in which it was defined.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
from lsprotocol import types as lsp

from cellbridge.analysis import locations
from cellbridge.analysis.hover import name_at
from cellbridge.analysis.sources import Analyser, CursorQuery
from cellbridge.core.code_info import OBJECT, NameLocation
from cellbridge.core.document.text import Position, Range, Text
from cellbridge.core.runs.frames import Frame
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.code_query import question_at
from cellbridge.lsp.transport.transport import JsonResult
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.traceback_locations import in_document

Json = dict[str, Any]
Search = Callable[[CursorQuery, Analyser], Awaitable[list[NameLocation]]]
"""A function of `cellbridge.analysis.locations`."""


async def definition(context: Context, params: lsp.DefinitionParams) -> JsonResult | None:
    """Return the definition of the name at a position."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return None
    spots = await _find_spots(context, notebook, params.position, locations.definitions)
    if spots:
        return _locations(context, notebook, spots)
    found = await _source_location(context, notebook, params.position)
    return None if found is None else JsonResult([found])


async def type_definition(context: Context, params: lsp.TypeDefinitionParams) -> JsonResult | None:
    """Return the definition of the class of the value at a position."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return None
    spots = await _find_spots(context, notebook, params.position, locations.type_definitions)
    return _locations(context, notebook, spots)


async def references(context: Context, params: lsp.ReferenceParams) -> JsonResult | None:
    """Return the uses, in the script, of the name at a position."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return None
    spots = await _find_spots(context, notebook, params.position, locations.references)
    wanted = [one for one in spots if params.context.include_declaration or not one.definition]
    return _locations(context, notebook, wanted)


async def highlight(context: Context, params: lsp.DocumentHighlightParams) -> JsonResult | None:
    """Return the uses of the name at a position, for the editor to highlight."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return None
    spots = await _find_spots(context, notebook, params.position, locations.highlights)
    kinds = lsp.DocumentHighlightKind
    found = [
        {
            "range": context.convert.plain_range(notebook.text, area_of(notebook.text, spot)),
            "kind": (kinds.Write if spot.definition else kinds.Read).value,
        }
        for spot in spots
        if spot.path is None
    ]
    return JsonResult(found) if found else None


async def _find_spots(
    context: Context, notebook: Notebook, position: lsp.Position, search: Search
) -> list[NameLocation]:
    wanted = context.config.static.navigation
    return await spots_of(context, notebook, position, search) if wanted else []


async def spots_of(
    context: Context, notebook: Notebook, position: lsp.Position, search: Search
) -> list[NameLocation]:
    """Return the positions that a search finds; none if the analysis is off or there is no code.

    The caller checks the setting of its own feature.
    """
    question = question_at(notebook, context.convert.from_position(notebook.text, position))
    analyser = context.analyser(notebook)
    return [] if analyser is None or question is None else await search(question, analyser)


async def _source_location(
    context: Context, notebook: Notebook, position: lsp.Position
) -> Json | None:
    """Return the location in which the live object was defined, if it is available."""
    question = question_at(notebook, context.convert.from_position(notebook.text, position))
    live = context.live(notebook, question)
    if question is None or live is None:
        return None
    found = await live.inspect(*name_at(question.code, question.offset))
    facts = cast("dict[str, object]", found.data.get(OBJECT) or {})
    file, line = facts.get("file"), facts.get("line")
    if not isinstance(file, str) or not Path(file).is_absolute():
        return None
    if (moved := _moved_location(context, notebook, facts.get("frame"))) is not None:
        return moved
    start = {"line": line if isinstance(line, int) else 0, "character": 0}
    return {"uri": Path(file).as_uri(), "range": {"start": start, "end": start}}


def _moved_location(context: Context, notebook: Notebook, found: object) -> Json | None:
    """Return the current location of a line of the script as it ran; None outside the script."""
    try:
        frame = msgspec.convert(found, Frame)
    except msgspec.ValidationError:  # There is no frame, or the kernel reports it wrongly.
        return None
    place = in_document(notebook, notebook.views(), frame)
    if place is None or place.area is None:
        return None
    area = context.convert.plain_range(notebook.text, place.area)
    return {"uri": notebook.uri, "range": area}


def _locations(
    context: Context, notebook: Notebook, spots: Sequence[NameLocation]
) -> JsonResult | None:
    """Return locations; as JSON, because a name may have thousands."""
    uris: dict[str, str] = {}
    found: list[Json] = []
    for spot in spots:
        if spot.path is None:
            area = context.convert.plain_range(notebook.text, area_of(notebook.text, spot))
            found.append({"uri": notebook.uri, "range": area})
            continue
        if spot.path not in uris:
            uris[spot.path] = Path(spot.path).as_uri()
        # The text of another file is unknown here: names that are not ASCII may be off in UTF-16.
        start = {"line": spot.line, "character": spot.column}
        end = {"line": spot.line, "character": spot.column + len(spot.name)}
        found.append({"uri": uris[spot.path], "range": {"start": start, "end": end}})
    return JsonResult(found) if found else None


def range_of(context: Context, notebook: Notebook, spot: NameLocation) -> lsp.Range:
    """Return the range of a name in the document, as the editor counts."""
    return context.convert.to_range(notebook.text, area_of(notebook.text, spot))


def area_of(text: Text, spot: NameLocation) -> Range:
    """Return the range of a name in the document, which may have changed in the meantime."""
    start = Position(spot.line, spot.column)
    end = Position(spot.line, spot.column + len(spot.name))
    return Range(text.clamp(start), text.clamp(end))
