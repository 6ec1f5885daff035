"""The outputs of a cell, for clients that draw outputs themselves.

Declarations only.
"""

from typing import Any, Literal

import attrs
from lsprotocol import types as lsp


@attrs.frozen
class TextOutput:
    """Text that a cell wrote to stdout or stderr: its start, and its end if the text is long."""

    kind: Literal["stream"]
    name: Literal["stdout", "stderr"]
    text: str
    """The whole text, or its first 64 Ki characters. It may contain ANSI escapes."""
    chars: int
    """Length of the whole text."""
    lines: int
    """Number of line endings in the whole text."""
    tail: str = ""
    """The end of the text, if it is longer than ``text`` can hold."""


@attrs.frozen
class TextAppend:
    """An extension of a `TextOutput` that the client has. The whole text is never sent again.

    The new text is the old text without its last ``drop`` characters, followed by ``text``. The
    other fields replace those of the output.
    """

    output: int
    """The index of the output in the cell, counted from 0."""
    text: str
    chars: int
    lines: int
    drop: int = 0
    """The number of characters to remove from the end first, counted like positions, because
    the cell has overwritten or erased them, as progress bars do."""
    tail: str = ""


@attrs.frozen
class RichOutput:
    """A MIME bundle: a displayed object, or the value of a cell's last expression."""

    kind: Literal["display", "result"]
    data: dict[str, Any]
    """MIME type to content, like in a notebook file: text and base64 are strings, JSON is a value.
    """
    metadata: dict[str, Any] = attrs.field(factory=dict[str, Any])
    count: int | None = None
    """The execution count, for a result."""
    omitted: dict[str, int] = attrs.field(factory=dict[str, int])
    """The lengths of parts that are too large for a notification. Request them with
    ``cellbridge/outputs``."""
    shape: list[int] = attrs.field(factory=list[int])
    """The true number of rows and columns of a table, or of the values of a series, if known. The
    content may show fewer."""


@attrs.frozen
class TracebackFrame:
    """One level of a traceback."""

    name: str
    """The function's name, or ``<module>``."""
    uri: str | None = None
    """The file; None for code that is not in a file."""
    range: lsp.Range | None = None
    """The range in the file. In the script itself it follows later edits; in other files it is the
    range at the time of the run."""


@attrs.frozen
class ErrorOutput:
    """The exception that ended a cell."""

    kind: Literal["error"]
    name: str
    """The name of its class, such as ``ValueError``."""
    message: str
    traceback: list[str] = attrs.field(factory=list[str])
    """The traceback as the kernel rendered it, with ANSI escapes."""
    frames: list[TracebackFrame] = attrs.field(factory=list[TracebackFrame])
    """The frames, outermost first; empty if the kernel could not be queried."""


Output = TextOutput | RichOutput | ErrorOutput
