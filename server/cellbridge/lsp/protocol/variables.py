"""The variables of a notebook's kernel, and looking into them.

Declarations only.
"""

from typing import Literal

import attrs

from cellbridge.lsp.protocol.declarations import Command, Method


@attrs.frozen
class Variable:
    """A name, or what lies one step below another variable: an item, an attribute, a column."""

    key: str
    """The step that leads here from its parent; opaque, and for a name the name itself."""
    name: str
    """As a person reads it: a name, an index as ``[3]``, a key as it is written."""
    type: str
    value: str
    """Its value on one short line, made without running any code of the user's."""
    shape: str = ""
    """As ``344 × 7``, for arrays and frames."""
    dtype: str = ""
    size: int | None = None
    """Bytes of memory; for containers estimated from some of their items."""
    length: int | None = None
    expression: str = ""
    """The expression that gives it, as ``frame["a"]``, where there is one."""
    children: bool = False
    """There is something below it: ask again with its path."""
    table: bool = False
    """It can be looked at as a table: ask ``cellbridge/table`` with its path."""
    changed: bool = False
    """It is new or has changed with the last run, or with the one that is running. Large objects
    that were changed in place may not be noticed."""


@attrs.frozen
class VariablesParams:
    """A request for a page of variables."""

    uri: str
    path: list[str] = attrs.field(factory=list[str])
    """The keys that lead to the parent, from a name on; empty for the names themselves."""
    start: int = 0
    """How many to leave out before the first."""
    count: int = 100
    """How many to return, 1000 at most."""
    sort: Literal["name", "type", "size", "recent"] = "name"
    """By what names and attributes are sorted. Items and columns keep their own order."""
    descending: bool = False
    hidden: bool = False
    """Show modules, functions, classes, private names and the kernel's own names too."""
    filter: str = ""
    """Only those whose name or type contains this text, whatever its case."""


@attrs.frozen
class VariablesResult:
    """A page of variables."""

    variables: list[Variable]
    total: int
    """How many there are on all pages."""
    complete: bool = True
    """False where time did not suffice to look at all of them."""
    message: str = ""
    """One sentence where there is nothing to show, or not all of it."""


@attrs.frozen
class VariablesChangedParams:
    """The variables of a document may have changed."""

    uri: str


@attrs.frozen
class VariableArguments:
    """The argument of a command about one name."""

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
    """The first row, counted from 0; a hundred are shown."""
    sort: str = ""
    """Name of the column to sort by; with a ``-`` before it, largest first."""
    show: bool = True
    """Open a document with the text; false only answers with it."""


@attrs.frozen
class TextResult:
    """A text made for reading, in columns of characters of one width."""

    text: str
    uri: str = ""
    """The virtual document or the file that shows it, where one was opened."""


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/variables",
        "client to server",
        "request",
        VariablesParams,
        VariablesResult,
        "0.1.0",
        "The names in the kernel, or what lies below one of them, in pages. It is answered while a "
        "cell runs too, within bounds of time and size.",
    ),
    Method(
        "cellbridge/variablesChanged",
        "server to client",
        "notification",
        VariablesChangedParams,
        None,
        "0.1.0",
        "A run has ended, or the kernel is another: ask for the variables again if they are shown. "
        'Sent to clients that announce `{"variables": true}`.',
    ),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.deleteVariable", "Delete variable", VariableArguments, None,
        "Delete a name in the kernel, while it is idle.",
    ),
    Command(
        "cellbridge.renameVariable", "Rename variable", RenameVariableArguments, None,
        "Give a name in the kernel's namespace another name, while it is idle. The script is not "
        "changed.",
    ),
    Command(
        "cellbridge.showVariables", "Show variables", ShowVariablesArguments, TextResult,
        "Show the names in the kernel with their types, sizes and values as a text document.",
    ),
    Command(
        "cellbridge.showTable", "Show table", ShowTableArguments, TextResult,
        "Show a frame, an array or a list of records as a text document, with what its columns "
        "hold.",
    ),
)  # fmt: skip
