"""Neovim with cellbridge's own plugin, on a screen.

Owns the helpers that tests of the plugin share; neovim.py owns how Neovim is started and ended.
"""

from __future__ import annotations

from pathlib import Path

from support.neovim import Neovim
from support.terminal import Terminal

VERSIONS = ("nvim-0.11", "nvim-0.10")
PLUGIN = Path(__file__).resolve().parent.parent.parent / "editor-extension" / "nvim"
CELLS = "return next(require('cellbridge.notebook').of(0).cells) ~= nil"


class Editor(Neovim):
    """A Neovim on a screen."""

    @property
    def screen(self) -> Terminal:
        assert self.terminal is not None
        return self.terminal

    def screen_lines(self) -> list[str]:
        """Return the screen's lines of the buffer, without the sign column's blanks."""
        return [line.rstrip() for line in self.screen.screen().split("\n")]

    def below(self, code: str, *outputs: str) -> None:
        """Wait until a line of code has these lines right below it."""
        block = "\n".join([f"  {code}", *(f"  ┃ {line}".rstrip() for line in outputs)])
        self.screen.until(block)
