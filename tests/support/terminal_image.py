"""Images of terminal screens for docs/images.

Owns the conversion of a screen to an SVG file. Images are written only if PICTURES is set in the
environment, because paths and times on the screen differ from run to run.
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
"""The folder of a test's script, which is replaced by the home folder."""
IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"


def save_image(terminal: Terminal, name: str, title: str, rows: int) -> None:
    """Write the first rows of a screen to an SVG file of this name."""
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
