"""Draw the README's image: the real output of `cellbridge tour`, as an SVG.

    .venv/bin/python server/tools/picture.py

Owns docs/images/tour.svg. It runs the installed command in a terminal of a fixed width, and rich
draws the printed text of the stops named in `STOPS`.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURE = ROOT / "docs" / "images" / "tour.svg"
WIDTH = 92
STOPS = ("Run all cells", "Hover over the marker")
"""The stops of the tour that fit on a screen, by the beginning of their headings."""


def main() -> int:
    """Take the tour and draw it."""
    done = subprocess.run(
        [Path(sys.executable).with_name("cellbridge"), "tour"],
        env={**os.environ, "COLUMNS": str(WIDTH), "FORCE_COLOR": "1", "TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(chosen(Text.from_ansi(done.stdout))), "utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")
    return 0


def chosen(terminal: Text) -> Text:
    """Return the lines of the chosen stops."""
    lines: list[Text] = []
    wanted = False
    for line in terminal.split("\n", allow_blank=True):
        if line.plain.startswith("● "):
            wanted = line.plain.startswith(tuple(f"● {stop}" for stop in STOPS))
        if wanted:
            lines.append(line)
    text = Text("\n").join(lines)
    text.rstrip()
    return text


def drawn(text: Text) -> str:
    """Return a terminal's text with its colours as an SVG that loads nothing from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(text)
    svg = console.export_svg(title="cellbridge tour", theme=MONOKAI, unique_id="tour")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    sys.exit(main())
