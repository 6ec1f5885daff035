"""Signature help: how a function is called, from the live callable or else from the text.

Owns which of the two is shown; of the text, the script's own functions need no analyser. It must
not know the implementation of the sources, nor the Language Server Protocol.
"""

from __future__ import annotations

from functools import partial

import msgspec

from cellbridge.analysis import own_names, unresponsive
from cellbridge.analysis.race import Waits, race
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

    async def query_live(live: LiveSource) -> Signatures:
        return await live.signature(question.code, question.offset)

    from_kernel, from_text = await race(
        None if live is None else partial(query_live, live),
        None if static is None else lambda _: _from_text(question, static),
        answered=lambda answer: bool(answer.items),
        settles=lambda answer: bool(answer.items),
        waits=Waits(PATIENCE, BUDGET),
    )
    if from_kernel is not None and from_kernel.items:
        return from_kernel
    if from_text is None or not from_text.items:
        return NO_SIGNATURES
    if live is None or (from_kernel is not None and from_kernel.answered):
        return from_text
    return Signatures([_mark_uncertain(item) for item in from_text.items])


async def _from_text(question: CursorQuery, static: StaticSource) -> Signatures:
    await own_names.read(question.names)
    own = own_names.signatures(question)
    if own.answered:
        return own
    return await static.signatures(question.content, question.line, question.column, question.path)


def _mark_uncertain(item: Signature) -> Signature:
    return msgspec.structs.replace(
        item, documentation=unresponsive.append_to_text(item.documentation)
    )
