"""The URIs of virtual documents, whose text the editor requests from the server.

Owns their format. A URI contains everything that is needed to create the text again, so the server
stores nothing between requests. Its path is only a title for the user, shown on the editor's tab.
"""

from __future__ import annotations

import base64
import binascii
from typing import Literal
from urllib.parse import quote, urlsplit

import msgspec

SCHEME = "cellbridge-output"
"""The scheme of all virtual documents."""


class Address(msgspec.Struct, frozen=True):
    """The content of a virtual document."""

    kind: Literal["output", "removed", "variables", "table", "agents"]
    uri: str
    """The script to which it belongs."""
    cell: str = ""
    """The id of the cell whose output it shows."""
    output: int | None = None
    """The index of the only output that it shows, counted from 0."""
    name: str = ""
    """The name of the variable that it shows as a table."""
    start: int = 0
    """The index of the first row, counted from 0."""
    sort: str = ""
    """The name of the column to sort by; with a ``-`` in front, in descending order."""


def written(address: Address, title: str) -> str:
    """Return the URI of a document with a title."""
    # Editors decode and encode queries differently; base64 is left unchanged by all of them.
    token = base64.urlsafe_b64encode(msgspec.json.encode(address)).decode().rstrip("=")
    return f"{SCHEME}:/{quote(title)}?{token}"


def read(uri: str) -> Address | None:
    """Return the content that a URI identifies; None if it is not one of our URIs."""
    parts = urlsplit(uri)
    if parts.scheme != SCHEME:
        return None
    padded = parts.query + "=" * (-len(parts.query) % 4)
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Address)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        return None
