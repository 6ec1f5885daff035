"""Completion: one list from the script's own names, the live kernel and the static analyser.

Owns how long each source is waited for: the script's own names are known at once, and the analyser
is queried only for what they do not determine. It must not know the implementation of the sources,
nor the Language Server Protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cellbridge.analysis import own_names
from cellbridge.analysis.completion_merge import limit_candidates, merge
from cellbridge.analysis.race import race
from cellbridge.analysis.sources import CursorQuery, LiveSource, StaticSource
from cellbridge.core.code_info import NO_COMPLETIONS, Candidate, Completions, Source
from cellbridge.core.python.completion_context import ContextKind, CursorContext, context_at

PATIENCE = 3.0
"""Seconds within which the first source has to answer."""
BUDGET = 0.15
"""Seconds the slower source gets once the faster one has answered."""
NAME_BUDGET = 0.05
"""The same for a bare name: the kernel's names and those of the script are mostly enough."""


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
) -> CompletionList:
    """Return one ranked list; candidates' ``start`` and ``end`` are columns of the question's line.

    ``live`` is None without a kernel, ``static`` if it is switched off. Never waits for the slower
    one beyond ``budget``, and not at all if the kernel has inspected the object itself. If the
    script's own names have an answer, no other is waited for beyond ``budget``.
    """
    place = context_at(question.code, question.offset)
    own = NO_COMPLETIONS
    if static is not None:
        await own_names.read(question.names)
        own = own_names.complete(question, place)
    budget = _budget(place, live) if budget is None else budget
    asked = (live, None if own.exact else static)
    from_kernel, from_text = await _race(question, asked, place, own, (budget, patience))
    missing = not _settles(from_kernel, place, own) and any(
        source is not None and not answer.answered
        for source, answer in zip(asked, (from_kernel, from_text), strict=True)
    )
    if from_kernel.exact:  # The object itself shows more than the text, and nothing that is gone.
        own = NO_COMPLETIONS
    written = [*own.items, *without_files(from_text.items, place)]
    known = to_line_columns(from_kernel, question)
    items, cut = limit_candidates(merge(known, written, question.line_text, question.column))
    cut = cut or from_kernel.cut or own.cut
    silent = live is not None and not from_kernel.answered
    return CompletionList(items, missing or cut, from_kernel.receiver, silent)


def _budget(place: CursorContext, live: LiveSource | None) -> float:
    bare = place.kind is ContextKind.NAME and not place.importing
    return NAME_BUDGET if bare and live is not None else BUDGET


async def _race(
    question: CursorQuery,
    sources: tuple[LiveSource | None, StaticSource | None],
    place: CursorContext,
    own: Completions,
    waits: tuple[float, float],
) -> tuple[Completions, Completions]:
    """Return the answers of the kernel and of the analyser, as far as they are in time."""
    live, static = sources
    budget, patience = waits
    answers = await race(
        None if live is None else live.complete(question.code, question.offset),
        None if static is None else _query_analyser(question, static),
        # A kernel in which the cell above was never run has no names: that is not an answer.
        answered=lambda answer: answer.answered and bool(answer.items),
        settles=lambda answer: _settles(answer, place, own),
        budget=budget,
        patience=min(budget, patience) if own.answered else patience,
    )
    return answers[0] or NO_COMPLETIONS, answers[1] or NO_COMPLETIONS


def _settles(from_kernel: Completions, place: CursorContext, own: Completions) -> bool:
    """Return whether the analyser could add nothing to the kernel's answer."""
    if from_kernel.exact:
        return True
    # In a call the script's own names lack only the parameters of what is called.
    called = bool(place.brackets) and place.brackets[0].kind == "call" and own.answered
    return called and any(item.kind == "param" for item in from_kernel.items)


async def _query_analyser(question: CursorQuery, static: StaticSource) -> Completions:
    # The text is joined only here: a query that is not begun does not need it.
    return await static.complete(question.content, question.line, question.column, question.path)


def without_files(items: Sequence[Candidate], place: CursorContext) -> Sequence[Candidate]:
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
