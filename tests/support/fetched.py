"""Programs and files that tests need and the checkout does not hold: folders filled once.

Owns where such a folder lies, in the user's cache and named by what is in it, that it comes there
whole, and an apt that knows nothing of this machine. It uses the standard library only, for it runs
before tests can.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

SUITE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def folder_for(what: str, module: str) -> Path:
    """Return the folder of ``what``, which is new whenever the module that fills it is."""
    # Tests have a HOME of their own, so the real one is looked up.
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    made_by = Path(module).read_bytes() + Path(__file__).read_bytes()
    version = hashlib.sha256(made_by).hexdigest()[:12]
    return home / ".cache" / f"cellbridge-test-{what}" / version


def clear_older(folder: Path) -> None:
    """Remove what earlier versions of this folder left."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.iterdir():
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)


@contextmanager
def filling(folder: Path) -> Generator[Path]:
    """Yield a scratch directory whose ``made`` becomes the folder, unless what fills it fails.

    A half-filled folder is never taken, as it is moved into place whole.
    """
    clear_older(folder)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        yield Path(scratch)
        made.rename(folder)


def pip(*arguments: str | Path, python: str | Path = sys.executable) -> None:
    """Run a Python's pip quietly."""
    quiet = ("--quiet", "--disable-pip-version-check")
    run(python, "-m", "pip", arguments[0], *quiet, *arguments[1:])


def run(
    *command: str | Path, env: dict[str, str] | None = None, within: Path | None = None
) -> None:
    """Run one step; what it says is shown only if it fails."""
    done = subprocess.run(command, env=env, cwd=within, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command[:4]))} … failed:\n{done.stdout}{done.stderr}")


def own_apt(folder: Path, kind: str) -> dict[str, str]:
    """Return the environment of an apt that knows a newer Debian and nothing of this machine.

    ``kind`` is ``deb`` or ``deb-src``. As it takes the machine for an empty one, it fetches every
    library that a package needs, libc included.
    """
    for name in ("state/lists/partial", "cache/archives/partial", "etc/none"):
        (folder / name).mkdir(parents=True)
    (folder / "state" / "status").touch()
    (folder / "etc" / "sources.list").write_text(
        f"{kind} [signed-by={KEYRING}] {mirror()} {SUITE} main\n", "utf-8"
    )
    settings = folder / "apt.conf"
    settings.write_text(
        f'Dir "{folder}"; Dir::Etc "etc"; Dir::Etc::sourcelist "sources.list";'
        'Dir::Etc::sourceparts "none"; Dir::Etc::parts "none";'
        'Dir::Etc::preferencesparts "none"; Dir::State "state";'
        f'Dir::State::status "{folder}/state/status"; Dir::Cache "cache";'
        'APT::Sandbox::User "root"; Acquire::Languages "none";',
        "utf-8",
    )
    own = {**os.environ, "APT_CONFIG": str(settings)}
    run("apt-get", "update", "-qq", env=own)
    return own


def mirror() -> str:
    """Return the Debian mirror that this machine uses."""
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(one.read_text("utf-8") for one in sources if one.is_file())
    found = re.findall(r"^(?:URIs:|deb(?: \[.*?\])?) *(https?://\S+)", text, re.MULTILINE)
    debian = [url for url in found if url.rstrip("/").endswith("/debian")]
    return debian[0] if debian else "http://deb.debian.org/debian"
