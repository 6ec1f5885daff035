"""A real Neovim for tests, driven by remote calls; with a terminal, it can be looked at too.

Owns its start with nothing of the user's, and its end. What a test asks of it is the test's matter.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pynvim

from support.editor_programs import program
from support.patience import until
from support.terminal import Terminal


class Neovim:
    """One Neovim: in a terminal if ``screen``, else without any."""

    def __init__(
        self, name: str, init: Path, script: Path, *, screen: bool = False, rows: int = 30
    ) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="cb-nvim-", dir="/tmp")
        here = Path(self._directory.name)
        names = ("CONFIG", "DATA", "STATE", "CACHE")
        environment = {f"XDG_{one}_HOME": str(here / one.lower()) for one in names}
        socket = here / "socket"
        command = [str(program(name)), "-u", str(init), "-i", "NONE", "-n", "--listen", str(socket)]
        command += ["--cmd", "set noloadplugins" if not screen else "set noshowcmd"]
        command += [str(script)]
        self.terminal: Terminal | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if screen:
            self.terminal = Terminal(command, environment, rows=rows)
        else:
            self._process = subprocess.Popen(
                [*command[:1], "--headless", *command[1:]],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        until(socket.exists, "Neovim's socket", self.terminal.screen if self.terminal else None)
        self.nvim: Any = pynvim.attach("socket", path=str(socket))
        self.log = here / "state" / "nvim" / "lsp.log"

    def lua(self, code: str, *arguments: Any) -> Any:
        """Run Lua in Neovim; ``...`` holds the arguments."""
        return self.nvim.exec_lua(code, *arguments)

    def until(self, code: str, *arguments: Any, holds: Callable[[Any], Any] = bool) -> Any:
        """Wait until a piece of Lua returns something that ``holds`` is content with; return it."""
        found: list[Any] = [None]

        def look() -> bool:
            found[0] = self.lua(code, *arguments)
            return bool(holds(found[0]))

        until(look, code, lambda: f"{found[0]!r}\n{self.messages()}")
        return found[0]

    def attached(self) -> None:
        """Wait until the server has the buffer."""
        self.until(
            "local client = vim.lsp.get_clients({ name = 'cellbridge', bufnr = 0 })[1] "
            "return client ~= nil and client.initialized == true"
        )

    def keys(self, keys: str) -> None:
        """Press keys, in Neovim's notation."""
        self.nvim.input(keys)

    def cursor(self, line: int, column: int = 0) -> None:
        """Put the cursor on a line, from 0."""
        self.nvim.current.window.cursor = (line + 1, column)

    def lines(self) -> list[str]:
        return list(self.nvim.current.buffer[:])

    def messages(self) -> str:
        """What Neovim has said, and the end of its log of language servers."""
        said = self.nvim.command_output("messages")
        log = self.log.read_text("utf-8")[-2000:] if self.log.is_file() else ""
        return f"{said}\n{log}"

    def kill(self) -> None:
        """Kill it as a crash would."""
        os.kill(self.lua("return vim.fn.getpid()"), signal.SIGKILL)
        self._gone()

    def quit(self) -> None:
        """Leave it as a person does."""
        with contextlib.suppress(OSError, EOFError):  # it is gone, as asked
            self.nvim.command("qa!")
        self._gone()

    def _gone(self) -> None:
        self.nvim.close()
        if self._process is not None:
            self._process.wait(timeout=20)
        if self.terminal is not None:
            self.terminal.close()
        self._directory.cleanup()
