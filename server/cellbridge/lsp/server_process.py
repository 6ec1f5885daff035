"""The language server's process, after its analyser has been started (main.py).

Owns its command line, its signals and its end. Everything that the server owns ends with it
immediately, because editors kill slow processes. Sessions keep running in their hosts.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from cellbridge.base_protocol import pipes
from cellbridge.lsp.transport.initialize import answer_initialize

if TYPE_CHECKING:
    from cellbridge.analysis.static_analysis import StaticPython
    from cellbridge.analysis.worker_process import Child
    from cellbridge.lsp.server import Server
    from cellbridge.lsp.transport.initialize import FirstMessage

_ENDING_SIGNALS = ("SIGTERM", "SIGHUP", "SIGINT")


def serve(arguments: Sequence[str], analyser: Child | None) -> int:
    """Serve one editor, over the standard streams or TCP; return the process's exit code."""
    options = _parser().parse_args(arguments)
    address = None if options.tcp is None else _address(options.tcp)
    # The imports create some hundred thousand objects that live as long as the process. Garbage
    # collection during the imports takes a tenth of the start time. The server enables it later.
    gc.disable()
    # The loop and the threads that read and write for it should not wait for one another.
    sys.setswitchinterval(0.0005)
    code = asyncio.run(_serve(address, analyser))
    # The threads that read and write may be blocked by the editor's pipes; do not wait for them.
    sys.stderr.flush()
    os._exit(code)


async def _serve(address: tuple[str, int] | None, analyser: Child | None) -> int:
    accepted = None if address is None else await _accept_editor(*address)
    to_editor = pipes.over_standard_streams() if accepted is None else pipes.over_socket(accepted)
    _handle_signals(lambda: os._exit(1))  # Only the process itself must be ended so far.
    first = await answer_initialize(to_editor)
    from cellbridge.analysis.static_analysis import StaticPython  # noqa: PLC0415
    from cellbridge.analysis.worker import Worker  # noqa: PLC0415

    static = StaticPython(worker=Worker(started=analyser))
    async with asyncio.TaskGroup() as tasks, static:
        server = await _load_server(to_editor, first, static, tasks)
        _handle_signals(server.connection.end)
        return await server.serve(to_editor, first, static)


def _handle_signals(end: Callable[[], None]) -> None:
    """Call ``end`` when the process receives a signal to end."""
    loop = asyncio.get_running_loop()
    for name in _ENDING_SIGNALS:
        with contextlib.suppress(AttributeError, NotImplementedError):
            loop.add_signal_handler(getattr(signal, name), end)


async def _load_server(
    to_editor: pipes.Pipes, first: FirstMessage, static: StaticPython, tasks: asyncio.TaskGroup
) -> Server:
    """Import the slow modules in a thread, and answer the first requests meanwhile."""
    from cellbridge.lsp.transport.startup_requests import (  # noqa: PLC0415
        StartupRequests,
        completions_enabled,
        list_format,
        pulls_settings,
    )

    imported = tasks.create_task(asyncio.to_thread(_import_server))
    if first.answered is not None and completions_enabled(
        first.params.get("initializationOptions")
    ):
        early = StartupRequests(
            to_editor, list_format(first), static, tasks, pulls_settings=pulls_settings(first)
        )
        await early.until(imported)
    return (await imported)()


def _import_server() -> type[Server]:
    from cellbridge.lsp.transport.shared_methods import import_with_shared_methods  # noqa: PLC0415

    import_with_shared_methods("lsprotocol.types", "cellbridge.lsp.protocol")
    import_module("cellbridge.lsp.handlers")
    from cellbridge.lsp.server import Server  # noqa: PLC0415
    from cellbridge.session.log_file import start_logging  # noqa: PLC0415

    start_logging("lsp")
    return Server


async def _accept_editor(host: str, port: int) -> socket.socket:
    """Wait for the one editor that is served over TCP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listening:
        listening.setblocking(False)  # noqa: FBT003 (the socket's own signature)
        print(f"Listening on {host}:{listening.getsockname()[1]}", file=sys.stderr, flush=True)
        connection, _ = await asyncio.get_running_loop().sock_accept(listening)
    return connection


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cellbridge lsp",
        description="Run the language server. Editors start it and use its standard streams.",
    )
    parser.add_argument(
        "--tcp",
        metavar="HOST:PORT",
        help="serve one editor that connects to this address instead, for debugging; no password "
        "is required, so any user of the machine can connect first",
    )
    parser.add_argument("--stdio", action="store_true", help="the default; some editors pass it")
    return parser


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        sys.exit(f"--tcp needs HOST:PORT, such as 127.0.0.1:2087, not {text}.")
    return host.strip("[]"), int(port)
