"""Queries to the probe about code, and the reading of its answers.

Owns the translation of code and a cursor to a query about an expression, which is all that the
kernel receives, and back. It must not know how a query reaches the kernel.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from cellbridge.core.code_info import (
    NO_COMPLETIONS,
    NO_INSPECTION,
    NO_SIGNATURES,
    Completions,
    Inspection,
    Signatures,
)
from cellbridge.core.python.completion_context import (
    ContextKind,
    CursorContext,
    OpenBracket,
    call_at,
    context_at,
    expression_at,
    in_magic,
    key_at,
    word_at,
)
from cellbridge.kernel.queries import answers

QueryProbe = Callable[[dict[str, Any], float], Awaitable[dict[str, Any] | None]]
"""Sends a query; the answer is None if it does not come within the given seconds."""

is_magic = in_magic


@dataclass(frozen=True, slots=True)
class CompletionQuery:
    """A query for completions."""

    place: CursorContext
    offset: int
    frame: bool = False
    """True for code of the selected frame, whose local names the kernel knows."""


def completion_query(code: str, offset: int, *, frame: bool = False) -> CompletionQuery | None:
    """Return the query for a place; None if IPython completes it better, for example a magic."""
    place = context_at(code, offset, in_frame=frame)
    if place.kind is ContextKind.OTHER:
        return None
    return CompletionQuery(place, offset, frame)


async def complete(query_probe: QueryProbe, asked: CompletionQuery, timeout: float) -> Completions:  # noqa: ASYNC109 - passed on
    """Return the probe's completions at a place."""
    place = asked.place
    if (place.local and not asked.frame) or place.importing:
        # The kernel's object of that name is a different one; its names are not what can be
        # imported.
        return Completions([])
    question = {
        "op": "complete",
        "kind": place.kind.value,
        "receiver": place.receiver,
        "prefix": place.prefix,
        "holders": [_holder(holder) for holder in place.brackets],
        "frame": asked.frame,
    }
    content = await query_probe(question, timeout)
    if content is None:
        return NO_COMPLETIONS
    return answers.probe_completions(content, place, asked.offset)


async def inspect(
    query_probe: QueryProbe,
    code: str,
    offset: int,
    timeout: float,  # noqa: ASYNC109 - passed on
    *,
    frame: bool = False,
) -> Inspection:
    """Return the probe's facts about the expression whose last name the cursor touches."""
    asked: dict[str, Any] = {"frame": frame}
    if (key := key_at(code, offset, in_frame=frame)) is not None:
        holders = [_holder(holder) for holder in key.brackets]
        word = word_at(code, offset)
        asked |= {"op": "key", "key": key.prefix, "word": word, "holders": holders}
        content = await query_probe(asked, timeout)
        return answers.probe_inspection(content) if content is not None else NO_INSPECTION
    place = expression_at(code, offset)
    if place is None or (place.local and not frame):
        return Inspection({})
    asked |= {"op": "inspect", "expression": place.receiver}
    content = await query_probe(asked, timeout)
    return answers.probe_inspection(content) if content is not None else NO_INSPECTION


async def signature(
    query_probe: QueryProbe,
    code: str,
    offset: int,
    timeout: float,  # noqa: ASYNC109 - passed on
    *,
    frame: bool = False,
) -> Signatures:
    """Return the signature of the function whose call contains the cursor."""
    found = call_at(code, offset)
    if found is None or (found[1].local and not frame):
        return Signatures([])
    holder, _ = found
    asked = {"op": "signature", "expression": holder.expression, "frame": frame}
    content = await query_probe(asked, timeout)
    return answers.signatures(content, holder) if content is not None else NO_SIGNATURES


def _holder(holder: OpenBracket) -> dict[str, Any]:
    return holder._asdict()
