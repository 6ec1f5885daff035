"""A terminal with its screen.

Owns one private tmux server per terminal, with its own socket and without the user's configuration.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.patience import until


class Terminal:
    """A program on a screen of ``columns`` × ``rows``."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        columns: int = 90,
        rows: int = 30,
    ) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="cb-tmux-", dir="/tmp")
        self._socket = str(Path(self._directory.name) / "s")
        variables = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environment}
        shown = [f"{name}={value}" for name, value in variables.items()]
        size = ["-x", str(columns), "-y", str(rows)]
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", *size, "-s", "t", "env", *shown, *command
        )
        self._tmux("set-option", "-g", "escape-time", "0")

    def keys(self, *keys: str) -> None:
        """Press keys by tmux's names, such as ``Enter``; other words are typed."""
        self._tmux("send-keys", "-t", "t", *keys)

    def type(self, text: str) -> None:
        """Type a text literally."""
        self._tmux("send-keys", "-t", "t", "-l", "--", text)

    def screen(self, *, colours: bool = False) -> str:
        """Return the text of the screen, optionally with its ANSI escapes."""
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []), "-t", "t")

    def until(self, *texts: str) -> str:
        """Wait until all texts are on the screen; return it."""

        def look() -> str:
            screen = self.screen()
            return screen if all(text in screen for text in texts) else ""

        return until(look, " and ".join(map(repr, texts)), self.screen)

    def until_any(self, *texts: str) -> str:
        """Wait until one of the texts is on the screen; return the screen."""

        def look() -> str:
            screen = self.screen()
            return screen if any(text in screen for text in texts) else ""

        return until(look, " or ".join(map(repr, texts)), self.screen)

    def until_gone(self, text: str) -> None:
        """Wait until a text is no longer on the screen."""
        until(lambda: text not in self.screen(), f"{text!r} to go", self.screen)

    def line_with(self, text: str) -> str:
        """Wait for a text on the screen; return its line."""
        return next(line for line in self.until(text).split("\n") if text in line)

    def close(self) -> None:
        """End the program and its screen."""
        subprocess.run(
            ["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False
        )
        self._directory.cleanup()

    @property
    def pid(self) -> int:
        """The program's process."""
        return int(self._tmux("display-message", "-p", "-t", "t", "#{pane_pid}"))

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments], text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, f"{shlex.join(arguments)}: {done.stderr}"
        return done.stdout
