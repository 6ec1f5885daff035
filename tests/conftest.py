"""What holds for every test: private directories, nothing of the user touched, no process left.

Owns the environment that tests and the processes they start live in. Helpers belong into
tests/support, fixtures of one package beside its tests.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
MARK = "CELLBRIDGE_TEST_RUN"
"""Environment variable by which every process that a test starts, however indirectly, is known."""
PATIENCE = 15.0
"""Seconds that processes get to end after the last test."""


def isolate() -> Path:
    """Point everything that looks for a user's directories at fresh ones; return their root.

    The root is short, as a Unix socket's path holds about 100 characters. Caches alone (parso's,
    matplotlib's fonts: seconds each) are kept from run to run, within the checkout.
    """
    private = Path(tempfile.mkdtemp(prefix="cb-", dir="/tmp" if os.name == "posix" else None))
    cache = ROOT / ".pytest_cache" / "user-cache"
    for name in [name for name in os.environ if name.startswith(("JUPYTER_", "CELLBRIDGE_"))]:
        del os.environ[name]
    os.environ |= {
        MARK: str(private),
        "CELLBRIDGE_RUNTIME_DIR": str(private / "r"),
        "CELLBRIDGE_DATA_DIR": str(private / "d"),
        "HOME": str(private / "home"),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_CONFIG_DIR": str(private / "jupyter-config"),
        "JUPYTER_DATA_DIR": str(private / "jupyter-data"),
        "JUPYTER_RUNTIME_DIR": str(private / "jupyter-runtime"),
        "MPLCONFIGDIR": str(cache / "matplotlib"),
        "XDG_CACHE_HOME": str(cache),
        "XDG_CONFIG_HOME": str(private / "home" / ".config"),
        "XDG_DATA_HOME": str(private / "home" / ".local" / "share"),
    }
    for name in ("HOME", "IPYTHONDIR", "MPLCONFIGDIR"):
        Path(os.environ[name]).mkdir(parents=True, exist_ok=True)
    for name in ("MPLBACKEND", "PYTHONSTARTUP", "PYTHONWARNINGS", "XDG_RUNTIME_DIR"):
        os.environ.pop(name, None)
    return private


PRIVATE = isolate()

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail the run if a kernel, a host or a server that a test started outlives the tests."""
    yield
    _, left = psutil.wait_procs(our_processes(), timeout=PATIENCE)
    names = [describe(process) for process in left]
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=PATIENCE)
    shutil.rmtree(PRIVATE, ignore_errors=True)
    if names:
        pytest.fail("Left running after the tests (and killed now):\n" + "\n".join(names), False)


def our_processes() -> list[psutil.Process]:
    """Return the processes that descend from this run's tests, as their environment says."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if process.environ().get(MARK) == str(PRIVATE):
                found.append(process)
        except psutil.Error:  # not ours to look into, or just gone
            continue
    return found


def describe(process: psutil.Process) -> str:
    """Name a process and the test that started it."""
    try:
        test = process.environ().get("PYTEST_CURRENT_TEST", "a fixture")
        return f"  {process.pid}: {' '.join(process.cmdline())} (started by {test})"
    except psutil.Error:
        return f"  {process.pid}: {process}"
