"""``cellbridge dap``: the process of the debug adapter.

Owns its command line, its signals and its end. When the process ends, the session's host lets the
code that has stopped continue. This module must import little: the client waits for its answer.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Sequence

from cellbridge.base_protocol.pipes import over_standard_streams
from cellbridge.dap.adapter import Adapter
from cellbridge.dap.messages import Messages

_CLOSE_SECONDS = 1.0
"""Seconds that a slow client gets to read the last messages."""


def main(arguments: Sequence[str]) -> int:
    """Serve one debug client over the standard streams; return the process's exit code."""
    _parser().parse_args(arguments)
    # Garbage collection during the imports takes a tenth of the time until the first stop.
    gc.disable()
    asyncio.run(_serve())
    # The threads that read and write may be blocked by the client's pipes; do not wait for them.
    sys.stderr.flush()
    os._exit(0)


async def _serve() -> None:
    pipes = over_standard_streams()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        # nvim-dap ends every adapter by a signal, and reports another code as a failure.
        loop.add_signal_handler(number, lambda: os._exit(0))
    async with asyncio.TaskGroup() as tasks:
        await Adapter(Messages(pipes), tasks).serve()
    await pipes.writer.close(_CLOSE_SECONDS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cellbridge dap",
        description="Run a debug adapter for scripts with cells. Editors start it and use its "
        "standard streams.",
    )
    parser.add_argument("--stdio", action="store_true", help="the default; some editors pass it")
    return parser
