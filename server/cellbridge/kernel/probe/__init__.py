"""Our code inside ipykernel: how it gets there and what it is called there.

Owns the installation of the files beside this one into a kernel that has just become ready. It must
not know what the answers are used for; those files run in the user's Python and import one another
only, by relative names, as the modules of a package that exists for the moment of the installation.
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
PARTS = (
    "stored", "looking", "showing", "answering", "inspecting", "pacing", "measuring", "libraries",
    "children", "tabular", "cells", "objects", "columns", "arrow", "polar", "arrays", "gridded",
    "backends", "ledger", "variables", "tables", "door", "payload",
)  # fmt: skip
"""The files that go into the kernel, each after those that it imports."""
_PACKAGE = "cellbridge_probe"
_BOOT = """
import sys, types
def boot():
    sys.modules[name] = package = types.ModuleType(name)
    package.__path__ = []
    try:
        for part, source in sources:
            module = types.ModuleType(f"{name}.{part}")
            sys.modules[module.__name__] = module
            exec(compile(source, "<cellbridge probe>", "exec"), vars(module))
            setattr(package, part, module)
        package.payload.install(package.door.opened)
    finally:
        for known in [known for known in sys.modules if known.partition(".")[0] == name]:
            del sys.modules[known]
boot()
"""

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


async def interpreter(requests: Requests) -> str:
    """Return the path of the Python that a kernel with a probe runs in; empty if it cannot tell."""
    reply = await requests.reply("control", REQUEST, {"op": "about"}, INSTALL_SECONDS)
    found = reply.content.get("python") if reply is not None else None
    return found if isinstance(found, str) else ""


def _installer() -> str:
    here = Path(__file__)
    sources = [(part, here.with_name(f"{part}.py").read_text(encoding="utf-8")) for part in PARTS]
    names = {"__name__": _PACKAGE, "name": _PACKAGE, "sources": sources}
    return f"exec(compile({_BOOT!r}, '<cellbridge probe>', 'exec'), {names!r})"
