"""Python environments for tests: made of files alone, or by the tools themselves.

Owns their creation. An environment made of files looks like the tool's own, and its interpreter
records each start, so that a test can count the starts.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

STARTS = "started"
"""Name of the file, next to an interpreter, that grows with each of its starts."""


def pretend(
    prefix: Path, *, version: str = "3.12.1", ipykernel: str = "", uv: bool = False
) -> Path:
    """Make a virtual environment of files alone; its interpreter, returned, counts its starts."""
    python = _interpreter(prefix)
    site = prefix / "lib" / f"python{'.'.join(version.split('.')[:2])}" / "site-packages"
    site.mkdir(parents=True)
    lines = ["home = /usr/bin", "include-system-site-packages = false"]
    lines += ["uv = 0.9.0", f"version_info = {version}"] if uv else [f"version = {version}"]
    (prefix / "pyvenv.cfg").write_text("\n".join(lines) + "\n", "utf-8")
    if ipykernel:
        (site / f"ipykernel-{ipykernel}.dist-info").mkdir()
        (site / "ipykernel").mkdir()
        (site / "ipykernel" / "__init__.py").touch()
    return python


def pretend_conda(prefix: Path, *, version: str = "3.11.5") -> Path:
    """Make a conda environment of files alone; returns its interpreter, which counts its starts."""
    python = _interpreter(prefix)
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    (prefix / "conda-meta" / f"python-{version}-h955ad1f_0.json").write_text("{}", "utf-8")
    (prefix / "lib" / f"python{'.'.join(version.split('.')[:2])}" / "site-packages").mkdir(
        parents=True
    )
    return python


def pyenv_version(root: Path) -> Path:
    """Make a real Python of the kind that pyenv builds, with the tests' own version.

    Its standard library is the base installation's, its packages are its own: pip alone. Returns
    its interpreter.
    """
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base, prefix = Path(sys.base_prefix), root / "versions" / platform.python_version()
    (prefix / "bin").mkdir(parents=True)
    # A copy: Python finds its prefix from the real path of its program.
    shutil.copy2(Path(sys.executable).resolve(), prefix / "bin" / "python")
    for place in (base / "lib").glob("libpython*"):
        (prefix / "lib").mkdir(exist_ok=True)
        (prefix / "lib" / place.name).symlink_to(place)
    library = prefix / "lib" / name
    library.mkdir(parents=True)
    for entry in (base / "lib" / name).iterdir():
        if entry.name not in {"site-packages", "dist-packages", "EXTERNALLY-MANAGED"}:
            (library / entry.name).symlink_to(entry)
    (library / "site-packages").mkdir()
    for entry in (base / "lib" / name / "site-packages").glob("pip*"):
        (library / "site-packages" / entry.name).symlink_to(entry)
    return prefix / "bin" / "python"


def starts(python: Path) -> int:
    """Return the number of starts of an interpreter that was made here."""
    notes = python.with_name(STARTS)
    return len(notes.read_text("utf-8").split()) if notes.exists() else 0


def venv(prefix: Path, *options: str) -> Path:
    """Make a real virtual environment; returns its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", *options, str(prefix)], check=True)
    return prefix / "bin" / "python"


def borrow(python: Path) -> None:
    """Let an environment see the packages of the tests' own Python, ipykernel among them."""
    (site,) = (python.parent.parent / "lib").glob("python*/site-packages")
    import ipykernel  # noqa: PLC0415 - only its path is needed

    packages = Path(ipykernel.__file__).parent.parent
    (site / "borrowed.pth").write_text(f"{packages}\n", "utf-8")
    version = ipykernel.__version__
    (site / f"ipykernel-{version}.dist-info").mkdir()


def _interpreter(prefix: Path) -> Path:
    python = prefix / "bin" / "python"
    python.parent.mkdir(parents=True)
    notes = python.with_name(STARTS)
    python.write_text(f'#!/bin/sh\necho x >> "{notes}"\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    return python
