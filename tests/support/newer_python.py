"""A kernel of a newer Python than the tests' own, in which debuggers follow code by other means.

Owns the search for such a Python, and the environment with ipykernel that is made from it once.
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

from cellbridge.kernel.find import specs
from cellbridge.kernel.find.spec import Spec

VERSIONS = ("3.13", "3.14", "3.12")
"""The versions of Python, the best one first."""
FOLDERS = (".pyenv/versions/{}*/bin", ".local/share/uv/python/cpython-{}*/bin")
"""The folders of interpreters that tools install, under the home directory."""


def newer_kernel() -> Spec:
    """Return the kernel of Python 3.12 or newer."""
    python = find()
    assert python is not None, missing()
    return specs.find(str(environment(python)), "python")


def find() -> Path | None:
    """Return an interpreter, the tests' own if it is new enough."""
    if sys.version_info[:2] >= (3, 12):
        return Path(sys.executable)
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    for version in VERSIONS:
        name = f"python{version}"
        found = [Path(path) for path in (shutil.which(name),) if path]
        for folder in FOLDERS:
            found += sorted(place / name for place in home.glob(folder.format(version)))
        for python in found:
            if python.exists() and runs(python):
                return python
    return None


def runs(python: Path) -> bool:
    """Return True if an interpreter starts, unlike the scripts that some tools put into PATH."""
    return (
        subprocess.run([python, "-c", "import venv"], check=False, capture_output=True).returncode
        == 0
    )


@functools.cache
def environment(python: Path) -> Path:
    """Return the Python of an environment with ipykernel, kept from run to run."""
    if python == Path(sys.executable):
        return python
    place = Path(os.environ["XDG_CACHE_HOME"]) / f"kernel-of-{python.name}"
    made = place / "bin" / "python"
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([python, "-m", "venv", "--without-pip", place], check=True)
        install = (sys.executable, "-m", "pip", "--python", made, "install", "--quiet", "ipykernel")
        subprocess.run(install, check=True)
        (place / "ready").touch()
    return made


@functools.cache
def missing() -> str:
    """Return the reason to pass a test over; empty if there is such a Python."""
    return "" if find() is not None else "needs Python 3.12 or newer"


needs_newer_python = pytest.mark.skipif(
    bool(missing()) and not os.environ.get("CI"), reason=missing()
)
