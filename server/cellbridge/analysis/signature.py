"""Signature help: how a function is called, from the live callable or else from the text.

Owns which of the two is shown; of the text, the script's own functions need no analyser. It must
not know the implementation of the sources, nor the Language Server Protocol.
"""

from __future__ import annotations

import msgspec

from cellbridge.analysis import own_names, unresponsive
from cellbridge.analysis.race import race
from cellbridge.analysis.sources import CursorQuery, LiveSource, StaticSource
from cellbridge.core.code_info import NO_SIGNATURES, Signature, Signatures

PATIENCE = 3.0
"""Seconds within which the first source has to answer."""
BUDGET = 0.3
"""Seconds the slower source gets once the faster one has answered."""


async def signatures(
    question: CursorQuery, live: LiveSource | None, static: StaticSource | None
) -> Signatures:
    """Return the ways to call the function at a place; the live callable takes precedence.

    If a kernel was queried and did not answer in time, the static signatures carry a note.
    """
    own = NO_SIGNATURES
    if static is not None:
        await own_names.read(question.names)
        own = own_names.signatures(question)
    from_kernel, from_text = await race(
        None if live is None else live.signature(question.code, question.offset),
        None if static is None or own.answered else _query_analyser(question, static),
        answered=lambda answer: bool(answer.items),
        budget=BUDGET,
        patience=BUDGET if own.answered else PATIENCE,
    )
    from_text = own if own.answered else from_text
    if from_kernel is not None and from_kernel.items:
        return from_kernel
    if from_text is None or not from_text.items:
        return NO_SIGNATURES
    if live is None or (from_kernel is not None and from_kernel.answered):
        return from_text
    return Signatures([_mark_uncertain(item) for item in from_text.items])


async def _query_analyser(question: CursorQuery, static: StaticSource) -> Signatures:
    return await static.signatures(question.content, question.line, question.column, question.path)


def _mark_uncertain(item: Signature) -> Signature:
    return msgspec.structs.replace(
        item, documentation=unresponsive.append_to_text(item.documentation)
    )
