"""``cellbridge page`` and ``cellbridge open``: a session in a browser.

Owns the printed text, and how a browser is started. `cellbridge.workspace.page_process` finds or
starts the page's process.
"""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from cellbridge.cli import script_argument
from cellbridge.cli.errors import OK, CommandError
from cellbridge.cli.exit_handling import run_command
from cellbridge.workspace import page_process
from cellbridge.workspace.page_process import PageError, Request

_DISPLAYS = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
"""The environment variables of which one is set where a browser can show a window on Linux."""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """The options of the command."""

    script: Path | None = None
    browser: bool = True
    """True to open the address in a browser."""
    socket: Path | None = None


def show(options: PageOptions) -> int:
    """Print an address of the page, and open it in a browser; return the exit code."""
    return run_command(lambda: _show(options))


def stop() -> int:
    """End the page's process; return the exit code."""

    def work() -> int:
        if asyncio.run(page_process.send(Request(stop=True))) is None:
            print("The page does not run.", file=sys.stderr)
        return OK

    return run_command(work)


def _show(options: PageOptions) -> int:
    path = "" if options.script is None else str(script_argument.read(options.script).path)
    there = "" if options.socket is None else os.path.abspath(options.socket)  # noqa: PTH100 (links stay)
    request = Request(script=path, socket=there)
    try:
        answer = asyncio.run(page_process.open_address(request))
    except PageError as error:
        raise CommandError(str(error)) from None
    opened = options.browser and _can_open() and webbrowser.open(answer.url)
    print(answer.url, flush=True)
    if command := page_process.forward_command(answer, request):
        print(
            f"On your own machine, first run: {command}\nThen open the address there.",
            file=sys.stderr,
        )
    if options.browser:
        hint = "It is open in your browser" if opened else "Open this address in a browser"
        print(f"{hint}; it works once, within two minutes.", file=sys.stderr)
    return OK


def _can_open() -> bool:
    """Return True if a browser can show a window to the user of this terminal."""
    if sys.platform == "darwin":
        return "SSH_CONNECTION" not in os.environ
    return any(os.environ.get(name) for name in _DISPLAYS)
