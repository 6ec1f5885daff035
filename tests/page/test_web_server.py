# Size: every way in that is refused, next to each other.
"""The web server, by raw requests: who is let in, and what each response allows."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from cellbridge.page.gateway import TAB_LIMIT
from cellbridge.session.errors import SessionError
from cellbridge.workspace import page_process as process
from support import page_process
from support.page_process import Browser
from support.second_user import (
    ANSWERS,
    needs_second_user,
    program_of_other,
    run_as_other,
    shared_folder,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTROL = """
import socket, sys
peer = socket.socket(socket.AF_UNIX)
peer.settimeout(20)
try:
    peer.connect(sys.argv[1])
    peer.sendall(b'{"stop":true}\\n')
    print(peer.recv(1000))
except OSError as error:
    print(type(error).__name__)
"""
GET = """
import http.client, sys
port, path, cookie = sys.argv[1:]
one = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
one.request("GET", path, headers={"Cookie": cookie})
answer = one.getresponse()
print(answer.status, answer.read())
"""


class Response:
    """A response to a raw request."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.text = answer.read().decode()


class Client:
    """Raw requests: every header is given by the test."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port = port
        self.cookie = cookie

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given.setdefault("Host", f"127.0.0.1:{self.port}")
        if self.cookie:
            given.setdefault("Cookie", self.cookie)
        with connection(self.port) as one:
            one.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value:
                    one.putheader(name, value)
            one.endheaders()
            return Response(one.getresponse())

    def upgrade(self, **headers: str) -> int:
        """Request a web socket; return the status."""
        given = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Origin": f"http://127.0.0.1:{self.port}",
            **headers,
        }
        return self.get("/socket", **given).status


@contextmanager
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    one = http.client.HTTPConnection("127.0.0.1", port, timeout=45)
    try:
        yield one
    finally:
        one.close()


async def enter() -> tuple[Client, Response, str]:
    """Admit a client; return it, the response and the path of the address."""
    parts = urlsplit(await page_process.new_address("/x y/ä.py"))
    assert parts.port is not None
    response = Client(parts.port).get(parts.path)
    cookie = (response.headers["Set-Cookie"] or "").partition(";")[0]
    return Client(parts.port, cookie), response, parts.path


async def test_an_address_works_once(page: None) -> None:
    client, response, path = await enter()
    assert response.status == 200
    assert 'url=/#%2Fx%20y%2F%C3%A4.py"' in response.text
    assert client.get("/").status == 200
    again = client.get(path)
    assert again.status == 403
    assert "works once" in again.text
    assert again.headers["Set-Cookie"] is None


async def test_the_cookie_is_for_this_page_alone(page: None) -> None:
    client, response, _ = await enter()
    cookie = response.headers["Set-Cookie"]
    flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= flags
    assert not any(flag.startswith("domain") for flag in flags)
    assert re.match(r"cellbridge-[0-9a-f]{8}=", cookie)
    # Its name is that of this process: a cookie of another one does not count.
    assert (
        client.get("/", Cookie=client.cookie.replace("cellbridge-", "cellbridge-x")).status == 401
    )


async def test_a_wrong_code_a_prefetch_and_a_head_use_nothing_up(page: None) -> None:
    parts = urlsplit(await page_process.new_address())
    assert parts.port is not None
    client = Client(parts.port)
    assert client.get("/enter/aaaaaaaaaaaaaaaaaaaaaa").status == 403
    assert client.get(parts.path, Sec_Purpose="prefetch;prerender").status == 403
    assert client.get(parts.path, "HEAD").status == 404
    assert client.get(parts.path, "POST").status in {401, 403, 405}
    # A part of another page, such as an image, cannot use it either.
    assert client.get(parts.path, Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="image").status == 401
    assert client.get(parts.path, Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="iframe").status == 401
    # A browser that runs an editor opens it from another site.
    site = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert client.get(parts.path, **site, Sec_Fetch_Dest="document").status == 200


@pytest.mark.parametrize("path", ["/", "/page.js", "/socket", "/chunks/part-1234.js", "/nothing"])
async def test_without_a_cookie_there_is_nothing(page: None, path: str) -> None:
    client, *_ = await enter()
    for cookie in ("", "a=b", f"{client.cookie}x", client.cookie.partition("=")[0] + "="):
        client.cookie = ""
        response = client.get(path, Cookie=cookie)
        assert response.status == 401
        assert response.text.endswith("run cellbridge page.")


async def test_another_host_is_refused(page: None) -> None:
    """A page of another site whose name was made to lead here sends that name."""
    client, *_ = await enter()
    port = client.port
    for host in (
        "evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}",
        f"[::1]:{port}", f"0.0.0.0:{port}", f"localhost.evil.example:{port}",
        f"127.0.0.1:{port}@evil.example", "",
    ):  # fmt: skip
        assert client.get("/", Host=host).status in {400, 403}, host
        address = urlsplit(await page_process.new_address()).path
        assert client.get(address, Host=host).status in {400, 403}, host
    assert client.get("/", Host=f"localhost:{port}").status == 200


async def test_another_origin_is_refused(page: None) -> None:
    client, *_ = await enter()
    port = client.port
    for origin in (
        "http://evil.example", "null", f"https://127.0.0.1:{port}", "http://127.0.0.1",
        f"http://127.0.0.1:{port + 1}", f"http://localhost:{port}", "file://",
    ):  # fmt: skip
        assert client.get("/", Origin=origin).status == 403, origin
        assert client.upgrade(Origin=origin) == 403, origin
    assert client.upgrade(Origin="") == 403
    assert client.upgrade() == 101
    local = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
    assert client.upgrade(**local) == 101


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_request_for_a_page_of_another_site_is_refused(page: None, site: str) -> None:
    client, *_ = await enter()
    assert client.get("/", Sec_Fetch_Site=site).status == 403
    assert client.get("/page.js", Sec_Fetch_Site=site).status == 403
    assert client.upgrade(**{"Sec-Fetch-Site": site}) == 403
    assert client.get("/", Sec_Fetch_Site="none").status == 200
    assert client.get("/", Sec_Fetch_Site="same-origin").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
async def test_only_get_is_answered(page: None, method: str) -> None:
    client, *_ = await enter()
    assert client.get("/", method).status == 403
    assert client.get("/", method, Origin=f"http://127.0.0.1:{client.port}").status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.py", "/secret.py", "/..%2fpage.js", "/chunks/../page.js", "/%2e%2e/page.js",
        "/chunks/..%2f..%2fetc/passwd", "/etc/passwd", "//etc/passwd", "/page.js/", "/policy.json",
        "/chunks", "/chunks/", "/page.js%00.css", "/.", "/..", "/./page.js", "/PAGE.JS",
    ],
)  # fmt: skip
async def test_a_path_leads_to_no_other_file(page: None, path: str) -> None:
    client, *_ = await enter()
    response = client.get(path)
    # A client or the server may have resolved the dots: then it is a file of the table.
    assert response.status in {400, 404} or response.text == page_process.FILES["page.js"]
    assert "root:" not in response.text
    assert response.text != page_process.FILES["secret.py"]


async def test_files_have_their_types_and_every_response_its_headers(page: None) -> None:
    client, *_ = await enter()
    script = client.get("/page.js")
    assert (script.status, script.text) == (200, page_process.FILES["page.js"])
    assert script.headers["Content-Type"] == "text/javascript"
    assert script.headers["Cache-Control"] == "private, no-cache"
    assert client.get("/page.css").headers["Content-Type"] == "text/css"
    assert "immutable" in client.get("/chunks/part-1234.js").headers["Cache-Control"]
    shown, missing = client.get("/"), client.get("/nothing")
    refused, outside = client.get("/", Host="evil.example"), client.get("/enter/wrong")
    for response in (shown, missing, refused, outside, script):
        headers = response.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert shown.headers["Cache-Control"] == "no-store"
    policy = dict(
        part.split(" ", 1) for part in shown.headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'sha256-frame' 'unsafe-eval'"
    assert policy["connect-src"] == f"'self' ws://127.0.0.1:{client.port}"
    assert policy["form-action"] == policy["base-uri"] == "'none'"


async def test_the_process_listens_on_the_loopback_interface_alone(page: None) -> None:
    listening = [
        one.laddr.ip
        for one in page_process.find_process().net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


async def test_too_many_tabs_get_a_sentence(browser: Browser) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(TAB_LIMIT):
            await stack.enter_async_context(browser.tab())
        url, headers = f"{browser.base}/socket", {"Origin": browser.base}
        async with browser.session.ws_connect(url, headers=headers) as one:
            message = await one.receive_json()
            assert "Too many tabs" in message["text"]


@needs_second_user
async def test_another_user_has_no_use_for_an_address_or_a_cookie(page: None) -> None:
    client, *_ = await enter()
    path = urlsplit(await page_process.new_address()).path
    for wanted, cookie in ((path, ""), ("/", client.cookie), ("/page.js", client.cookie)):
        said = run_as_other(GET, str(client.port), wanted, cookie)
        assert said.startswith("403 ")
        assert "another user" in said
    assert client.get(path).status == 200  # It was not used up.


@needs_second_user
async def test_another_user_cannot_reach_the_control_socket(page: None) -> None:
    path = process.socket_path()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert run_as_other(CONTROL, path) == "PermissionError\n"
    # Even where the directories let the other user through, the peer is checked.
    opened = [path, *[folder for folder in path.parents if folder != Path(folder.anchor)]]
    modes = {one: one.stat().st_mode & 0o7777 for one in opened}
    try:
        for one, mode in modes.items():
            one.chmod(mode | 0o777 if one == path else mode | 0o055)
        assert run_as_other(CONTROL, path) in {
            "b''\n",
            "BrokenPipeError\n",
            "ConnectionResetError\n",
        }
    finally:
        for one, mode in modes.items():
            one.chmod(mode)
    assert await process.send(process.Request()) is not None


@needs_second_user
async def test_another_users_program_gets_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with shared_folder() as folder:
        monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(folder / "cellbridge"))
        with program_of_other(ANSWERS, process.socket_path()) as other:
            with pytest.raises(SessionError, match="belongs to someone else"):
                await process.open_address(process.Request())
            other.kill()
            assert other.stdout is not None
            assert other.stdout.read() == ""
