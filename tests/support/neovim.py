"""A real Neovim for tests, driven by remote calls, with or without a terminal.

Owns its start without files of the user, and its end.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from support.editor_programs import program
from support.patience import until
from support.raw_terminal import RawTerminal
from support.remote import Remote
from support.terminal import Terminal


class Neovim:
    """One Neovim: in a terminal if ``screen``, otherwise headless.

    With ``answers``, it runs in a `RawTerminal`, which sends them.
    """

    def __init__(
        self,
        name: str,
        init: Path,
        script: Path,
        *,
        screen: bool = False,
        answers: Mapping[bytes, bytes] | None = None,
        rows: int = 30,
    ) -> None:
        self._directory = tempfile.TemporaryDirectory(
            prefix="cb-nvim-", dir="/tmp", ignore_cleanup_errors=True
        )
        here = Path(self._directory.name)
        names = ("CONFIG", "DATA", "STATE", "CACHE")
        environment = {f"XDG_{one}_HOME": str(here / one.lower()) for one in names}
        socket = here / "socket"
        command = [str(program(name)), "-u", str(init), "-i", "NONE", "-n", "--listen", str(socket)]
        command += [
            "--cmd",
            "set noloadplugins" if not screen and answers is None else "set noshowcmd",
        ]
        # Without it, each Neovim starts every Python in the path to search for its own module.
        command += ["--cmd", "let g:loaded_python3_provider = 0"]
        command += [str(script)]
        self.terminal: Terminal | None = None
        self.raw: RawTerminal | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if screen:
            self.terminal = Terminal(command, environment, rows=rows)
        elif answers is not None:
            self.raw = RawTerminal(command, environment, rows=rows, answers=answers)
        else:
            self._process = subprocess.Popen(
                [*command[:1], "--headless", *command[1:]],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        show = self.terminal.screen if self.terminal else None
        self._left = False
        try:
            self.remote = until(lambda: try_connect(socket), "Neovim to listen", show)
            self.pid: int = self.lua("return vim.fn.getpid()")
        except BaseException:
            self._release()
            raise
        self.log = here / "state" / "nvim" / "lsp.log"

    def lua(self, code: str, *arguments: Any) -> Any:
        """Run Lua in Neovim; ``...`` holds the arguments."""
        # A prompt on the screen would block the call until it is answered.
        if self.remote.call("get_mode")["blocking"]:
            shown = self.terminal.screen() if self.terminal else ""
            raise AssertionError(f"Neovim waits for input:\n{shown}")
        return self.remote.call("exec_lua", code, list(arguments))

    def until(self, code: str, *arguments: Any, holds: Callable[[Any], Any] = bool) -> Any:
        """Wait until Lua code returns a value for which ``holds`` is true; return the value."""
        found: list[Any] = [None]

        def look() -> bool:
            found[0] = self.lua(code, *arguments)
            return bool(holds(found[0]))

        until(look, code, lambda: f"{found[0]!r}\n{self.messages()}")
        return found[0]

    def wait_until_attached(self) -> None:
        """Wait until the client is attached to the buffer."""
        self.until(
            "local client = vim.lsp.get_clients({ name = 'cellbridge', bufnr = 0 })[1] "
            "return client ~= nil and client.initialized == true"
        )

    def keys(self, keys: str) -> None:
        """Press keys, in Neovim's notation."""
        self.remote.call("input", keys)

    def cursor(self, line: int, column: int = 0) -> None:
        """Put the cursor on a line, from 0."""
        self.remote.call("win_set_cursor", 0, [line + 1, column])

    def command(self, command: str) -> None:
        """Run an Ex command."""
        self.remote.call("command", command)

    @property
    def row(self) -> int:
        """The cursor's line, from 0."""
        return self.remote.call("win_get_cursor", 0)[0] - 1

    def lines(self) -> list[str]:
        return self.remote.call("buf_get_lines", 0, 0, -1, False)

    def messages(self) -> str:
        """Return the messages of Neovim and the end of its LSP log."""
        messages = self.lua("return vim.api.nvim_exec2('messages', { output = true }).output")
        log = self.log.read_text("utf-8")[-2000:] if self.log.is_file() else ""
        return f"{messages}\n{log}"

    def kill(self) -> None:
        """Kill it as a crash would."""
        self._end(psutil.Process.kill)

    def quit(self) -> None:
        """Quit Neovim, and kill it if it does not exit."""
        if not self._left:
            with contextlib.suppress(OSError, EOFError):  # it has exited
                self.remote.notify("input", "<C-\\><C-n>")
                self.remote.notify("command", "qa!")
            self._end(lambda process: None)

    def _end(self, how: Callable[[psutil.Process], object]) -> None:
        self._left = True
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            how(process)
            try:
                process.wait(30)
            except psutil.TimeoutExpired:
                process.kill()
        self._release()

    def _release(self) -> None:
        """Release all resources of a started Neovim."""
        if hasattr(self, "remote"):
            self.remote.close()
        if self.terminal is not None:
            self.terminal.close()
        if self.raw is not None:
            self.raw.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
        self._directory.cleanup()


def try_connect(socket: Path) -> Remote | None:
    """Return a connection, or None if Neovim does not listen yet."""
    try:
        return Remote(socket)
    except OSError:
        return None
