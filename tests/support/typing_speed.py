"""Latency from a key to Neovim's screen, while a cell prints and while Neovim is idle.

Owns the measurement, for a test and for a benchmark: from pressing a key until Neovim writes it to
its terminal. The callers set the limits.
"""

from __future__ import annotations

from pathlib import Path

from support.neovim import Neovim
from support.neovim_with_plugin import CELLS, PLUGIN

LINES = 100_000
SCRIPT = f"# %%\nfor n in range({LINES}):\n    print('line', n)\n# %%\n'keys: '\n"
KEY = "\u00f8"  # nothing else on the screen looks like it
STATE = """
for _, cell in pairs(require('cellbridge.notebook').of(0).cells) do
  if cell.run then return cell.run.state end
end
"""
IDLE_KEYS = 100
CHUNK = 5
"""Keys between two checks that the cell is still running."""


class Typist:
    """Types in the last line of a script whose first cell prints many lines."""

    def __init__(self, version: str, folder: Path) -> None:
        self.script = folder / "script.py"
        self.script.write_text(SCRIPT, "utf-8")
        init = folder / "init.lua"
        init.write_text(
            f"vim.opt.rtp:prepend('{PLUGIN}')\nvim.opt.shortmess:append('I')\n"
            "vim.o.termguicolors = true\nrequire('cellbridge').setup({})\n",
            "utf-8",
        )
        self.editor = Neovim(version, init, self.script, answers={}, rows=46)
        self.editor.wait_until_attached()
        self.editor.until(CELLS)

    def idle(self) -> list[float]:
        """Type while Neovim is idle; return the seconds for each key."""
        self._begin()
        taken = [self._key() for _ in range(IDLE_KEYS)]
        self._end()
        return taken

    def flooded(self) -> list[float]:
        """Run the flood and type until it ends; return the seconds for each key."""
        self.editor.cursor(1)
        self.editor.lua("require('cellbridge.actions').execute('run')")
        self._begin()
        self.editor.until(STATE, holds=lambda state: state == "running")
        taken: list[float] = []
        while self.editor.lua(STATE) == "running":
            taken += [self._key() for _ in range(CHUNK)]
        self._end()
        return taken

    def close(self) -> None:
        self.editor.quit()

    def _begin(self) -> None:
        self.editor.command("normal! G$")
        self.editor.keys("i")
        self._key()

    def _end(self) -> None:
        self.editor.command("stopinsert")
        self.editor.command(f"%substitute/{KEY}//ge")

    def _key(self) -> float:
        terminal = self.editor.raw
        assert terminal is not None
        position = terminal.position
        pressed = terminal.type(KEY)
        seen = terminal.until(KEY.encode(), position)
        # A fast typist's pause between two keys: without it, the next key would arrive while
        # Neovim still handles the last one.
        terminal.pause(0.01)
        return seen - pressed


def p95(taken: list[float]) -> float:
    """Return the 95th percentile of the times."""
    return sorted(taken)[int(0.95 * len(taken))]
