"""The description of one candidate of a list, once the user selects it.

Owns the queries behind a candidate's description. It must not know the Language Server Protocol.
"""

from __future__ import annotations

from dataclasses import replace

from cellbridge.analysis.hover import hover
from cellbridge.analysis.sources import CursorQuery, LiveSource, StaticSource
from cellbridge.core.code_info import Candidate, Inspection, Source


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
    lines = question.content.split("\n")
    if question.line >= len(lines):
        return Inspection({})
    line = lines[question.line]
    lines[question.line] = line[: candidate.start] + candidate.text + line[candidate.end :]
    written = replace(
        question,
        content="\n".join(lines),
        column=candidate.start + len(candidate.text),
        code=candidate.text,
        offset=len(candidate.text),
    )
    return await hover(written, None, static)
