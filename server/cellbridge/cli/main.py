"""The entry point of the ``cellbridge`` command.

Owns the dispatch by the first argument. It must not import typer or rich for ``cellbridge lsp``,
``cellbridge dap`` and ``cellbridge mcp``: other programs start these commands and wait for them.
"""

from __future__ import annotations

import io
import sys

from cellbridge import __version__


def main() -> None:
    """Run the command in the process's arguments, and exit with its exit code."""
    if sys.platform == "win32":
        sys.exit(
            "Cellbridge does not run on Windows yet, because its sessions need Unix sockets. "
            "Install it in WSL instead."
        )
    match sys.argv[1:]:
        case ["lsp", *arguments]:
            from cellbridge.lsp.main import main as serve  # noqa: PLC0415  # only what is needed

            sys.exit(serve(arguments))
        case ["dap", *arguments]:
            from cellbridge.dap.main import main as debug  # noqa: PLC0415  # as above

            sys.exit(debug(arguments))
        case ["mcp", *arguments]:
            from cellbridge.mcp.main import main as serve_agent  # noqa: PLC0415  # as above

            sys.exit(serve_agent(arguments))
        case ["--version" | "-V"]:
            sys.stdout.write(f"cellbridge {__version__}\n")
        case _:
            _print_anything()
            from cellbridge.cli.app import app  # noqa: PLC0415  # as above

            app()


def _print_anything() -> None:
    """Allow every command to print any text.

    Characters that the terminal's encoding lacks are printed as escapes: file names may contain
    bytes of no encoding, and outputs any character.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
