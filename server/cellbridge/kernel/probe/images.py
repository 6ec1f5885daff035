# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: thumbnails of objects that are images.

Owns the choice of these objects, and their scaling. It must run on Python 3.9, must not import
cellbridge or a library that the user has not imported, and never calls the user's code.

Nothing is drawn for it: it reads an array, a loaded image, or the last drawing of a figure. A
figure that was never drawn has no thumbnail.
"""

import base64
import struct
import sys
import zlib
from typing import Any

from .stored_attributes import mro, own, package

SIDE = 120
"""Pixels of the longer side: the size that an editor shows in a hover, and accepts as text."""
LEAST = 8
"""Pixels of each side below which an array of bytes does not count as an image."""
_COLOURS = {1: 0, 3: 2, 4: 6}
"""PNG's colour type by the number of channels."""
_MODES = ("L", "RGB", "RGBA")


def image_of(obj):
    """Return an object as a PNG in base64; empty if it is not an image."""
    kind = type(obj)
    pixels = None
    if package(kind) == "numpy" and kind.__name__ == "ndarray":
        pixels = obj
    elif package(kind) == "matplotlib" and kind.__name__ == "Figure":
        pixels = figure_pixels(obj)
    elif any(cls.__name__ == "Image" and package(cls) == "PIL" for cls in mro(kind)):
        pixels = pillow_pixels(obj)
    return base64.b64encode(png(pixels)).decode("ascii") if is_image(pixels) else ""


def is_image(pixels):
    """Return True if an array contains the pixels of an image."""
    if pixels is None or pixels.dtype.str != "|u1" or pixels.ndim not in (2, 3):
        return False
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return channels in _COLOURS and min(pixels.shape[:2]) >= LEAST


def figure_pixels(figure):
    """Return the pixels of a figure's last drawing; None without one."""
    renderer: Any = own(own(figure).get("canvas")).get("renderer")
    if type(renderer).__name__ != "RendererAgg" or package(type(renderer)) != "matplotlib":
        return None
    return sys.modules["numpy"].asarray(renderer.buffer_rgba())


def pillow_pixels(image):
    """Return the pixels of an image of Pillow's own classes; None if its file is not read yet."""
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
    """Return pixels as a PNG, scaled down by omission. Source: W3C's PNG, third edition."""
    step = max(1, -(-max(pixels.shape[:2]) // SIDE))
    small = pixels[::step, ::step]
    height, width = small.shape[:2]
    channels = small.shape[2] if small.ndim == 3 else 1
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    lines = b"".join(b"\0" + row.tobytes() for row in small)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(chunk, parts))


def chunk(part):
    """Return one part of a PNG with its length and its checksum."""
    name, data = part
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
