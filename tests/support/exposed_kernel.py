"""A Python kernel that neither takes private sockets nor encrypts, so that other users can read it.

Owns its kernelspec. The kernel is the tests' own ipykernel.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

NAME = "exposed"
NOTICE = (
    "The kernel exposed listens on the loopback interface without encryption, so other users of "
    "this machine can read its code and outputs; switch off cellbridge.kernel.allowUnencrypted to "
    "refuse such kernels."
)
_PICKY = """
import json, os, sys
if json.load(open(sys.argv[-1]))["transport"] == "ipc":
    sys.exit("no such transport")
os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", "-f", sys.argv[-1]])
"""


def register(directory: Path) -> str:
    """Write the kernelspec into a directory of kernelspecs; return its name."""
    folder = directory / NAME
    folder.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": [sys.executable, "-c", _PICKY, "{connection_file}"],
        "display_name": "Exposed",
        "language": "python",
        "metadata": {"supported_encryption": []},
    }
    (folder / "kernel.json").write_text(json.dumps(spec), "utf-8")
    return NAME
