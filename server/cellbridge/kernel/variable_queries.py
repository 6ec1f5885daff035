"""Queries about a kernel's variables and tables, and the reading of their answers.

Owns the way of each query, its time limit, and the messages for missing answers. It must not know
how the probe finds an answer, and must not trust the answer.
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
from cellbridge.kernel.queries.non_python import LANGUAGES, complete_output, variables_page

NO_KERNEL = Unanswered("No kernel runs for this notebook; run a cell to start one.")
UNRESPONSIVE = Unanswered(
    "The kernel is busy in a long native call and cannot answer. Try again when it finishes.",
    silent=True,
)
NO_PROBE = Unanswered("The variables of this kernel cannot be read safely.")
ONLY_NAMES = Unanswered("Only the names and values of this kernel's variables are available.")
WHILE_IDLE = Unanswered(
    "The variables of this kernel can be read only while it is idle. "
    "They appear when the cell has finished."
)
CHANGED_MEANWHILE = Unanswered("The value has changed in the kernel. Refresh the variables.")
QUERY_SECONDS = 2.0
"""Seconds that a query about variables may take."""
TABLE_SECONDS = 30.0
"""Seconds that a table may take to be sorted, filtered, summarised or exported. A separate thread
does it, so neither cells nor other queries wait."""

_ANSWERS: dict[type[VariableQuery], tuple[type[VariableAnswer], float]] = {
    ListVariables: (VariablesPage, QUERY_SECONDS),
    ShowTable: (TablePage, TABLE_SECONDS),
    SummariseColumn: (ColumnSummary, TABLE_SECONDS),
    ExportTable: (ExportedTable, TABLE_SECONDS),
    DeleteVariable: (NamespaceChanged, QUERY_SECONDS),
    RenameVariable: (NamespaceChanged, QUERY_SECONDS),
    FindNames: (FoundNames, QUERY_SECONDS),
}
"""The type of each query's answer, and its time limit in seconds."""

_log = logging.getLogger(__name__)


async def query_variables(kernel: Kernel, question: VariableQuery) -> VariableAnswer:
    """Return the answer to a query, or the reason for its absence. It never delays a run."""
    if not kernel.info.has_probe:
        return await _query_without_probe(kernel, question)
    kind, seconds = _ANSWERS[type(question)]
    asked: dict[str, Any] = msgspec.to_builtins(question)
    asked["op"] = asked.pop("type")
    content = await kernel.query_probe(asked, seconds)
    return read(content, kind) if content is not None else UNRESPONSIVE


async def _query_without_probe(kernel: Kernel, question: VariableQuery) -> VariableAnswer:
    """Return the names in a kernel without a probe, if its language is supported."""
    language = LANGUAGES.get(kernel.info.language)
    if language is None:
        return NO_PROBE
    if not isinstance(question, ListVariables) or question.path or question.only:
        return ONLY_NAMES
    path = kernel.private_file("variables")
    try:
        if not await kernel.run_quietly(language.code(str(path)), QUERY_SECONDS):
            return WHILE_IDLE
        output = complete_output(await asyncio.to_thread(path.read_text, "utf-8", "replace"))
    except FileNotFoundError:
        return WHILE_IDLE  # It reports its end before it has begun (non_python.py).
    except OSError as error:
        _log.warning("No variables from a kernel of %s: %s", kernel.info.language, error)
        return Unanswered("Could not read the kernel's variables. See the session log.")
    finally:
        path.unlink(missing_ok=True)
    return variables_page(language, output, question) if output is not None else WHILE_IDLE


def read(content: dict[str, Any], kind: type[VariableAnswer]) -> VariableAnswer:
    """Convert the probe's answer to ``kind``, or to its reason for a missing answer."""
    try:
        if isinstance(content.get("refused"), str):
            return Unanswered(content["refused"])
        if content.get("status") == "error":
            return CHANGED_MEANWHILE
        fields = {name: value for name, value in content.items() if name != "type"}
        return msgspec.convert({**fields, "type": kind.__struct_config__.tag}, kind)
    except msgspec.ValidationError as error:
        _log.warning("The probe's answer could not be read: %s", error)
        return Unanswered("Could not read the kernel's answer. See the session log.")
