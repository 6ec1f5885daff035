"""What of a bundle is opened outside the editor, and as what kind of file.

Owns how pictures, PDF and HTML are put into files. Output is untrusted: HTML is kept from running
scripts and from loading anything, unless a person has said otherwise, and SVG, which may hold
scripts too, is shown as a picture on a page.
"""

from __future__ import annotations

import base64
import binascii

from cellbridge.core.output.bundle import part_label
from cellbridge.core.output.mime_types import Medium, Part, parts
from cellbridge.core.output.outputs import Display, Output

_STILL = (
    "default-src 'none'; img-src data: blob:; media-src data:; font-src data:; "
    "style-src 'unsafe-inline'"
)
"""The policy of a page on which nothing runs and nothing is fetched."""


def viewed(output: Output) -> Part | None:
    """Return the part that a viewer shows best; None for what is text."""
    if not isinstance(output, Display):
        return None
    return next(iter(parts(output, Medium.VIEWER)), None)


def file_of(part: Part, *, scripts: bool) -> tuple[str, bytes] | None:
    """Return the suffix and content of a file for a viewer; None where the part is broken."""
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
    return ".html", _page(part.content, scripts=scripts)


def _page(body: str, *, scripts: bool) -> bytes:
    policy = "" if scripts else f'<meta http-equiv="Content-Security-Policy" content="{_STILL}">'
    head = f'<meta charset="utf-8">{policy}<title>Output</title>'
    return f"<!doctype html>\n<html><head>{head}</head><body>\n{body}\n</body></html>\n".encode(
        "utf-8", "replace"
    )
