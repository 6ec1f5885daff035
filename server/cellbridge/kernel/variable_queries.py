"""Questions about a kernel's variables and tables, and the reading of their answers.

Owns which kernel is asked in which way, how long an answer may take, and what is said where none
comes. It must not know what the probe does to find an answer, and must not trust what it says.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec

from cellbridge.core.variables import (
    ColumnSummary,
    DeleteVariable,
    ExportedTable,
    ExportTable,
    FindNames,
    FoundNames,
    ListVariables,
    NamespaceChanged,
    RenameVariable,
    ShowTable,
    SummariseColumn,
    TablePage,
    Unanswered,
    VariableAnswer,
    VariableQuery,
    VariablesPage,
)
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.queries.non_python import LANGUAGES, page, whole

NO_KERNEL = Unanswered("No kernel runs for this notebook; run a cell to start one.")
SILENT = Unanswered(
    "The kernel does not answer just now: what it runs holds the interpreter, as a long call into "
    "C code does; ask again when that is over.",
    silent=True,
)
NO_PROBE = Unanswered("This kernel has no safe way to be asked for its variables.")
ONLY_NAMES = Unanswered("Of this kernel's variables only the names and their values are known.")
WHILE_IDLE = Unanswered(
    "This kernel can be asked for its variables only while nothing runs; "
    "they come when the cell has ended."
)
MOVED = Unanswered("What was looked at has just changed in the kernel; look again.")
LOOKING_SECONDS = 2.0
"""How long a look at variables may take."""
TABLE_SECONDS = 30.0
"""How long a table may take to be sorted, filtered, summarised or exported; a thread of its own
does so, and neither cells nor other questions wait for it."""

_ANSWERS: dict[type[VariableQuery], tuple[type[VariableAnswer], float]] = {
    ListVariables: (VariablesPage, LOOKING_SECONDS),
    ShowTable: (TablePage, TABLE_SECONDS),
    SummariseColumn: (ColumnSummary, TABLE_SECONDS),
    ExportTable: (ExportedTable, TABLE_SECONDS),
    DeleteVariable: (NamespaceChanged, LOOKING_SECONDS),
    RenameVariable: (NamespaceChanged, LOOKING_SECONDS),
    FindNames: (FoundNames, LOOKING_SECONDS),
}
"""For each question what answers it, and the seconds in which."""

_log = logging.getLogger(__name__)


async def look(kernel: Kernel, question: VariableQuery) -> VariableAnswer:
    """Return the answer to a question, or why there is none. Never delays what the kernel runs."""
    if not kernel.info.has_probe:
        return await _foreign(kernel, question)
    kind, seconds = _ANSWERS[type(question)]
    asked: dict[str, Any] = msgspec.to_builtins(question)
    asked["op"] = asked.pop("type")
    content = await kernel.ask_probe(asked, seconds)
    return read(content, kind) if content is not None else SILENT


async def _foreign(kernel: Kernel, question: VariableQuery) -> VariableAnswer:
    """Return the names in a kernel without a probe, where its language is known."""
    language = LANGUAGES.get(kernel.info.language)
    if language is None:
        return NO_PROBE
    if not isinstance(question, ListVariables) or question.path or question.only:
        return ONLY_NAMES
    path = kernel.private_file("variables")
    try:
        if not await kernel.run_quietly(language.code(str(path)), LOOKING_SECONDS):
            return WHILE_IDLE
        said = whole(await asyncio.to_thread(path.read_text, "utf-8", "replace"))
    except FileNotFoundError:
        return WHILE_IDLE  # It says that it is done, and has yet to begin (non_python.py).
    except OSError as error:
        _log.warning("A kernel of %s told nothing: %s", kernel.info.language, error)
        return Unanswered("The kernel did not tell its variables; the session's log says why.")
    finally:
        path.unlink(missing_ok=True)
    return page(language, said, question) if said is not None else WHILE_IDLE


def read(content: dict[str, Any], kind: type[VariableAnswer]) -> VariableAnswer:
    """Return what the probe said as ``kind``, or its reason for saying nothing."""
    try:
        if isinstance(content.get("refused"), str):
            return Unanswered(content["refused"])
        if content.get("status") == "error":
            return MOVED
        fields = {name: value for name, value in content.items() if name != "type"}
        return msgspec.convert({**fields, "type": kind.__struct_config__.tag}, kind)
    except msgspec.ValidationError as error:
        _log.warning("The probe's answer could not be read: %s", error)
        return Unanswered("The kernel's answer could not be read; the session's log says why.")
