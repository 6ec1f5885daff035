"""The life of the page's process: its lock, its servers and its end.

Owns the order of start and end. One process of a user holds the lock. It ends on request, by a
signal, or when no browser has been connected for `IDLE_SECONDS`. Sessions keep running in their
hosts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web
from lsprotocol import types as lsp

from cellbridge import __version__
from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.core.config import SECTION
from cellbridge.core.runs.agents import ClientKind
from cellbridge.kernel.trust.ownership import is_own_socket
from cellbridge.lsp.handlers import running_context
from cellbridge.page.admission import Admission, Target
from cellbridge.page.assets import read_assets
from cellbridge.page.control_socket import bind_socket, serving
from cellbridge.page.gateway import Gateway
from cellbridge.page.web_server import HOST, WebServer
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import make_private
from cellbridge.session.log_file import start_logging
from cellbridge.session.presence import Lock
from cellbridge.workspace import page_process
from cellbridge.workspace.page_process import READY, TAKEN, Answer, Request

IDLE_SECONDS = 600.0
"""Seconds without a browser after which the process ends."""
SOCKET_LIMIT = 4
"""Unix sockets on which the page can be reached, besides its port."""
_NAME = "Browser"
"""The name of this client in sessions, for other users of them."""


def main() -> int:
    """Serve until the end; return the process's exit code."""
    if os.fork():
        os._exit(0)  # The program that starts the page reaps this process now.
    try:
        make_private(page_process.directory())
        lock = Lock((page_process.lock_path(),))
        if not lock.acquire():
            _report(TAKEN)
            return 0
        start_logging("page")
        # aiohttp logs requests that it cannot read, which may hold a code.
        logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
        assets = read_assets()
        server = PageServer(WebServer(Admission(), gateway := Gateway(), assets), gateway)
        with lock:
            asyncio.run(server.serve())
    except (SessionError, OSError) as error:
        _report(str(error))
        return 1
    return 0


class PageServer:
    """The servers of one process."""

    def __init__(self, web_server: WebServer, gateway: Gateway) -> None:
        self._web = web_server
        self._gateway = gateway
        self._runner = web.AppRunner(web_server.app, access_log=None, shutdown_timeout=1.0)
        self._ended = asyncio.Event()
        self._sockets: set[Path] = set()
        self._idle = IDLE_SECONDS

    async def serve(self) -> None:
        """Serve browsers and programs until the end.

        Raises:
            OSError: a socket cannot be created.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        async with AsyncExitStack() as stack:
            # Without a worker: a page requests nothing from static analysis.
            context, notifier = await stack.enter_async_context(
                running_context(
                    self._gateway.connection, _params(), StaticPython(), ClientKind.PERSON
                )
            )
            self._gateway.bind(context, notifier)
            await self._runner.setup()
            stack.push_async_callback(self._runner.cleanup)
            stack.push_async_callback(self._web.close)
            listening = socket.create_server((HOST, 0))
            await web.SockSite(self._runner, listening).start()
            self._web.port = listening.getsockname()[1]
            control = await asyncio.to_thread(bind_socket, page_process.socket_path())
            await stack.enter_async_context(serving(control, self._answer))
            stack.push_async_callback(asyncio.to_thread, self._remove_sockets)
            await asyncio.to_thread(_report, READY)
            await self._wait_for_end()

    async def _answer(self, request: Request) -> Answer:
        """Answer a program of the user.

        Raises:
            SessionError: the socket cannot be created.
        """
        if request.stop:
            self._ended.set()
            return Answer(version=__version__)
        if request.socket:
            await self._listen(Path(request.socket))
        url = self._web.address(Target(request.script, request.cell))
        self._gateway.left.set()  # A browser gets as much time to come as after the last one left.
        return Answer(url, self._web.port, __version__)

    async def _listen(self, path: Path) -> None:
        """Serve browsers on a Unix socket, too."""
        if path in self._sockets and is_own_socket(path):
            return
        if len(self._sockets) >= SOCKET_LIMIT:
            raise SessionError(
                "The page listens on enough sockets already; end it (cellbridge page --stop)."
            )
        try:
            await web.SockSite(self._runner, await asyncio.to_thread(bind_socket, path)).start()
        except OSError as error:
            reason = error.strerror or error
            raise SessionError(f"The socket {path} cannot be created: {reason}.") from error
        self._sockets.add(path)

    def _remove_sockets(self) -> None:
        for path in (page_process.socket_path(), *self._sockets):
            with contextlib.suppress(OSError):
                path.unlink()

    async def _wait_for_end(self) -> None:
        """Wait for a request or a signal to end, or for the time without a browser."""
        async with asyncio.TaskGroup() as tasks:
            ended = tasks.create_task(self._ended.wait())
            idle = tasks.create_task(self._wait_until_idle())
            await asyncio.wait([ended, idle], return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            idle.cancel()

    async def _wait_until_idle(self) -> None:
        left = self._gateway.left
        while True:
            left.clear()
            if self._gateway.tabs:
                await left.wait()
                continue
            try:
                await asyncio.wait_for(left.wait(), self._idle)
            except TimeoutError:
                if not self._gateway.tabs:
                    return


def _params() -> lsp.InitializeParams:
    """Return the capabilities of the page in place of those of an editor."""
    capabilities = lsp.ClientCapabilities(
        experimental={"cellbridge": {"outputs": True, "variables": True}}
    )
    settings = {"completion": {"static": False}, "diagnostics": {"errors": False, "types": False}}
    return lsp.InitializeParams(
        capabilities=capabilities,
        client_info=lsp.ClientInfo(_NAME, __version__),
        initialization_options={SECTION: settings},
    )


def _report(line: str) -> None:
    """Write one line to the program that starts the page, then release its pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)
