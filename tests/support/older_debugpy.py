"""The oldest debugpy that is supported, for a kernel that imports it in place of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = "1.6.5"


def older_debugpy() -> Path:
    """Return the directory of an installation, kept from run to run."""
    place = Path(os.environ["XDG_CACHE_HOME"]) / f"debugpy-{OLDEST}"
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        install = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps")
        subprocess.run([*install, "--target", place, f"debugpy=={OLDEST}"], check=True)
        (place / "ready").touch()
    return place
