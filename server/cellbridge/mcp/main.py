"""``cellbridge mcp``: the process of the MCP server.

Owns its command line, its signals and its end. Runs belong to the sessions' hosts: they continue
when this process ends. This module must import little: the client waits for the first answer.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_NO_SDK = (
    "cellbridge mcp needs the optional MCP SDK; install it with: pip install 'cellbridge[mcp]'"
)
_NEEDED = ("mcp", "mcp_types", "PIL")
"""The packages of the extra; an earlier version of the SDK lacks the second one."""


def main(arguments: Sequence[str]) -> int:
    """Serve one agent over the standard streams; return the process's exit code."""
    options = _parser().parse_args(arguments)
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        sys.stderr.write(f"{_NO_SDK}\n")
        return 2
    # Garbage collection during the imports takes a tenth of the time until the first answer.
    gc.disable()
    asyncio.run(_serve(options.allow, restart=options.allow_restart))
    return 0


async def _serve(allowed: Sequence[Path], *, restart: bool) -> None:
    from cellbridge.mcp.server import Face  # noqa: PLC0415 (needs the SDK, which may be missing)

    gc.freeze()
    gc.enable()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, lambda: os._exit(0))
    try:
        await Face(allowed, restart=restart).serve()
    except* OSError:
        pass  # The client has closed its end while it was written to.
    # A thread may be blocked by the client's pipes, or may still import: do not wait for it.
    sys.stderr.flush()
    os._exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cellbridge mcp",
        description="Serve an agent by the Model Context Protocol on the standard streams. The "
        "agent works in the same sessions as you, once you allow it.",
    )
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        type=lambda path: Path(os.path.realpath(path)),
        metavar="PATH",
        help="allow agents for this script, or for all scripts in this folder; can be repeated",
    )
    parser.add_argument(
        "--allow-restart",
        action="store_true",
        help="allow restarts of kernels without a question to you",
    )
    return parser
