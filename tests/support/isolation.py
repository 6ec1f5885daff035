"""Private directories for the processes of tests and benchmarks, and the search for them.

Owns the environment of this run's processes. It must not touch the user's files.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
MARK = "CELLBRIDGE_TEST_RUN"
"""Environment variable that marks every process that descends from this run."""

UNWANTED = (
    "MPLBACKEND",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "XDG_RUNTIME_DIR",
)
"""Variables that change how programs run, or make them compile all modules again."""


@dataclass(frozen=True)
class Isolation:
    """The directories of one run."""

    private: Path

    @classmethod
    def enter(cls) -> Isolation:
        """Redirect the user's directories to fresh ones.

        The root is short, as a Unix socket's path holds about 100 characters. Caches alone
        (parso's, matplotlib's fonts: seconds each; and compiled modules, as hundreds of servers,
        hosts and kernels import them) are kept from run to run, within the checkout.
        """
        private = Path(tempfile.mkdtemp(prefix="cb-", dir="/tmp" if os.name == "posix" else None))
        cache = ROOT / ".pytest_cache" / "user-cache"
        for name in [name for name in os.environ if name.startswith(("JUPYTER_", "CELLBRIDGE_"))]:
            del os.environ[name]
        for name in UNWANTED:
            os.environ.pop(name, None)
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
        return cls(private)

    def leave(self, patience: float) -> list[str]:
        """Remove the directories; kill and name each process that outlives ``patience`` seconds."""
        _, left = psutil.wait_procs(self.processes(), timeout=patience)
        names = [describe(process) for process in left]
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=patience)
        shutil.rmtree(self.private, ignore_errors=True)
        return names

    def processes(self) -> list[psutil.Process]:
        """Return the processes that descend from this run, by their environment."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            if process.pid == os.getpid():
                continue
            try:
                if process.environ().get(MARK) == str(self.private):
                    found.append(process)
            except psutil.Error:  # Not readable for us, or just gone.
                continue
        return found


def describe(process: psutil.Process) -> str:
    """Name a process and the test that started it."""
    try:
        test = process.environ().get("PYTEST_CURRENT_TEST", "a fixture")
        return f"  {process.pid}: {' '.join(process.cmdline())} (started by {test})"
    except psutil.Error:
        return f"  {process.pid}: {process}"
