"""The description of one candidate of a list, once the user selects it.

Owns the queries behind a candidate's description. It must not know the Language Server Protocol.
"""

from __future__ import annotations

from dataclasses import replace

from cellbridge.analysis.hover import hover
from cellbridge.analysis.sources import CursorQuery, LiveSource, StaticSource
from cellbridge.core.code_info import Candidate, Inspection, Source
from cellbridge.core.document.text import Change, Position, Range, line_edit


async def details(
    question: CursorQuery,
    candidate: Candidate,
    receiver: str,
    live: LiveSource | None,
    static: StaticSource | None,
) -> Inspection:
    """Return a description of ``candidate``, as if it were written and hovered over.

    A candidate is described by the source it came from: the static view of a live object's
    attribute adds nothing that is worth its wait.
    """
    if candidate.source is Source.LIVE:
        expression = f"{receiver}.{candidate.text}" if receiver else candidate.text
        asked = replace(question, code=expression, offset=len(expression))
        return await hover(asked, live, None)
    return await hover(_written(question, candidate), None, static)


def _written(question: CursorQuery, candidate: Candidate) -> CursorQuery:
    """Return the query for a candidate as if it were written."""
    start, end = Position(question.line, candidate.start), Position(question.line, candidate.end)
    change = Change(Range(start, end), candidate.text)
    text = question.text.apply(change)
    lines = line_edit(question.text, change, text)
    cells = question.names.cells.apply_edit(text, lines.first, lines.removed, lines.inserted)
    names = question.names.after(cells)
    return replace(
        question,
        text=text,
        find_names=lambda: names,
        column=candidate.start + len(candidate.text),
        code=candidate.text,
        offset=len(candidate.text),
    )
