# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: a small picture of an object that is one.

Owns which objects these are and how they are made small. It must run on Python 3.9, must not import
cellbridge or a library that the user has not imported, and calls nothing that a user wrote.

Nothing is drawn for it: an array and a loaded image are looked at, and of a figure what was drawn
last. A figure that was never drawn has no picture.
"""

import base64
import struct
import sys
import zlib
from typing import Any

from .stored_attributes import mro, own, package

SIDE = 120
"""Pixels of the longer side: what an editor shows in a hover, and takes as text."""
LEAST = 8
"""Pixels of each side below which an array of bytes is no picture."""
_COLOURS = {1: 0, 3: 2, 4: 6}
"""PNG's colour type by the number of channels."""
_MODES = ("L", "RGB", "RGBA")


def picture(obj):
    """Return an object as a PNG in base64; empty where it is no picture."""
    kind = type(obj)
    pixels = None
    if package(kind) == "numpy" and kind.__name__ == "ndarray":
        pixels = obj
    elif package(kind) == "matplotlib" and kind.__name__ == "Figure":
        pixels = drawn(obj)
    elif any(cls.__name__ == "Image" and package(cls) == "PIL" for cls in mro(kind)):
        pixels = loaded(obj)
    return base64.b64encode(png(pixels)).decode("ascii") if fits(pixels) else ""


def fits(pixels):
    """Tell whether an array holds the pixels of a picture."""
    if pixels is None or pixels.dtype.str != "|u1" or pixels.ndim not in (2, 3):
        return False
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return channels in _COLOURS and min(pixels.shape[:2]) >= LEAST


def drawn(figure):
    """Return the pixels of a figure as it was drawn last; None if it never was."""
    renderer: Any = own(own(figure).get("canvas")).get("renderer")
    if type(renderer).__name__ != "RendererAgg" or package(type(renderer)) != "matplotlib":
        return None
    return sys.modules["numpy"].asarray(renderer.buffer_rgba())


def loaded(image):
    """Return the pixels of an image of Pillow's own classes; None where its file is not read."""
    numpy = sys.modules.get("numpy")
    kind = sys.modules["PIL.Image"].Image
    stored = own(image)
    if numpy is None or package(type(image)) != "PIL" or stored.get("_im") is None:
        return None
    if stored.get("_mode") not in _MODES:
        return None
    width, height = stored["_size"]
    scale = max(1, -(-max(width, height) // SIDE))
    small = kind.resize(image, (max(1, width // scale), max(1, height // scale)), 0)
    channels = len(stored["_mode"])
    shape = (small.size[1], small.size[0], channels)
    return numpy.frombuffer(kind.tobytes(small), "u1").reshape(shape)


def png(pixels):
    """Return pixels as a PNG, every so many of them left out. Source: W3C's PNG, third edition."""
    step = max(1, -(-max(pixels.shape[:2]) // SIDE))
    small = pixels[::step, ::step]
    height, width = small.shape[:2]
    channels = small.shape[2] if small.ndim == 3 else 1
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    lines = b"".join(b"\0" + row.tobytes() for row in small)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(chunk, parts))


def chunk(part):
    """Return one part of a PNG with its length and its sum."""
    name, data = part
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
