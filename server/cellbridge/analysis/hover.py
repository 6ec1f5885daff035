"""Hover: the kernel's description of an object, and below it the one from the text.

Owns which parts of both are shown and how long is waited. It must not know the implementation of
the sources, nor the Language Server Protocol.
"""

from __future__ import annotations

from cellbridge.analysis import own_names, unresponsive
from cellbridge.analysis.inspection_text import live_markdown
from cellbridge.analysis.race import race
from cellbridge.analysis.sources import CursorQuery, LiveSource, StaticSource
from cellbridge.core.code_info import NO_INSPECTION, OBJECT, Inspection
from cellbridge.core.python.completion_context import ContextKind, context_at, expression_at

PATIENCE = 3.0
"""Seconds within which the first source has to answer."""
BUDGET = 0.3
"""Seconds the slower source gets once the faster one has answered: the user reads meanwhile."""
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
    if place is not None and place.local:
        live = None  # A name of the function around; the kernel's object of that name is another.
    from_kernel, from_text = await _descriptions(question, live, static, patience)
    if from_kernel is not None and not from_kernel.answered:
        from_kernel = None
    if not any(answer is not None and answer.answered for answer in (from_kernel, from_text)):
        return NO_INSPECTION
    parts: list[str] = []
    if from_kernel is not None and (shown := live_markdown(from_kernel.data, pictures=pictures)):
        parts.append(shown)
    below = from_text.data.get("text/markdown") if from_text is not None else None
    if isinstance(below, str) and below and (not parts or _adds(below, parts[0])):
        parts.append(below)
    shown = "\n\n---\n\n".join(parts)
    if live is not None and from_kernel is None and parts:
        shown = unresponsive.append_to_markdown(shown)
    return Inspection({"text/markdown": shown} if parts else {})


async def _descriptions(
    question: CursorQuery, live: LiveSource | None, static: StaticSource | None, patience: float
) -> tuple[Inspection | None, Inspection | None]:
    """Return the kernel's description and that from the text; None for those not in time."""
    own, whole = NO_INSPECTION, False
    if static is not None:
        await own_names.read(question.names)
        own, whole = own_names.hover(question)
    from_kernel, from_text = await race(
        None if live is None else live.inspect(*name_at(question.code, question.offset)),
        None if static is None or whole else _static_hover(question, static),
        answered=lambda answer: answer.answered and bool(answer.data),
        # The probe's facts hold the documentation, too.
        settles=lambda answer: OBJECT in answer.data,
        budget=BUDGET,
        patience=min(patience, BUDGET) if whole else patience,
    )
    if own.data and (from_text is None or not from_text.data):
        from_text = own
    return from_kernel, from_text


async def _static_hover(question: CursorQuery, static: StaticSource) -> Inspection:
    """Return the static description of the word; at its start, jedi describes the sign before."""
    column = question.column + word_end(question.code, question.offset) - question.offset
    return await static.hover(question.content, question.line, column, question.path)


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
    return "```text" in static and live.startswith("```text") and live.count("```") == 2
