"""The messages about the text of a script while a client, such as a page, follows it.

Owns their shape and meaning; messages.py owns all others. While at least one client follows the
text, the host lets the editors know by `TextWatched`, and they send their text and their cursor.
Otherwise, none of these messages is sent.

Of each kind of message to a client, the last one replaces those that the client has not read yet.
"""

from __future__ import annotations

import msgspec

from cellbridge.core.runs.agents import OpenText

# --- client to host -------------------------------------------------------------------------------


class WatchText(msgspec.Struct, frozen=True, omit_defaults=True, tag="watch_text"):
    """Follow the text of the script, or stop this; the text comes as `TextChanged`.

    It is the text of the editor that was edited last, or else that of the file.
    """

    content: str | None
    """The present text of the file, which is sent again when it changes; None to stop."""


class ShareText(msgspec.Struct, frozen=True, omit_defaults=True, tag="share_text"):
    """Take the present text of an editor. Editors send it only while the text is watched."""

    text: OpenText


class ShareCursor(msgspec.Struct, frozen=True, omit_defaults=True, tag="share_cursor"):
    """Take the cell of an editor's cursor. Editors send it only while the text is watched."""

    cell: str


class ShowCell(msgspec.Struct, frozen=True, omit_defaults=True, tag="show_cell"):
    """Show a cell in the editor that was used last. It fails if no editor has the script open."""

    cell: str
    line: int = 0
    """The line to show, counted from the first line of the cell, which is 0."""


TextCall = WatchText | ShareText | ShareCursor | ShowCell


# --- host to client -------------------------------------------------------------------------------


class TextWatched(msgspec.Struct, frozen=True, omit_defaults=True, tag="text_watched"):
    """For editors: other clients follow the text from now on, or no longer."""

    active: bool


class TextChanged(msgspec.Struct, frozen=True, omit_defaults=True, tag="text_changed"):
    """For a client that follows the text: the present text, with the ids of its cells."""

    text: OpenText


class CursorMoved(msgspec.Struct, frozen=True, omit_defaults=True, tag="cursor_moved"):
    """For a client that follows the text: the cell of the cursor in the editor used last."""

    cell: str


class CellWanted(msgspec.Struct, frozen=True, omit_defaults=True, tag="cell_wanted"):
    """For an editor: the user wants to see this cell there; see `ShowCell`."""

    cell: str
    line: int = 0


TextEvent = TextWatched | TextChanged | CursorMoved | CellWanted
