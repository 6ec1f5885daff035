"""The page's process: its command, its start, its end, and what it does not load."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from cellbridge.page.gateway import Gateway
from cellbridge.page.main import PageServer
from cellbridge.workspace import page_process as process
from support import page_process
from support.command import cellbridge
from support.page_process import FILES

SCRIPT = "# %%\n1\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A stand-in for the built files, named to the processes that commands start."""
    folder = tmp_path_factory.mktemp("assets")
    page_process.write_files(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELLBRIDGE_PAGE_ASSETS", str(folder))
        yield folder
    page_process.end()


def test_the_command_starts_one_process_and_prints_an_address(files: Path, tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text(SCRIPT)
    first = cellbridge("page", "--no-browser", script)
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("http://127.0.0.1:")
    assert first.out.count("\n") == 1
    page = page_process.find_process()
    second = cellbridge("page", "--no-browser")
    assert page_process.find_process() == page
    assert first.out.partition("/enter/")[0] == second.out.partition("/enter/")[0]
    assert first.out != second.out
    # Nothing on its command line or in its files admits a browser, or names a script.
    code = first.out.strip().partition("/enter/")[2]
    assert page.cmdline()[1:] == ["-m", "cellbridge.page"]
    for path in process.directory().iterdir():
        assert not path.is_file() or code not in path.read_text()
    assert page.children() == []  # No worker of static analysis, for example.
    assert page.terminal() is None


def test_ssh_gets_the_line_to_forward_the_port(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22")
    answer = cellbridge("page", "--no-browser")
    port = answer.out.partition("/enter/")[0].rpartition(":")[2]
    assert f"ssh -N -L {port}:127.0.0.1:{port} " in answer.err
    assert answer.out.count("\n") == 1


async def test_a_unix_socket_serves_forwarded_ports(files: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.sock"
    answer = await asyncio.to_thread(cellbridge, "page", "--no-browser", "--socket", path)
    assert answer.code == 0, answer.err
    assert path.stat().st_mode & 0o777 == 0o600
    place = answer.out.strip().rpartition("/enter/")[2]
    connector = aiohttp.UnixConnector(str(path))
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.get(f"http://evil.example/enter/{place}") as refused:
            assert refused.status == 403
        # The port is that of the other machine.
        async with session.get(f"http://localhost:8000/enter/{place}") as response:
            assert response.status == 200
    taken = files / "page.js"
    other = await asyncio.to_thread(cellbridge, "page", "--no-browser", "--socket", taken)
    assert other.code == 1
    assert "cannot be created" in other.err
    assert taken.read_text() == FILES["page.js"]


def test_the_page_is_stopped_by_a_command(files: Path) -> None:
    assert cellbridge("page", "--no-browser").code == 0
    page = page_process.find_process()
    assert cellbridge("page", "--stop").code == 0
    page.wait(45)
    assert not process.socket_path().exists()
    again = cellbridge("page", "--stop")
    assert (again.code, again.err) == (0, "The page does not run.\n")


@pytest.mark.parametrize("name", ["missing.py", "a.ipynb"])
def test_a_script_that_cannot_be_shown_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.ipynb").write_text("{}")
    answer = cellbridge("open", tmp_path / name)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1


def test_without_its_files_the_page_says_how_to_build_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_process.end()
    monkeypatch.setenv("CELLBRIDGE_PAGE_ASSETS", str(tmp_path))
    answer = cellbridge("page", "--no-browser")
    assert (answer.code, answer.out) == (2, "")
    assert "npm run build" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("command", ["page", "open"])
def test_without_the_extra_the_user_is_told_how_to_get_it(command: str) -> None:
    page_process.end()
    arguments = [command] if command == "page" else [command, __file__]
    program = (
        "import importlib.util, sys\n"
        "found = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: "
        "None if name == 'aiohttp' else found(name, *more)\n"
        f"sys.argv = ['cellbridge', *{arguments}]\n"
        "from cellbridge.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().count("\n") == 1
    assert "pip install 'cellbridge[page]'" in done.stderr.decode()


async def test_the_process_ends_without_a_browser() -> None:
    """With seconds in place of minutes: the clock of the server's own loop decides."""
    gateway = Gateway()
    server = PageServer.__new__(PageServer)
    server._gateway, server._ended, server._idle = gateway, asyncio.Event(), 0.05
    gateway._tabs[1] = None  # type: ignore[assignment]
    waiting = asyncio.ensure_future(server._wait_for_end())
    gateway.left.set()
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done  # A tab is connected.
    del gateway._tabs[1]
    gateway.left.set()
    await asyncio.wait_for(waiting, 45)


def test_the_language_server_loads_no_web_server() -> None:
    code = (
        "import cellbridge.lsp.handlers, cellbridge.workspace.page_process, sys; "
        "print('aiohttp' in sys.modules, any(n.startswith('cellbridge.page') for n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
