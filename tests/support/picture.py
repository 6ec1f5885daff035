"""Images for docs/images of a test's terminal.

Owns the conversion of a screen to an SVG file. Images are drawn only if PICTURES is set in the
environment: a test's screen differs from run to run by paths and times.
"""

from __future__ import annotations

import copy
import io
import os
import re
from pathlib import Path

from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from support.terminal import Terminal

PRIVATE = re.compile(r"/tmp/pytest-of-[^/]+/pytest-\d+/[^/]+/")
"""The folder of a test's script; a user's script is elsewhere."""
IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"


def draw(terminal: Terminal, name: str, title: str, rows: int) -> None:
    """Write the first rows of a screen to a file of this name."""
    if not os.environ.get("PICTURES"):
        return
    lines = PRIVATE.sub("~/", terminal.screen(colours=True)).split("\n")[:rows]
    text = Text.from_ansi("\n".join(lines))
    width = max(len(line.plain.rstrip()) for line in text.split("\n")) + 2
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    for line in text.split("\n", allow_blank=True):
        line.truncate(width)
        console.print(line, no_wrap=True, crop=True, overflow="crop")
    theme = copy.copy(MONOKAI)
    theme.background_color = ColorTriplet(0x14, 0x16, 0x1B)  # Neovim's own, between its lines too
    svg = console.export_svg(title=title, theme=theme, unique_id=name)
    IMAGES.mkdir(exist_ok=True)
    plain = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (IMAGES / f"{name}.svg").write_text(plain, "utf-8")
