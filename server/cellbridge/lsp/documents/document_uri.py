"""The addresses of virtual documents: what an editor asks the server to write out.

Owns their form. An address says all that is needed to make the text anew, so that the server keeps
nothing between requests; its path is only there to be read by a person, in the title of a tab.
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
    """What a virtual document shows."""

    kind: Literal["output", "removed", "variables", "table"]
    uri: str
    """The script it belongs to."""
    cell: str = ""
    """Id of the cell whose output it is."""
    output: int | None = None
    """Only this one of the cell's outputs, counted from 0."""
    name: str = ""
    """Name of the variable that is shown as a table."""
    start: int = 0
    """Its first row, counted from 0."""
    sort: str = ""
    """Name of the column that it is sorted by; with a ``-`` before it, largest first."""


def written(address: Address, title: str) -> str:
    """Return the URI of a document that is called ``title``."""
    # Editors decode and encode queries anew, each in its way; these letters all leave alone.
    token = base64.urlsafe_b64encode(msgspec.json.encode(address)).decode().rstrip("=")
    return f"{SCHEME}:/{quote(title)}?{token}"


def read(uri: str) -> Address | None:
    """Return what a URI asks for; None where it is none of ours."""
    parts = urlsplit(uri)
    if parts.scheme != SCHEME:
        return None
    padded = parts.query + "=" * (-len(parts.query) % 4)
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Address)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        return None
