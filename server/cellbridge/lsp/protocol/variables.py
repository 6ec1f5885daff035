"""The variables of a notebook's kernel and their contents.

Declarations only.
"""

from typing import Literal

import attrs

from cellbridge.lsp.protocol.declarations import Command, Method


@attrs.frozen
class Variable:
    """A name, or a direct child of another variable: an item, an attribute or a column."""

    key: str
    """The key of this variable in its parent. It is opaque; for a name it is the name itself."""
    name: str
    """The text to show: a name, an index such as ``[3]``, or a key as written in code."""
    type: str
    value: str
    """Its value on one short line, made without running user code."""
    shape: str = ""
    """The shape of an array or a data frame, such as ``344 × 7``."""
    dtype: str = ""
    size: int | None = None
    """Its size in memory, in bytes; for containers it is estimated from some of their items."""
    length: int | None = None
    expression: str = ""
    """The expression that evaluates to it, such as ``frame["a"]``, if there is one."""
    children: bool = False
    """True if it has children; request them with its path."""
    table: bool = False
    """True if it can be shown as a table; request ``cellbridge/table`` with its path."""
    changed: bool = False
    """True if the last run or the current run created or changed it. Changes in place of large
    objects may not be detected."""


@attrs.frozen
class VariablesParams:
    """A request for a page of variables."""

    uri: str
    path: list[str] = attrs.field(factory=list[str])
    """The keys that lead to the parent, starting with a name; empty for the names themselves."""
    start: int = 0
    """The number of variables to skip."""
    count: int = 100
    """The number of variables to return, at most 1000."""
    sort: Literal["name", "type", "size", "recent"] = "name"
    """The sort key of names and attributes. Items and columns keep their own order."""
    descending: bool = False
    hidden: bool = False
    """True to include modules, functions, classes, private names and the kernel's own names."""
    filter: str = ""
    """Return only variables whose name or type contains this text, ignoring case."""


@attrs.frozen
class VariablesResult:
    """A page of variables."""

    variables: list[Variable]
    total: int
    """The number of variables on all pages."""
    complete: bool = True
    """False if there was not enough time to read all variables."""
    message: str = ""
    """One sentence, if there are no variables to show or some are missing."""


@attrs.frozen
class VariablesChangedParams:
    """The document whose variables may have changed."""

    uri: str


@attrs.frozen
class VariableArguments:
    """The argument of a command for one variable."""

    uri: str
    name: str


@attrs.frozen
class RenameVariableArguments:
    """The argument of ``cellbridge.renameVariable``."""

    uri: str
    name: str
    new_name: str


@attrs.frozen
class ShowVariablesArguments:
    """The argument of ``cellbridge.showVariables``."""

    uri: str
    show: bool = True
    """Open a document with the text; false only answers with it."""


@attrs.frozen
class ShowTableArguments:
    """The argument of ``cellbridge.showTable``."""

    uri: str
    name: str
    """The variable."""
    start: int = 0
    """The index of the first row, counted from 0; 100 rows are shown."""
    sort: str = ""
    """The name of the column to sort by; with a ``-`` in front, in descending order."""
    show: bool = True
    """Open a document with the text; false only answers with it."""


@attrs.frozen
class TextResult:
    """A text for the user, aligned in columns for a monospaced font."""

    text: str
    uri: str = ""
    """The virtual document or the file that shows the text, if one was opened."""


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/variables",
        "client to server",
        "request",
        VariablesParams,
        VariablesResult,
        "0.1.0",
        "Return a page of the variables in the kernel, or of the children of one variable. It is "
        "answered even while a cell runs, within limits of time and size.",
    ),
    Method(
        "cellbridge/variablesChanged",
        "server to client",
        "notification",
        VariablesChangedParams,
        None,
        "0.1.0",
        "A run ended or the kernel was replaced. A client that shows variables requests them "
        'again. It is sent to clients that announce `{"variables": true}`.',
    ),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.deleteVariable", "Delete variable", VariableArguments, None,
        "Delete a variable in the kernel, while the kernel is idle.",
    ),
    Command(
        "cellbridge.renameVariable", "Rename variable", RenameVariableArguments, None,
        "Rename a variable in the kernel, while the kernel is idle. The script is not changed.",
    ),
    Command(
        "cellbridge.showVariables", "Show variables", ShowVariablesArguments, TextResult,
        "Show the kernel's variables with their types, sizes and values as a text document.",
    ),
    Command(
        "cellbridge.showTable", "Show table", ShowTableArguments, TextResult,
        "Show a data frame, an array or a list of records as a text document, with a summary of "
        "its columns.",
    ),
)  # fmt: skip
