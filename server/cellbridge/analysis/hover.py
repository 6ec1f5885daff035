"""Hover: the kernel's description of an object, and below it the one from the text.

Owns which parts of both are shown and how long is waited. It must not know the implementation of
the sources, nor the Language Server Protocol.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from cellbridge.analysis import own_names, unresponsive
from cellbridge.analysis.inspection_text import live_markdown
from cellbridge.analysis.race import Waits, race
from cellbridge.analysis.sources import CursorQuery, LiveSource, StaticSource
from cellbridge.core.code_info import NO_INSPECTION, OBJECT, Inspection
from cellbridge.core.python.completion_context import ContextKind, context_at, expression_at

PATIENCE = 3.0
"""Seconds within which the first source has to answer."""
BUDGET = 0.3
"""Seconds the slower source gets once the faster one has answered: the user reads meanwhile."""
TYPE_PATIENCE = 1.0
"""Seconds for the analyser to find the type of a name that the script defines."""
_SIGNS = "%$@:!?)]"
"""Characters that make a name part of something longer: magics, other languages' operators."""


async def hover(
    question: CursorQuery,
    live: LiveSource | None,
    static: StaticSource | None,
    *,
    pictures: bool = False,
    patience: float = PATIENCE,
) -> Inspection:
    """Return one description as ``text/markdown``: the live object first, the static view below.

    The data is empty if nothing was found; ``answered`` is False if no source was available or
    none answered in time. A live answer that already holds the documentation is shown alone. The
    analyser is queried only for names that the script does not define.
    ``pictures`` is True if the client draws images which are written into Markdown.
    """
    place = expression_at(question.code, question.offset)
    if place is not None and place.local and not question.in_frame:
        live = None  # A name of the function around; the kernel's object of that name is another.

    async def query_live(live: LiveSource) -> Inspection:
        return await live.inspect(*name_at(question.code, question.offset))

    from_kernel, from_text = await race(
        None if live is None else partial(query_live, live),
        None if static is None else lambda _: _from_text(question, static),
        answered=lambda answer: answer.answered and bool(answer.data),
        # The probe's facts hold the documentation, too.
        settles=lambda answer: OBJECT in answer.data,
        waits=Waits(patience, BUDGET),
    )
    if from_kernel is not None and not from_kernel.answered:
        from_kernel = None
    if not any(answer is not None and answer.answered for answer in (from_kernel, from_text)):
        return NO_INSPECTION
    above = live_markdown(from_kernel.data, pictures=pictures) if from_kernel is not None else ""
    below = from_text.data.get("text/markdown") if from_text is not None else None
    shown = _join(above, below if isinstance(below, str) else "")
    if live is not None and from_kernel is None and shown:
        shown = unresponsive.append_to_markdown(shown)
    return Inspection({"text/markdown": shown} if shown else {})


def _join(live: str, static: str) -> str:
    """Return both descriptions as one, without a static one that adds nothing."""
    if not live or not static:
        return live or static
    return f"{live}\n\n---\n\n{static}" if _adds(static, live) else live


async def _from_text(question: CursorQuery, static: StaticSource) -> Inspection:
    """Return the description from the text; the analyser is not queried for own functions."""
    await own_names.read(question.names)
    own, whole = own_names.hover(question)
    if whole:
        return own
    # At the start of a word, jedi describes the sign before it.
    column = question.column + word_end(question.code, question.offset) - question.offset
    found = NO_INSPECTION
    with suppress(TimeoutError):
        async with asyncio.timeout(TYPE_PATIENCE if own.data else None):
            found = await static.hover(question.content, question.line, column, question.path)
    return found if found.data or not own.data else own


def name_at(code: str, offset: int) -> tuple[str, int]:
    """Return the dotted name that ends with the word at ``offset``, and where it ends.

    IPython returns nothing for the left side of an assignment, and for an argument it describes
    the function; a query for the name alone returns the name's object. Code without such a name at
    ``offset`` (a magic, a string, the attribute of a call's result) is returned as it is.
    """
    if context_at(code, offset).kind is ContextKind.STRING:
        return code, offset
    start = end = word_end(code, offset)
    while start > 0 and (code[start - 1].isalnum() or code[start - 1] in "_."):
        start -= 1
    name = code[start:end]
    belongs_to_more = start > 0 and code[start - 1] in _SIGNS
    if belongs_to_more or not all(part.isidentifier() for part in name.split(".")):
        return code, offset
    return name, len(name)


def word_end(code: str, offset: int) -> int:
    """Return the end of the word at ``offset``."""
    while offset < len(code) and (code[offset].isalnum() or code[offset] == "_"):
        offset += 1
    return offset


def _adds(static: str, live: str) -> bool:
    """Return whether the static description holds more than the live one.

    It does if it documents something that the live one shows without its documentation. A
    variable's guessed type adds nothing to its value, and a live signature or the kernel's own
    Markdown is complete.
    """
    documented = "```text" in static or "\n---\n" in static
    return documented and live.startswith("```text") and live.count("```") == 2
