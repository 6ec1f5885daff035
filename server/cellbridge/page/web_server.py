"""The web server: which requests are let in, and what each of them gets.

Owns the checks of requests, the cookie and the routes. It must not know the messages of tabs.

Every request passes these checks, in this order: its connection comes from a process of the user
(peers.py); it names this server as its host, so a page of another site whose name leads here is
refused; the browser does not send it for a page of another site; and it has the cookie of an
admitted browser. Only an address with a code needs no cookie.
"""

from __future__ import annotations

import asyncio
import html
import logging
import secrets
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import quote
from weakref import WeakKeyDictionary

from aiohttp import WSMsgType, web

from cellbridge.core.output.escapes import label
from cellbridge.kernel.trust.ownership import is_own_peer
from cellbridge.lsp.errors import internal_error_message
from cellbridge.page import headers, peers
from cellbridge.page.admission import Admission, Browser, Target
from cellbridge.page.assets import Assets
from cellbridge.page.browser_tab import MESSAGE_BYTES
from cellbridge.page.gateway import Gateway
from cellbridge.session.errors import SessionError

HOST = "127.0.0.1"
"""The address on which the server listens."""
_NAMES = frozenset({HOST, "localhost"})
_COOKIE_SECONDS = 7 * 24 * 3600
"""Seconds that a browser keeps the cookie. It is useless once this process has ended."""
_HEARTBEAT = 30.0
"""Seconds between two checks that a tab is still there."""
_NOT_ADMITTED = (
    "This browser is not admitted. Use Open in Browser in your editor, or run cellbridge page."
)
_USED = (
    "This address works once, within two minutes. Use Open in Browser again, or run cellbridge "
    "page."
)
_ELSEWHERE = "This request comes from another page or another host, so it is refused."
_OTHERS = "This connection comes from another user of the machine, so it is refused."
_NO_FILE = "There is no such file."

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebServer:
    """The requests of browsers."""

    def __init__(self, admission: Admission, gateway: Gateway, assets: Assets) -> None:
        self._admission = admission
        self._gateway = gateway
        self._assets = assets
        self.port = 0
        """The port on the loopback interface, once the server listens."""
        # Browsers send a cookie to every port of a host, so its name tells processes apart.
        self._cookie = f"cellbridge-{secrets.token_hex(4)}"
        self._own: WeakKeyDictionary[asyncio.Transport, bool] = WeakKeyDictionary()
        """By connection, True if its other end is the user's."""
        self._sockets: set[web.WebSocketResponse] = set()
        self.app = web.Application(middlewares=[self._guard])
        self.app.router.add_get("/enter/{code}", self._enter, allow_head=False)
        self.app.router.add_get("/socket", self._socket, allow_head=False)
        self.app.router.add_get("/", self._page)
        self.app.router.add_get("/{name:.+}", self._file)

    def address(self, target: Target) -> str:
        """Return an address that admits one browser, once."""
        code = self._admission.issue_code(target, _now())
        return f"http://{HOST}:{self.port}/enter/{code}"

    async def close(self) -> None:
        """Disconnect all tabs."""
        for one in [*self._sockets]:
            await one.close(code=1001)

    # --- the checks -------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            await self._check(request)
            response = await handler(request)
        except web.HTTPException as error:
            response = web.Response(status=error.status, text=error.text)
        except OSError:
            raise  # The browser has gone.
        except Exception as error:  # Boundary: no request may end the server.
            response = web.Response(status=500, text=label(internal_error_message(error)))
        if not response.prepared:
            for name, value in headers.COMMON.items():
                response.headers.setdefault(name, value)
        return response

    async def _check(self, request: web.Request) -> None:
        """Refuse a request that another user or another page has sent.

        Raises:
            web.HTTPForbidden: it is refused.
        """
        if not await self._is_own_connection(request):
            log.warning("A connection of another user was refused")
            raise web.HTTPForbidden(text=_OTHERS)
        if not self._is_own_host(request):
            raise web.HTTPForbidden(text=_ELSEWHERE)
        origin = request.headers.get("Origin")
        needs_origin = request.method not in {"GET", "HEAD"} or "Upgrade" in request.headers
        if (needs_origin or origin is not None) and origin != f"http://{request.host}":
            raise web.HTTPForbidden(text=_ELSEWHERE)
        if not self._enters(request):
            if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
                raise web.HTTPForbidden(text=_ELSEWHERE)
            if self._browser(request) is None:
                raise web.HTTPUnauthorized(text=_NOT_ADMITTED)

    def _is_own_host(self, request: web.Request) -> bool:
        name, _, port = request.host.partition(":")
        if len(request.headers.getall("Host", [])) != 1 or name not in _NAMES:
            return False
        # A port is forwarded to the Unix socket from any port of the other machine.
        return _is_unix(request) or port == str(self.port)

    def _enters(self, request: web.Request) -> bool:
        """Return True for the address with a code, as the user opens it: not for a part of a page.

        A browser that runs an editor opens it from another site, as does a page with a link.
        """
        mode = request.headers.get("Sec-Fetch-Mode", "navigate")
        place = request.headers.get("Sec-Fetch-Dest", "document")
        return request.path.startswith("/enter/") and (mode, place) == ("navigate", "document")

    async def _is_own_connection(self, request: web.Request) -> bool:
        """Return False if the other end of the connection is another user's."""
        transport = request.transport
        if transport is None:
            return False
        known = self._own.get(transport)
        if known is None:
            known = self._own[transport] = await _is_own(transport)
        return known

    def _browser(self, request: web.Request) -> Browser | None:
        return self._admission.browser(request.cookies.get(self._cookie, ""))

    # --- the answers ------------------------------------------------------------------------------

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        """Admit a browser, and lead it to the page.

        By a document, not by a redirect: after a redirect from another site, a browser does not
        send a strict cookie.
        """
        if {"prefetch", "prerender"} & {*request.headers.get("Sec-Purpose", "").split(";")}:
            raise web.HTTPForbidden(text=_ELSEWHERE)
        cookie = request.cookies.get(self._cookie, "")
        admitted = self._admission.redeem(request.match_info["code"], _now(), cookie=cookie)
        if admitted is None:
            raise web.HTTPForbidden(text=_USED)
        cookie, target = admitted
        place = f"/#{quote(target.script, safe='')}" if target.script else "/"
        text = (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Cellbridge</title>'
            f'<meta http-equiv="refresh" content="0; url={html.escape(place)}"></head>'
            f'<body><a href="{html.escape(place)}">Open Cellbridge</a></body></html>'
        )
        response = web.Response(text=text, content_type="text/html")
        self._set_cookie(response, cookie)
        return response

    async def _page(self, request: web.Request) -> web.StreamResponse:
        text = (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Cellbridge</title>'
            '<link rel="icon" href="data:,">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="stylesheet" href="/page.css"></head>'
            '<body><script type="module" src="/page.js"></script></body></html>'
        )
        policy = headers.page_policy(self._assets.script_sources, request.host)
        response = web.Response(text=text, content_type="text/html")
        response.headers["Content-Security-Policy"] = policy
        self._set_cookie(response, request.cookies[self._cookie])
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        asset = self._assets.files.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound(text=_NO_FILE)
        kept = headers.KEEP if asset.hashed else headers.CHECK
        return web.FileResponse(
            asset.path, headers={"Content-Type": asset.type, "Cache-Control": kept}
        )

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        browser = self._browser(request)
        assert browser is not None  # noqa: S101 (it was checked)
        tab_socket = web.WebSocketResponse(
            max_msg_size=MESSAGE_BYTES, heartbeat=_HEARTBEAT, compress=False
        )
        if not tab_socket.can_prepare(request):
            raise web.HTTPBadRequest(text="This address is for the page's web socket only.")
        self._set_cookie(tab_socket, request.cookies[self._cookie])
        await tab_socket.prepare(request)
        self._sockets.add(tab_socket)
        try:
            async with self._gateway.joined(browser, tab_socket) as tab:
                async for message in tab_socket:
                    if message.type is WSMsgType.TEXT:
                        self._gateway.receive(tab, message.data)
                        await tab.room()
        except SessionError as error:
            reason = {"type": "message", "text": label(str(error)), "kind": "error"}
            await tab_socket.send_json(reason)
            await tab_socket.close()
        finally:
            self._sockets.discard(tab_socket)
        return tab_socket

    def _set_cookie(self, response: web.StreamResponse, cookie: str) -> None:
        response.set_cookie(
            self._cookie, cookie, httponly=True, max_age=_COOKIE_SECONDS, path="/",
            samesite="Strict",
        )  # fmt: skip


async def _is_own(transport: asyncio.Transport) -> bool:
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is None:
        return False
    if connection.family == socket.AF_UNIX:
        return is_own_peer(connection)
    ours, theirs = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    if ours is None or theirs is None:
        return False  # It has ended.
    return await asyncio.to_thread(peers.is_own, ours[:2], theirs[:2]) is not False


def _is_unix(request: web.Request) -> bool:
    connection = request.get_extra_info("socket")
    return connection is not None and connection.family == socket.AF_UNIX


def _now() -> float:
    return asyncio.get_running_loop().time()
