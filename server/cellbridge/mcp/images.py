"""The images among outputs, scaled for an answer.

Owns the choice of the images and their size. It must not know the tools.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import logging
from collections.abc import Sequence

from PIL import Image as Pillow
from PIL import ImageOps

from cellbridge.core.output.mime_types import Medium, parts
from cellbridge.core.output.outputs import Display, Output
from cellbridge.mcp.answers import Image
from cellbridge.mcp.bounds import IMAGE_BYTES, IMAGE_PIXELS, IMAGES
from cellbridge.session.messages import RunView
from cellbridge.workspace.notebook import Notebook

_PIXELS = 80_000_000
"""Pixels beyond which an image is not decoded: a small file can hold a huge one. Pillow warns
from a somewhat larger number on."""
_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
"""The formats that clients show."""
_READABLE = (*_FORMATS, "BMP", "TIFF")
_QUALITY = 85
_SHRINK = 0.7

_log = logging.getLogger(__name__)


def image_parts(outputs: Sequence[Output]) -> list[tuple[str, str]]:
    """Return type and base64 of the images among outputs, of each output the best one.

    An image that was too large to be sent unasked is missing; see `has_unsent_images`.
    """
    found: list[tuple[str, str]] = []
    for output in outputs:
        if isinstance(output, Display):
            images = (one for one in parts(output, Medium.LINE) if one.mime.startswith("image/"))
            best = next((one for one in images if one.media.base64), None)
            if best is not None and isinstance(best.content, str):
                found.append((best.mime, best.content))
    return found


def has_unsent_images(outputs: Sequence[Output]) -> bool:
    """Return True if an image among bounded outputs was too large to be sent unasked."""
    return any(
        mime.startswith("image/")
        for output in outputs
        if isinstance(output, Display)
        for mime in output.omitted
    )


async def run_images(notebook: Notebook, views: Sequence[RunView]) -> tuple[Image, ...]:
    """Return the images among the outputs of runs, for an answer; the first ones of each run."""
    found: list[tuple[str, str]] = []
    for view in views:
        outputs = view.outputs
        if len(found) < IMAGES and has_unsent_images(outputs):
            outputs = await notebook.fetch_outputs(view.run.id)
        found += image_parts(outputs)
    return await answer_images(found)


async def answer_images(found: Sequence[tuple[str, str]], start: int = 0) -> tuple[Image, ...]:
    """Return images for an answer, from the one at ``start`` on, as many as it may have.

    What cannot be read as an image is left out; the outputs' text names it.
    """
    chosen = found[start : start + IMAGES]
    scaled = [await asyncio.to_thread(scale, mime, data) for mime, data in chosen]
    return tuple(image for image in scaled if image is not None)


def scale(mime: str, data: str) -> Image | None:
    """Return an image within the limits; None if it cannot be read."""
    try:
        content = base64.b64decode(data)
        with Pillow.open(io.BytesIO(content), formats=_READABLE) as image:
            if image.width * image.height > _PIXELS:
                return None
            fits = max(image.size) <= IMAGE_PIXELS and len(content) <= IMAGE_BYTES
            if fits and _FORMATS.get(image.format or "") == mime:
                image.load()  # Clients refuse an answer with a broken image.
                return Image(content, mime)
            image.draft("RGB", (IMAGE_PIXELS, IMAGE_PIXELS))
            small = _drawable(image)
            small.thumbnail((IMAGE_PIXELS, IMAGE_PIXELS))
    except (binascii.Error, ValueError, OSError, SyntaxError, Pillow.DecompressionBombError) as why:
        # Pillow reports broken files by all of these.
        _log.warning("An image of type %s could not be read: %s", mime, why)
        return None
    return _encode(small)


def _drawable(image: Pillow.Image) -> Pillow.Image:
    """Return an image as it is drawn: upright, and with eight bits for each channel."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    upright = ImageOps.exif_transpose(image)
    return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


def _encode(image: Pillow.Image) -> Image:
    """Return an image as PNG; as JPEG, and smaller, if its file is too large."""
    content = _file_of(image, "PNG")
    if len(content) <= IMAGE_BYTES:
        return Image(content, "image/png")
    if image.mode == "RGBA":  # JPEG has no transparency; plots are made for white paper.
        paper = Pillow.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    while len(content := _file_of(image, "JPEG")) > IMAGE_BYTES:
        image = image.resize([max(1, int(side * _SHRINK)) for side in image.size])
    return Image(content, "image/jpeg")


def _file_of(image: Pillow.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, optimize=True, quality=_QUALITY)
    return file.getvalue()
