"""The size of an image in a bundle, read from its first bytes.

Owns the headers of PNG, GIF and JPEG, which travel as base64, and of SVG, which travels as text. It
must not decode pictures.

Sources: PNG (ISO/IEC 15948) 11.2.2, GIF89a 18, JPEG (ITU-T T.81) B.2.2, SVG 2 8.2.
"""

from __future__ import annotations

import base64
import binascii
import re

_FIRST_CHARS = 128
"""Characters that hold the size in PNG and GIF, line breaks included."""
_HEADER_CHARS = 64 * 1024
"""Characters that hold the size in JPEG and SVG, after their programs' own notes."""
_SVG = re.compile(r"<svg\b[^>]*>", re.IGNORECASE)
_LENGTH = re.compile(r"""\b(width|height)\s*=\s*["']\s*([\d.]+)\s*(px|pt)?\s*["']""")
_BOX = re.compile(r"""\bviewBox\s*=\s*["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)""")


def pixel_size(mime: str, data: str) -> tuple[int, int] | None:
    """Return width and height in pixels, or None if the header does not hold them."""
    if mime == "image/svg+xml":
        return _svg_size(data[:_HEADER_CHARS])
    head = _decode(data[: _HEADER_CHARS if mime == "image/jpeg" else _FIRST_CHARS])
    if mime == "image/png" and head[:8] == b"\x89PNG\r\n\x1a\n" and len(head) >= 24:
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if mime == "image/gif" and head[:3] == b"GIF" and len(head) >= 10:
        return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    if mime == "image/jpeg" and head[:2] == b"\xff\xd8":
        return _jpeg_size(head)
    return None


def _svg_size(text: str) -> tuple[int, int] | None:
    """Return the root element's size, lengths in points as pixels of 3/4 point."""
    root = _SVG.search(text)
    if root is None:
        return None
    said = {
        name: float(number) * (4 / 3 if unit == "pt" else 1)
        for name, number, unit in _LENGTH.findall(root[0])
        if number.count(".") <= 1 and number != "."
    }
    if len(said) == 2:
        return round(said["width"]), round(said["height"])
    box = _BOX.search(root[0])
    return (round(float(box[1])), round(float(box[2]))) if box else None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height = int.from_bytes(head[at + 5 : at + 7], "big")
            return int.from_bytes(head[at + 7 : at + 9], "big"), height
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None


def _decode(data: str) -> bytes:
    text = "".join(data.split())
    try:
        return base64.b64decode(text[: len(text) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""
