"""Our code inside ipykernel: how it gets there and what it is called there.

Owns the installation of payload.py into a kernel that has just become ready. It must not know what
the answers are used for; the payload runs in the user's Python and imports nothing of ours.
"""

from __future__ import annotations

import logging
from pathlib import Path

from cellbridge.kernel.answers import Introduction
from cellbridge.kernel.requests import Requests

METADATA_KEY = "cellbridge"
"""Where an ``execute_request``'s metadata says which path and line its source came from."""
REQUEST = "cellbridge_request"
"""The message type that the probe answers on the control channel."""
INSTALL_SECONDS = 10.0

_log = logging.getLogger(__name__)


async def install(requests: Requests, info: Introduction) -> bool:
    """Put the probe into an idle kernel; return whether it is there. Never raises.

    One silent request at a moment when nothing else can run: no history entry, no counter moved, no
    name left in the user's namespace.
    """
    if info["implementation"] != "ipython":
        return False
    content = {
        "code": _installer(),
        "silent": True,
        "store_history": False,
        "allow_stdin": False,
        "stop_on_error": False,
    }
    reply = await requests.reply("shell", "execute_request", content, INSTALL_SECONDS)
    if reply is None or reply.content.get("status") != "ok":
        said = reply.content.get("evalue") if reply is not None else "no answer"
        _log.warning("no probe in the kernel %s: %s", info["name"], said)
        return False
    return True


def _installer() -> str:
    source = Path(__file__).with_name("payload.py").read_text(encoding="utf-8")
    compiled = f"compile({source!r}, '<cellbridge probe>', 'exec')"
    return f"exec({compiled}, {{'__name__': 'cellbridge_probe'}})"
