"""Draw README.md's picture: what `cellbridge tour` really prints, as an SVG.

    .venv/bin/python server/tools/picture.py

Owns docs/images/tour.svg. It runs the installed command as a person would, in a terminal of a fixed
width, and lets rich draw what came; nothing is added or left out.
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
    PICTURE.write_text(drawn(done.stdout), "utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")
    return 0


def drawn(terminal: str) -> str:
    """Return a terminal's text with its colours as an SVG that loads nothing from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(terminal.rstrip()))
    svg = console.export_svg(title="cellbridge tour", theme=MONOKAI, unique_id="tour")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    sys.exit(main())
