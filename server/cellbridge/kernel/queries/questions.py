"""Questions to the probe about code: what is asked, and what its answers mean.

Owns the way from code and a cursor to a question about an expression, which is all that the kernel
gets to read, and back. It must not know how a question reaches the kernel.
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

Ask = Callable[[dict[str, Any], float], Awaitable[dict[str, Any] | None]]
"""Puts a question; the answer is None where none comes in the seconds given."""

is_magic = in_magic


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about candidates."""

    place: CursorContext
    offset: int


def completion(code: str, offset: int) -> Asked | None:
    """Return the question about a place; None where IPython knows more of it, as of magics."""
    place = context_at(code, offset)
    if place.kind is ContextKind.OTHER:
        return None
    return Asked(place, offset)


async def complete(ask: Ask, asked: Asked, timeout: float) -> Completions:  # noqa: ASYNC109 - passed on
    """Return what the probe offers at a place."""
    place = asked.place
    if place.local or place.importing:
        # The kernel's object of that name is another one; what can be imported is not its names.
        return Completions([])
    question = {
        "op": "complete",
        "kind": place.kind.value,
        "receiver": place.receiver,
        "prefix": place.prefix,
        "holders": [_holder(holder) for holder in place.brackets],
    }
    content = await ask(question, timeout)
    if content is None:
        return NO_COMPLETIONS
    return answers.offered(content, place, asked.offset)


async def inspect(ask: Ask, code: str, offset: int, timeout: float) -> Inspection:  # noqa: ASYNC109 - passed on
    """Return what the probe says of the expression whose last name the cursor touches."""
    if (key := key_at(code, offset)) is not None:
        holders = [_holder(holder) for holder in key.brackets]
        word = word_at(code, offset)
        asked = {"op": "key", "key": key.prefix, "word": word, "holders": holders}
        content = await ask(asked, timeout)
        return answers.described(content) if content is not None else NO_INSPECTION
    place = expression_at(code, offset)
    if place is None or place.local:
        return Inspection({})
    question = {"op": "inspect", "expression": place.receiver}
    content = await ask(question, timeout)
    return answers.described(content) if content is not None else NO_INSPECTION


async def signature(ask: Ask, code: str, offset: int, timeout: float) -> Signatures:  # noqa: ASYNC109 - passed on
    """Return how the function is called whose call the cursor stands in."""
    found = call_at(code, offset)
    if found is None or found[1].local:
        return Signatures([])
    holder, _ = found
    content = await ask({"op": "signature", "expression": holder.expression}, timeout)
    return answers.signatures(content, holder) if content is not None else NO_SIGNATURES


def _holder(holder: OpenBracket) -> dict[str, Any]:
    return holder._asdict()
