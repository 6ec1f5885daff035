"""A kernel of a newer Python than the tests' own, in which debuggers follow code by other means.

Owns the search for such a Python, and the environment with ipykernel that is made from it once.
Without one on the machine, `python tests/support/newer_python.py` unpacks that of Debian, as in CI.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cellbridge.kernel.find import specs
from cellbridge.kernel.find.spec import Spec
from support.fetched import filling, folder_for, own_apt, run

DEBIAN = "python3.13"
VERSIONS = ("3.13", "3.14", "3.12")
"""The versions of Python, the best one first."""
FOLDERS = (".pyenv/versions/{}*/bin", ".local/share/uv/python/cpython-{}*/bin")
"""The folders of interpreters that tools install, under the home directory."""
TRIPLE = "x86_64-linux-gnu"


def cache() -> Path:
    """Return the folder of the unpacked Python, and of the environments of all."""
    return folder_for("newer-python", __file__)


def newer_kernel() -> Spec:
    """Return the kernel of Python 3.12 or newer."""
    python = find()
    assert python is not None, missing()
    return specs.find(str(environment(python)), "python")


@functools.cache
def find() -> Path | None:
    """Return an interpreter, the tests' own if it is new enough."""
    if sys.version_info[:2] >= (3, 12):
        return Path(sys.executable)
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    found: list[Path] = []
    for version in VERSIONS:
        name = f"python{version}"
        found += [Path(path) for path in (shutil.which(name),) if path]
        for folder in FOLDERS:
            found += sorted(place / name for place in home.glob(folder.format(version)))
    found.append(cache() / "debian" / "usr" / "bin" / DEBIAN)
    return next((python for python in found if python.exists() and runs(python)), None)


def runs(python: Path) -> bool:
    """Return True if an interpreter starts, unlike the scripts that some tools put into PATH."""
    command = [python, "-c", "import venv"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def environment(python: Path) -> Path:
    """Return the Python of an environment with ipykernel, which is made once."""
    if python == Path(sys.executable):
        return python
    place = cache() / f"kernel-{python.name}"
    made = place / "bin" / "python"
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        run(python, "-m", "venv", "--without-pip", place)
        install = ("install", "--quiet", "--disable-pip-version-check", "ipykernel")
        run(sys.executable, "-m", "pip", "--python", made, *install)
        (place / "ready").touch()
    return made


def missing() -> str:
    """Return the reason to pass a test over; empty if there is such a Python."""
    if find() is not None:
        return ""
    return "Needs Python 3.12 or newer: `python tests/support/newer_python.py` unpacks Debian's."


def install() -> None:
    """Unpack Debian's Python, unless there is one, and make the environment."""
    if find() is None:
        with filling(cache()) as scratch:
            unpack(scratch / "made" / "debian", scratch / "apt")
        find.cache_clear()
    python = find()
    if python is None:
        sys.exit("Debian's Python was unpacked, and does not start.")
    environment(python)


def unpack(folder: Path, apt: Path) -> None:
    """Fetch the packages and all they need by an apt of their own, and write a launcher.

    The launcher has the program's name, so that the program takes it for itself, and starts other
    processes by it. The loader is Debian's, too: an older one of the machine would not do.
    """
    own = own_apt(apt, "deb")
    flags = ["-y", "-qq", "--no-install-recommends", "--download-only"]
    run("apt-get", "install", *flags, DEBIAN, env=own)
    for package in sorted((apt / "cache" / "archives").glob("*.deb")):
        run("dpkg", "-x", str(package), str(folder))
    usr, launcher = cache() / "debian" / "usr", folder / "usr" / "bin" / DEBIAN
    launcher.rename(launcher.with_name("program"))
    loader = f"{usr}/lib64/ld-linux-x86-64.so.2 --library-path {usr}/lib/{TRIPLE}"
    text = f'#!/bin/sh\nexec {loader} --argv0 "$0" {usr}/bin/program "$@"\n'
    launcher.write_text(text, "utf-8")
    launcher.chmod(0o755)


needs_newer_python = pytest.mark.skipif(
    bool(missing()) and not os.environ.get("CI"), reason=missing()
)

if __name__ == "__main__":
    install()
