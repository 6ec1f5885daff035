"""What a cell put out, as clients that draw outputs themselves are sent it.

Declarations only.
"""

from typing import Any, Literal

import attrs
from lsprotocol import types as lsp


@attrs.frozen
class TextOutput:
    """Text that a cell wrote to stdout or stderr: its beginning, and its end where it is long."""

    kind: Literal["stream"]
    name: Literal["stdout", "stderr"]
    text: str
    """The whole text, or its first 64 Ki characters. It may hold ANSI escapes."""
    chars: int
    """Length of the whole text."""
    lines: int
    """Number of line ends in the whole text."""
    tail: str = ""
    """The end of the text where it is longer than what ``text`` can hold."""


@attrs.frozen
class TextAppend:
    """How a `TextOutput` that the client has goes on: what came after it, never the whole again.

    Its new text is the old one without its last ``drop`` characters, and ``text`` after that; the
    other fields replace those of the output.
    """

    output: int
    """Which of the cell's outputs it is, counted from 0."""
    text: str
    chars: int
    lines: int
    drop: int = 0
    """Characters to take off the end first, counted as positions are: a carriage return or a
    backspace has taken them back."""
    tail: str = ""


@attrs.frozen
class RichOutput:
    """A MIME bundle: something displayed, or the value of a cell's last expression."""

    kind: Literal["display", "result"]
    data: dict[str, Any]
    """MIME type to content, as in a notebook file: text and base64 are strings, JSON is a value."""
    metadata: dict[str, Any] = attrs.field(factory=dict[str, Any])
    count: int | None = None
    """The execution count, for a result."""
    omitted: dict[str, int] = attrs.field(factory=dict[str, int])
    """Parts too large to be sent unasked, with their lengths: ask ``cellbridge/outputs``."""


@attrs.frozen
class TracebackFrame:
    """One level of a traceback."""

    name: str
    """The function's name, or ``<module>``."""
    uri: str | None = None
    """The file; None for code that is in no file."""
    range: lsp.Range | None = None
    """Where in the file: through later edits for the script itself, as run for other files."""


@attrs.frozen
class ErrorOutput:
    """The exception that ended a cell."""

    kind: Literal["error"]
    name: str
    """Its class, as ``ValueError``."""
    message: str
    traceback: list[str] = attrs.field(factory=list[str])
    """The kernel's own rendering, with ANSI escapes."""
    frames: list[TracebackFrame] = attrs.field(factory=list[TracebackFrame])
    """Where it happened, outermost first, where the kernel could be asked."""


Output = TextOutput | RichOutput | ErrorOutput
