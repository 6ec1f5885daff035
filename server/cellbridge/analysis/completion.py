"""Completion: one list from the script's own names, the live kernel and the static analyser.

Owns how long each source is waited for: the script's own names are known at once, and the analyser
is queried only for what they do not determine. It must not know the implementation of the sources,
nor the Language Server Protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import msgspec

from cellbridge.analysis import own_names
from cellbridge.analysis.completion_merge import limit_candidates, merge
from cellbridge.analysis.race import HEAD_START, Waits, race
from cellbridge.analysis.sources import CursorQuery, LiveSource, StaticSource
from cellbridge.core.code_info import NO_COMPLETIONS, Candidate, Completions, Source
from cellbridge.core.python.completion_context import ContextKind, CursorContext, context_at
from cellbridge.core.python.import_position import import_at

PATIENCE = 3.0
"""Seconds within which the first source has to answer."""
BUDGET = 0.15
"""Seconds the slower source gets once the faster one has answered."""
NAME_BUDGET = 0.05
"""The same for a bare name: the kernel's names and those of the script are mostly enough."""
OWN_HEAD_START = 0.02
"""Seconds for the kernel's answer before the script's own names are looked up: a newer question may
replace this one meanwhile."""


class CompletionList(NamedTuple):
    """Candidates in their order; ``incomplete`` has the editor ask again at the next key."""

    items: list[Candidate]
    incomplete: bool
    receiver: str = ""
    """The expression whose attributes the live candidates are."""
    silent: bool = False
    """A kernel was queried and did not answer in time."""


async def complete(
    question: CursorQuery,
    live: LiveSource | None,
    static: StaticSource | None,
    *,
    budget: float | None = None,
    patience: float = PATIENCE,
    wanted: Callable[[], bool] = lambda: True,
) -> CompletionList:
    """Return one ranked list; candidates' ``start`` and ``end`` are columns of the question's line.

    ``live`` is None without a kernel, ``static`` if it is off. The slower one gets ``budget``, and
    none if the kernel has inspected the object itself. If ``wanted`` returns False, the rest of the
    work is left out: another query has replaced this one.
    """
    place = context_at(question.code, question.offset)
    bare = place.kind is ContextKind.NAME and not place.importing
    usual = NAME_BUDGET if bare and live is not None else BUDGET

    async def query_text(static: StaticSource, known: Completions | None) -> Completions:
        return await _from_text(question, place, static, known) if wanted() else NO_COMPLETIONS

    answers = await race(
        None if live is None else lambda: live.complete(question.code, question.offset),
        None if static is None else partial(query_text, static),
        # A kernel in which the cell above was never run has no names: that is not an answer.
        answered=lambda answer: bool(answer.items) or answer.exact,
        settles=lambda answer: answer.exact,
        waits=Waits(
            patience, usual if budget is None else budget, OWN_HEAD_START if bare else HEAD_START
        ),
    )
    if not wanted():
        return CompletionList([], incomplete=True)
    from_kernel, from_text = (answer or NO_COMPLETIONS for answer in answers)
    silent = live is not None and not from_kernel.answered
    late = static is not None and not from_text.answered and not from_kernel.exact
    return _merge(question, from_kernel, from_text, missing=silent or late, silent=silent)


def _merge(
    question: CursorQuery,
    from_kernel: Completions,
    from_text: Completions,
    *,
    missing: bool,
    silent: bool,
) -> CompletionList:
    known = to_line_columns(from_kernel, question)
    items, cut = limit_candidates(
        merge(known, from_text.items, question.line_text, question.column)
    )
    incomplete = missing or cut or from_kernel.cut or from_text.cut
    return CompletionList(items, incomplete, from_kernel.receiver, silent)


async def _from_text(
    question: CursorQuery, place: CursorContext, static: StaticSource, live: Completions | None
) -> Completions:
    """Return the script's own names, with those of the analyser if they do not determine the rest.

    In an import statement, modules are searched instead. ``live`` is the kernel's answer, if it has
    come.
    """
    if (position := import_at(question.code, question.offset)) is not None:
        return await static.complete_import(question, position)
    await own_names.read(question.names)
    own = own_names.complete(question, place)
    # In a call, the script's own names lack only the parameters of the called object.
    called = bool(place.brackets) and place.brackets[0].kind == "call" and own.answered
    if own.exact or (called and live and any(item.kind == "param" for item in live.items)):
        return msgspec.structs.replace(own, exact=True)
    at = (question.content, question.line, question.column, question.path)
    if not own.answered:
        found = await static.complete(*at)
        return msgspec.structs.replace(found, items=without_files(found.items, place))
    found = NO_COMPLETIONS
    with suppress(TimeoutError):
        async with asyncio.timeout(NAME_BUDGET if place.kind is ContextKind.NAME else BUDGET):
            found = await static.complete(*at)
    return msgspec.structs.replace(own, items=[*own.items, *found.items], answered=found.answered)


def without_files(items: list[Candidate], place: CursorContext) -> list[Candidate]:
    """Leave out files, which jedi lists too, in a string in square brackets: it is a key."""
    brackets = place.brackets if place.kind is ContextKind.STRING else ()
    is_key = bool(brackets) and brackets[0].kind == "subscript"
    return [item for item in items if item.kind != "path"] if is_key else items


def to_line_columns(completions: Completions, question: CursorQuery) -> Sequence[Candidate]:
    """Return candidates given in offsets of the cell's source in columns of the document's line.

    The two differ by where the line starts in the source, and by the comment sign where the
    document holds a magic as a comment. A candidate that replaces more than this line cannot be
    offered.
    """
    shift = question.column - question.offset
    line_start = question.code.rfind("\n", 0, question.offset) + 1
    width = len(question.line_text)
    live = Source.LIVE
    return [
        Candidate(
            item.text,
            item.start + shift,
            min(item.end + shift, width),
            item.kind,
            item.detail,
            live,
            item.place,
        )
        for item in completions.items
        if line_start <= item.start <= question.offset <= item.end and item.start + shift >= 0
    ]
