"""The first use in VS Code: an untrusted folder, a Python without Cellbridge, an installation.

The test has its own window, whose Python is the machine's, and its own settings for pip.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from support import sessions
from support.vscode.instance import SHOTS, VSCode
from support.vscode.server import SETTINGS, Setup
from support.vscode.window import Window

SCRIPT = """\
# %% First
print("hello from", "a new kernel")
"""
OFFLINE = """\
[global]
index-url = http://127.0.0.1:9/simple
extra-index-url =
find-links =
retries = 0
"""
INSTALLATION = 400.0
"""Seconds that pip may take on a busy machine with a slow network."""


def plain_python() -> Path:
    """Return the base Python of the tests' environment, which has no `cellbridge`."""
    found = Path(getattr(sys, "_base_executable", sys.executable))
    question = "import importlib.util as u; print(bool(u.find_spec('cellbridge')))"
    done = subprocess.run([found, "-c", question], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False", f"{found} has cellbridge: run the tests in a venv."
    return found


@pytest.fixture(scope="module")
def pip_settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return pip's settings, which reach no index yet."""
    path = tmp_path_factory.mktemp("pip") / "pip.conf"
    path.write_text(OFFLINE, "utf-8")
    return path


def reach_the_index(pip_settings: Path) -> None:
    """Give pip the settings of the tests themselves, with which it finds packages."""
    own = {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in os.environ.items()
        if name.startswith("PIP_")
    }
    lines = [f"{name} = {value}" for name, value in own.items()]
    pip_settings.write_text("\n".join(["[global]", *lines, ""]), "utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def newcomer(package: Path, pip_settings: Path) -> AsyncIterator[Window]:
    """A window after a fresh installation of the extension."""
    paths = [str(plain_python().parent), "/usr/bin", "/bin"]
    environment = {name: value for name, value in os.environ.items() if name[:4] != "PIP_"}
    environment |= {"PATH": os.pathsep.join(paths), "PIP_CONFIG_FILE": str(pip_settings)}
    environment.pop("VIRTUAL_ENV", None)
    user = dict(SETTINGS)
    del user["security.workspace.trust.enabled"]
    user["chat.disableAIFeatures"] = False  # for the list of servers for agents
    async with VSCode(package, Setup(user, {}, environment, trusting=False)) as vscode:
        window, context = await vscode.window()
        yield window
        await window.page.screenshot(path=SHOTS / "newcomer.png")
        await context.close()
        for path in window.opened:
            await sessions.stop(path)


async def press(window: Window, message: str, button: str) -> None:
    """Press a button of a message."""
    await window.notification(message)
    row = window.page.locator(".notification-list-item", has_text=message).first
    await row.hover()
    await row.locator(".monaco-button", has_text=button).click()


@pytest.mark.timeout(900)
async def test_from_an_untrusted_folder_to_the_first_result(
    newcomer: Window, pip_settings: Path
) -> None:
    window, page = newcomer, newcomer.page
    path = window.server.workspace / "first.py"
    path.write_text(SCRIPT, "utf-8")
    window.opened.append(path)
    await page.goto(window.server.url(file=path))
    await page.locator(".statusbar-item", has_text="Restricted Mode").wait_for(timeout=60_000)
    await window.line("hello from").wait_for(timeout=60_000)
    # Nothing of the extension runs in an untrusted folder.
    assert await window.status("$").count() == 0
    assert await window.lens("Run").count() == 0
    assert window.server.ours() == {}
    await window.page.screenshot(path=SHOTS / "untrusted.png")

    await page.locator(".statusbar-item", has_text="Restricted Mode").click()
    await page.locator(".workspace-trust-editor .monaco-button", has_text="Trust").first.click()
    trusted = page.locator(".workspace-trust-editor", has_text="You trust this folder")
    await trusted.wait_for()
    await page.locator(".modal-editor-part .modal-editor-header .codicon-close").click()
    await trusted.wait_for(state="hidden")
    await window.notification("The Cellbridge server is not installed")
    await window.page.screenshot(path=SHOTS / "offer.png")
    await press(window, "The Cellbridge server is not installed", "Install")
    failed = await window.notification("Check that its package index is reachable")
    assert "Could not install the Cellbridge server:" in await failed.inner_text()
    await window.page.screenshot(path=SHOTS / "failed.png")
    assert window.server.ours() == {}

    reach_the_index(pip_settings)
    await press(window, "Could not install the Cellbridge server", "Try Again")
    await page.locator(".tab", has_text="first.py").click()
    await window.status("not started").wait_for(timeout=INSTALLATION * 1000)
    (server,) = window.server.ours().values()
    assert "/server-" in server, f"not of the extension's own environment: {server}"
    await window.lens("▶ Run").first.click(timeout=60_000)
    await window.line_end_text("hello from a new kernel")
    await window.status("idle").wait_for()
    await window.page.screenshot(path=SHOTS / "first.png")
    await start_agent_server(window)


async def start_agent_server(window: Window) -> None:
    """Start the server for VS Code's own agents, for which the environment lacks packages."""
    await window.command("MCP: List Servers")
    for title in ("Cellbridge", "Start Server"):
        row = window.page.locator(".quick-input-list .monaco-list-row", has_text=title)
        await row.first.click()
    await window.notification("Cellbridge needs more packages to offer its tools to agents")
