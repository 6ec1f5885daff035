"""The places of a name: its definition, its uses and the definition of its class.

Owns which source finds them: the script's own names, and the analyser for what they do not
determine. It must not know the Language Server Protocol.
"""

from __future__ import annotations

from cellbridge.analysis import own_names
from cellbridge.analysis import worker_protocol as jobs
from cellbridge.analysis.sources import Analyser, CursorQuery
from cellbridge.core.code_info import NameLocation


async def definitions(question: CursorQuery, static: Analyser) -> list[NameLocation]:
    """Return the places that define the name at a position, in other files too."""
    await own_names.read(question.names)
    own, known = own_names.definitions(question)
    return own if known else await _search(question, static, jobs.DefinitionJob) or own


async def type_definitions(question: CursorQuery, static: Analyser) -> list[NameLocation]:
    """Return the places that define the class of the object that a name refers to."""
    return await _search(question, static, jobs.TypeDefinitionJob)


async def references(question: CursorQuery, static: Analyser) -> list[NameLocation]:
    """Return the places of the name at a position in the document, its definitions included."""
    return await _uses(question, static, jobs.ReferencesJob)


async def highlights(question: CursorQuery, static: Analyser) -> list[NameLocation]:
    """Return the same as `references`, for highlights, which follow the cursor."""
    return await _uses(question, static, jobs.HighlightJob)


async def _uses(
    question: CursorQuery, static: Analyser, job: type[jobs.SignatureJob]
) -> list[NameLocation]:
    await own_names.read(question.names)
    own, known = own_names.references(question)
    return own if known else await _search(question, static, job)


async def _search(
    question: CursorQuery, static: Analyser, job: type[jobs.SignatureJob]
) -> list[NameLocation]:
    place = (question.content, question.line, question.column)
    return await static.locations(job, place, question.path)
