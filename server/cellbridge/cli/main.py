"""The ``cellbridge`` command: which part of cellbridge an invocation is for.

Owns the first look at the arguments. It must not import typer or rich before it knows that a person
is to read something: editors start ``cellbridge lsp``, and wait for it.
"""

from __future__ import annotations

import io
import sys

from cellbridge import __version__


def main() -> None:
    """Run the command that the process's arguments name, and end the process with its exit code."""
    if sys.platform == "win32":
        sys.exit(
            "cellbridge does not run on Windows yet, as its sessions need Unix sockets. "
            "Inside WSL it does; install it there."
        )
    match sys.argv[1:]:
        case ["lsp", *arguments]:
            from cellbridge.lsp.main import main as serve  # noqa: PLC0415  # only what is needed

            sys.exit(serve(arguments))
        case ["--version" | "-V"]:
            sys.stdout.write(f"cellbridge {__version__}\n")
        case _:
            _print_anything()
            from cellbridge.cli.app import app  # noqa: PLC0415  # as above

            app()


def _print_anything() -> None:
    """Let every command print any text: what the terminal's encoding lacks is shown as an escape.

    File names may hold bytes of no encoding, and outputs any character.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
