"""The outputs of a run, and how kernel messages turn into them.

Owns: the kinds of output, the reducer from Jupyter's iopub messages to a list of outputs, and the
bounded view of such a list that clients keep in step through small operations. It must not know how
messages arrive, where outputs are stored or how a client draws them.

Sources: "Messaging in Jupyter" 5.4 (stream, display_data, update_display_data, execute_result,
error, clear_output) and nbformat 4.5 (adjacent stream messages of one name are one output).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cellbridge.core.runs.frames import Frame

HEAD_LIMIT = 64 * 1024
"""Characters of a stream that a client is sent from its beginning."""
TAIL_LIMIT = 4 * 1024
"""Characters of a stream's end that a client is sent beyond the head."""
PART_LIMIT = 1024 * 1024
"""Characters of one MIME part that a client is sent unasked."""


class Stream(msgspec.Struct, frozen=True, omit_defaults=True, tag="stream"):
    """Text written to stdout or stderr: its beginning, and its end where it is long.

    ``text`` holds everything as long as ``chars <= HEAD_LIMIT``; beyond it, the first `HEAD_LIMIT`
    characters, with the end of the stream in ``tail`` and the whole of it in the store.
    """

    name: Literal["stdout", "stderr"]
    text: str
    chars: int
    """Length of the whole stream so far."""
    lines: int
    """Number of line ends in the whole stream so far."""
    tail: str = ""


class ObjectShape(msgspec.Struct, frozen=True):
    """The type and the lengths of a displayed table, which its text may show only in part."""

    type: str
    lengths: tuple[int, ...]
    """Rows and columns; the number of values of a series."""


class Display(msgspec.Struct, frozen=True, omit_defaults=True, tag="display"):
    """A MIME bundle: ``display_data``, or ``execute_result`` where ``count`` is given."""

    data: dict[str, Any]
    """MIME type to content, as in nbformat: text and base64 as strings, JSON types as values."""
    metadata: dict[str, Any] = {}
    count: int | None = None
    display_id: str | None = None
    omitted: dict[str, int] = {}
    """Parts too large to be sent unasked, each with its length in characters."""
    shape: ObjectShape | None = None
    """The shape of the object, if the kernel could report it."""
    widget: str | None = None
    """The id of the widget that it shows."""
    figure: str | None = None
    """The kernel's id of the figure that it shows, if that can be drawn again."""


class Failure(msgspec.Struct, frozen=True, omit_defaults=True, tag="error"):
    """An exception that ended the cell, as the kernel reported it."""

    ename: str
    evalue: str
    traceback: tuple[str, ...] = ()
    """The kernel's own rendering, with ANSI colours."""
    frames: tuple[Frame, ...] = ()
    """The places in the source, if the kernel could report them."""


Output = Stream | Display | Failure


class SetOutput(msgspec.Struct, frozen=True, tag="put"):
    """The output at ``index`` is now ``output``; an index equal to the length adds one."""

    index: int
    output: Output


class ExtendStream(msgspec.Struct, frozen=True, omit_defaults=True, tag="write"):
    """The stream at ``index`` keeps the first ``keep`` characters and continues with ``text``."""

    index: int
    keep: int
    text: str
    chars: int
    lines: int
    tail: str = ""


class DropOutputs(msgspec.Struct, frozen=True, tag="clear"):
    """All outputs are gone."""


Op = SetOutput | ExtendStream | DropOutputs
