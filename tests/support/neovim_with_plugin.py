"""Neovim with the Cellbridge plugin, in a terminal.

Owns the helpers for tests of the plugin. neovim.py starts and stops Neovim.
"""

from __future__ import annotations

from pathlib import Path

from support.neovim import Neovim
from support.terminal import Terminal

VERSIONS = ("nvim-0.11", "nvim-0.10")
PLUGIN = Path(__file__).resolve().parent.parent.parent / "editor-extension" / "nvim"
CELLS = "return next(require('cellbridge.notebook').of(0).cells) ~= nil"


class NeovimWithPlugin(Neovim):
    """A Neovim in a terminal, with helpers for its screen."""

    @property
    def screen(self) -> Terminal:
        assert self.terminal is not None
        return self.terminal

    def screen_lines(self) -> list[str]:
        """Return the lines of the screen, without trailing blanks."""
        return [line.rstrip() for line in self.screen.screen().split("\n")]

    def wait_for_output(self, code: str, *outputs: str) -> None:
        """Wait until these lines of output are shown directly below a line of code."""
        block = "\n".join([f"  {code}", *(f"  ┃ {line}".rstrip() for line in outputs)])
        self.screen.until(block)
