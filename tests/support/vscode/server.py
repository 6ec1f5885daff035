"""A real VS Code for tests: its server, with the packed extension installed.

Owns its start without files of a user, and its end. window.py drives its windows.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from support import vscode_program
from support.isolation import ROOT

EXTENSION = ROOT / "editor-extension" / "vscode"
MACHINE: dict[str, Any] = {"cellbridge.server.interpreter": sys.executable}
"""Settings with paths: VS Code reads them only from the machine's settings."""
SETTINGS: dict[str, Any] = {
    "chat.commandCenter.enabled": False,
    "chat.disableAIFeatures": True,
    "editor.hover.delay": 100,
    "editor.minimap.enabled": False,
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "files.hotExit": "off",
    "git.enabled": False,
    "remote.autoForwardPorts": False,
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
}
LEAVE = 30.0


@dataclass(frozen=True)
class Setup:
    """The configuration of a server: settings, environment, and trust of folders."""

    user: dict[str, Any] = field(default_factory=lambda: SETTINGS)
    machine: dict[str, Any] = field(default_factory=lambda: MACHINE)
    environment: dict[str, str] = field(default_factory=dict[str, str])
    """The whole environment; empty for that of the tests."""
    trusting: bool = True
    """Trust all folders without a question to the user."""


def missing() -> str:
    """Return what is missing to run VS Code and how to install it; empty if nothing is missing."""
    if not (EXTENSION / "node_modules" / "esbuild").is_dir():
        return (
            f"The extension's own packages are missing: `npm ci` in {EXTENSION.relative_to(ROOT)}."
        )
    return vscode_program.missing()


def node(*arguments: str, **environment: str) -> None:
    """Run a script of the extension with Node, and show its output if it fails."""
    command = [str(vscode_program.node()), *arguments]
    done = subprocess.run(
        command,
        cwd=EXTENSION,
        env={**os.environ, "PYTHON": sys.executable, **environment},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}"


def pack(folder: Path) -> Path:
    """Pack the extension into a folder, as it is published; return the package."""
    package = folder / "cellbridge.vsix"
    node("scripts/package.mjs", str(package))
    return package


class Server:
    """One code-server on a folder of its own, with a packed extension."""

    def __init__(self, package: Path, folder: Path, setup: Setup | None = None) -> None:
        self._package = package
        self.folder = folder
        self._setup = setup or Setup()
        self.workspace = folder / "work"
        self.extension = folder / "unpacked" / "extension"
        self.workspace.mkdir(parents=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Install the extension, and serve."""
        with zipfile.ZipFile(self._package) as packed:
            packed.extractall(self.folder / "unpacked")
        for name, settings in (("User", self._setup.user), ("Machine", self._setup.machine)):
            folder = self.folder / "data" / name
            folder.mkdir(parents=True)
            (folder / "settings.json").write_text(json.dumps(settings, indent=2), "utf-8")
        subprocess.run(
            [*self._command(), "--install-extension", str(self._package)],
            env=self._environment(),
            check=True,
            capture_output=True,
        )
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *self._command(),
                    *("--auth", "none", "--bind-addr", self.authority),
                    *("--disable-telemetry", "--disable-update-check"),
                    "--disable-getting-started-override",
                    *(["--disable-workspace-trust"] if self._setup.trusting else []),
                    *("--vscode-option", "enable-smoke-test-driver"),  # for tests in the host
                ],
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        until_healthy(f"http://{self.authority}/healthz", self._log)

    def processes(self) -> list[psutil.Process]:
        """Return the server and its descendants, except the hosts of kernels."""
        if self._process is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            own = psutil.Process(self._process.pid)
            return [own, *own.children(recursive=True)]
        return []

    def ours(self) -> dict[psutil.Process, str]:
        """Return the Cellbridge processes among them, each with its command line."""
        found: dict[psutil.Process, str] = {}
        for process in self.processes():
            with contextlib.suppress(psutil.Error):  # It has ended meanwhile.
                found[process] = " ".join(process.cmdline())
        return {process: line for process, line in found.items() if "-m cellbridge" in line}

    def stop(self) -> None:
        """End the server and its extension hosts."""
        processes = self.processes()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        _, left = psutil.wait_procs(processes, timeout=LEAVE)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=LEAVE)
        if self._process is not None:
            self._process.wait(timeout=LEAVE)

    def url(self, *, file: Path | None = None, payload: Iterable[tuple[str, str]] = ()) -> str:
        """Return the address of a window on the workspace, with a file open or a payload."""
        entries = [[key, value] for key, value in payload]
        if file is not None:
            entries += [["openFile", self.remote(file)]]
        given = f"&payload={quote(json.dumps(entries))}" if entries else ""
        return f"http://{self.authority}/?folder={quote(str(self.workspace))}{given}"

    def remote(self, path: Path) -> str:
        """Return the URI of a file of the server's machine in a window."""
        return f"vscode-remote://{self.authority}{path}"

    def _command(self) -> list[str]:
        return [
            *(str(vscode_program.node()), str(vscode_program.entry()), "--config", os.devnull),
            *("--user-data-dir", str(self.folder / "data")),
            *("--extensions-dir", str(self.folder / "ext")),
        ]

    def _environment(self) -> dict[str, str]:
        # No requests to a gallery. Everything else is private to this run, see isolation.py.
        own = self._setup.environment or os.environ
        return {**own, "EXTENSIONS_GALLERY": '{"serviceUrl":""}'}


def until_healthy(url: str, log: Path) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=20):
            return
        time.sleep(0.1)  # Wait: for a server, which sends no event
    raise AssertionError(f"code-server did not come up:\n{log.read_text('utf-8')[-3000:]}")
