"""The images of a session's runs, which stay in its history when their cells run again.

Owns the entry of an image, and the choice of the image in a bundle. It must not know where images
are stored, or how a figure is drawn again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any, Literal, cast

import msgspec

from cellbridge.core.output.images import pixel_size
from cellbridge.core.output.outputs import Display
from cellbridge.core.runs.runs import Run

PlotFormat = Literal["png", "svg", "pdf"]
MIMES: dict[PlotFormat, str] = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
}
"""The type of each format in which a figure can be drawn again."""
_SVG = MIMES["svg"]
_IMAGES = ("image/png", "image/jpeg", "image/webp", "image/gif", _SVG)
"""The types of images in the history; of a bundle, the first one is taken."""


class StoredPlot(msgspec.Struct, frozen=True, omit_defaults=True):
    """One image in the history, without its bytes."""

    id: str
    run: str
    cell: str
    """The id of the cell at the time of the run; empty for code outside the script."""
    title: str
    """The name of the cell at the time of the run."""
    mime: str
    width: int
    """The width in pixels at the natural size; 0 if unknown."""
    height: int
    created_at: float
    """Seconds since the epoch."""
    size: int
    """Bytes of the image."""
    digest: str
    """A hash of the bytes, by which equal images are recognised."""
    figure: str = ""
    """The kernel's id of the figure; empty if it cannot be drawn again."""
    life: str = ""
    """The `KernelStatus.life` in which the figure was drawn."""
    alive: bool = False
    """True if the figure still exists in the kernel. It is never stored."""


class PlotImage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The bytes of one image of the history."""

    mime: str
    data: bytes
    redrawn: bool = False
    """True if the figure was drawn again for it."""
    message: str = ""
    """Why the figure was not drawn again although that was requested; otherwise empty."""


class PlotList(msgspec.Struct, frozen=True, omit_defaults=True):
    """The history, oldest first."""

    plots: list[StoredPlot] = []
    dropped: int = 0
    """The number of older plots that were removed to keep the limit."""


@dataclass(frozen=True, slots=True)
class Image:
    """The image in a bundle."""

    mime: str
    data: bytes
    size: tuple[int, int]
    """Width and height in pixels at the natural size; 0 if unknown."""

    @property
    def digest(self) -> str:
        """A hash of the bytes."""
        return hashlib.blake2b(self.data, digest_size=16).hexdigest()


def plot_id(run: str, output: int) -> str:
    """Return the id of the image that the output of a run at this place shows."""
    return f"{run}-{output}"


def image_of(display: Display) -> Image | None:
    """Return the image of a bundle; None if it has none, or one that cannot be decoded."""
    for mime in _IMAGES:
        content = display.data.get(mime)
        if isinstance(content, str) and content:
            data = _decode(mime, content)
            return Image(mime, data, _size(display, mime, content)) if data else None
    return None


def describe(image: Image, display: Display, run: Run, output: int, now: float) -> StoredPlot:
    """Return the entry of an image that a run displays as its output at place ``output``.

    ``now`` is the time for a run that has not ended.
    """
    width, height = image.size
    return StoredPlot(
        id=plot_id(run.id, output),
        run=run.id,
        cell=run.cell_id,
        title=run.title,
        mime=image.mime,
        width=width,
        height=height,
        created_at=run.ended_at or now,
        size=len(image.data),
        digest=image.digest,
        figure=display.figure or "",
        life=run.life,
    )


def _decode(mime: str, content: str) -> bytes:
    if mime == _SVG:
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        return b""


def _size(display: Display, mime: str, content: str) -> tuple[int, int]:
    """Return the natural size: the one in the metadata, as for high resolutions, or the image's."""
    own: Any = display.metadata.get(mime)
    given = cast("dict[str, Any]", own if isinstance(own, dict) else display.metadata)
    width, height = _length(given.get("width")), _length(given.get("height"))
    return (width, height) if width and height else pixel_size(mime, content) or (0, 0)


def _length(value: object) -> int:
    return round(value) if isinstance(value, int | float) and 0 < value < 1_000_000 else 0
