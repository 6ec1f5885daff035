"""Completion: one list from the live kernel and the static analyser, both queried at once.

Owns how long each source is waited for. It must not know the implementation of the sources, nor the
Language Server Protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cellbridge.analysis import bound_names
from cellbridge.analysis.completion_merge import limit_candidates, merge, word_start
from cellbridge.analysis.race import race
from cellbridge.analysis.sources import CursorQuery, LiveSource, StaticSource
from cellbridge.core.code_info import NO_COMPLETIONS, Candidate, Completions, Source
from cellbridge.core.python.completion_context import ContextKind, context_at
from cellbridge.core.python.import_position import import_at

PATIENCE = 3.0
"""Seconds within which the first source has to answer."""
BUDGET = 0.15
"""Seconds the slower source gets once the faster one has answered."""
NAME_BUDGET = 0.05
"""The same for a bare name: the kernel's names and those read from the lines are mostly enough."""


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
    analyser is too slow for a bare name, a reading of the lines replaces it.
    """
    start, bare = typed_word(question)
    usual = NAME_BUDGET if bare and live is not None else BUDGET
    answers = await race(
        None if live is None else live.complete(question.code, question.offset),
        None if static is None else complete_from_text(static, question),
        # A kernel in which the cell above was never run has no names: that is not an answer.
        answered=lambda answer: answer.answered and bool(answer.items),
        settles=lambda answer: answer.exact,
        budget=usual if budget is None else budget,
        patience=patience,
    )
    from_kernel, from_text = (answer or NO_COMPLETIONS for answer in answers)
    missing = not from_kernel.exact and any(
        asked is not None and (answer is None or not answer.answered)
        for asked, answer in zip((live, static), answers, strict=True)
    )
    written = without_files(from_text.items, question)
    if bare and static is not None and not from_text.answered and not written:
        written = bound_names.candidates(question.content, question.line, start, question.column)
    known = to_line_columns(from_kernel, question)
    items, cut = limit_candidates(merge(known, written, question.line_text, question.column))
    cut = cut or from_kernel.cut
    silent = live is not None and not from_kernel.answered
    return CompletionList(items, missing or cut, from_kernel.receiver, silent)


async def complete_from_text(static: StaticSource, question: CursorQuery) -> Completions:
    """Return the static candidates: modules in an import statement, or else what jedi infers."""
    position = import_at(question.code, question.offset)
    if position is not None:
        return await static.complete_import(question, position)
    return await static.complete(question.content, question.line, question.column, question.path)


def without_files(items: Sequence[Candidate], question: CursorQuery) -> Sequence[Candidate]:
    """Leave out files, which jedi lists too, in a string in square brackets: it is a key."""
    if not any(item.kind == "path" for item in items):
        return items
    place = context_at(question.code, question.offset)
    brackets = place.brackets if place.kind is ContextKind.STRING else ()
    is_key = bool(brackets) and brackets[0].kind == "subscript"
    return [item for item in items if item.kind != "path"] if is_key else items


def typed_word(question: CursorQuery) -> tuple[int, bool]:
    """Return where the typed word begins, and whether nothing before makes it more than a name."""
    start = word_start(question.line_text, question.column)
    return start, question.line_text[start - 1 : start] not in {".", "'", '"', "/", "%"}


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
