"""The part of a MIME bundle that is opened outside the editor, and its file format.

Owns how images, PDF and HTML are written to files. Output is untrusted: HTML cannot run scripts or
load anything unless the user allows it, and SVG, which may contain scripts too, is shown as an
image on a page.
"""

from __future__ import annotations

import base64
import binascii
import re

from cellbridge.core.output.bundle import part_label
from cellbridge.core.output.mime_types import Medium, Part, parts
from cellbridge.core.output.outputs import Display, Output

_STATIC_POLICY = (
    "default-src 'none'; img-src data: blob:; media-src data:; font-src data:; "
    "style-src 'unsafe-inline'"
)
"""The policy of a page that runs no scripts and fetches nothing."""
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_SCRIPTS_ARE_OFF = (
    "<p><em>This output has scripts, which may draw all of it, and scripts are off. To allow them, "
    "turn on the setting <code>cellbridge.outputs.scripts</code> and open the output again.{}"
    "</em></p>\n"
)
"""A page that is drawn by scripts would be empty without a reason."""
_FROM_NETWORK = " They may load more from the network."
_LOADS_SCRIPT = re.compile(
    r"<script\b[^>]*\bsrc\s*=|\.src\s*=|\bimport\(|requirejs\.config", re.IGNORECASE
)


def viewable_part(output: Output) -> Part | None:
    """Return the part that is best for a viewer; None for text."""
    if not isinstance(output, Display):
        return None
    return next(iter(parts(output, Medium.VIEWER)), None)


def file_of(part: Part, *, scripts: bool) -> tuple[str, bytes] | None:
    """Return the suffix and content of a file for a viewer; None if the part is invalid."""
    if not isinstance(part.content, str):
        return None
    if part.media.base64:
        try:
            return part.media.suffix, base64.b64decode("".join(part.content.split()))
        except (binascii.Error, ValueError):
            return None
    if part.mime == "image/svg+xml":
        picture = base64.b64encode(part.content.encode("utf-8", "replace")).decode()
        body = f'<img alt="{part_label(part)}" src="data:image/svg+xml;base64,{picture}">'
        return ".html", _page(body, scripts=False)
    note = ""
    if not scripts and _SCRIPT.search(part.content):
        note = _SCRIPTS_ARE_OFF.format(_FROM_NETWORK if _LOADS_SCRIPT.search(part.content) else "")
    return ".html", _page(note + part.content, scripts=scripts)


def _page(body: str, *, scripts: bool) -> bytes:
    policy = (
        "" if scripts else f'<meta http-equiv="Content-Security-Policy" content="{_STATIC_POLICY}">'
    )
    head = f'<meta charset="utf-8">{policy}<title>Output</title>'
    return f"<!doctype html>\n<html><head>{head}</head><body>\n{body}\n</body></html>\n".encode(
        "utf-8", "replace"
    )
