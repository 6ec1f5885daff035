"""A terminal with its screen.

Owns one private tmux server per terminal, with its own socket and without the user's configuration.
"""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.patience import PATIENCE, until


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
        command = ["new-session", "-d", *size, "-s", "t", "env", *shown, *command]
        subprocess.run([*self._program(), "-f", "/dev/null", *command], check=True)
        # One client sends all commands, because a test reads the screen a hundred times.
        self._client = subprocess.Popen(
            [*self._program(), "-C", "attach-session", "-f", "no-output,ignore-size", "-t", "t"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._answer("attach-session")
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

    def until_gone(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until a text is no longer on the screen."""
        until(lambda: text not in self.screen(), f"{text!r} to go", self.screen, patience)

    def line_with(self, text: str) -> str:
        """Wait for a text on the screen; return its line."""
        return next(line for line in self.until(text).split("\n") if text in line)

    def close(self) -> None:
        """End the program and its screen."""
        subprocess.run([*self._program(), "kill-server"], capture_output=True, check=False)
        # A command that the client could not send any more is still in its pipe.
        with contextlib.suppress(BrokenPipeError):
            self._client.communicate()
        self._directory.cleanup()

    @property
    def pid(self) -> int:
        """The program's process."""
        return int(self._tmux("display-message", "-p", "-t", "t", "#{pane_pid}"))

    def _program(self) -> list[str]:
        return ["tmux", "-u", "-S", self._socket]

    def _tmux(self, *arguments: str) -> str:
        """Send a command to the client, in tmux's syntax; return its output."""
        assert self._client.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # The program has ended, and its screen.
            self._client.stdin.write(f"{' '.join(map(quoted, arguments))}\n".encode())
            self._client.stdin.flush()
        return self._answer(shlex.join(arguments))

    def _answer(self, command: str) -> str:
        """Read the client's notices up to the end of the next command, and return its output.

        The protocol is described in tmux's manual under CONTROL MODE.
        """
        lines: list[str] = []
        number = ""  # The time and number of the command, which its last line repeats.
        for line in map(bytes.decode, self._client.stdout or ()):
            kind, _, rest = line.partition(" ")
            if not number and kind == "%begin":
                number = rest
            elif number and rest == number and kind == "%end":
                return "".join(lines)
            elif number and rest == number and kind == "%error":
                raise AssertionError(f"{command}: {''.join(lines)}")
            elif number:
                lines.append(line)
        raise AssertionError(f"{command}: the program has ended")


def quoted(word: str) -> str:
    """Return a word in the syntax of tmux, within one line."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return '"' + escaped.replace("\n", "\\n") + '"'
