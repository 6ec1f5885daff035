"""Our code inside ipykernel: how it gets there and what it is called there.

Owns the installation of the files beside this one into a kernel that has just become ready. It must
not know what the answers are used for; those files run in the user's Python and import one another
only, by relative names, as the modules of a package that exists for the moment of the installation.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from cellbridge.kernel.answers import Introduction
from cellbridge.kernel.requests import Requests

METADATA_KEY = "cellbridge"
"""Where an ``execute_request``'s metadata says which path and line its source came from."""
REQUEST = "cellbridge_request"
"""The message type that the probe answers on the control channel, where there is no line."""
ELSEWHERE = frozenset({"table", "summary", "export", "delete", "rename"})
"""Questions that the probe answers in a thread of their own, as they may take long."""
INSTALL_SECONDS = 10.0
PARTS = (
    "stored", "lazy", "looking", "showing", "pacing", "sharing", "measuring", "libraries",
    "children", "tabular", "cells", "objects", "columns", "arrow", "polar", "arrays", "gridded",
    "backends", "keys", "answering", "picture", "inspecting", "ledger", "variables", "keeping",
    "tables", "door", "line", "payload",
)  # fmt: skip
"""The files that go into the kernel, each after those that it imports."""
_PACKAGE = "cellbridge_probe"
_BOOT = """
import sys, types
def read():
    import importlib.util, marshal, os, pathlib
    stamp = importlib.util.MAGIC_NUMBER.hex()
    kept = pathlib.Path(f"{cache}-{stamp}") if cache else None
    try:
        with open(kept, "rb") as file:
            if os.fstat(file.fileno()).st_uid == os.getuid():
                return marshal.load(file)
    except (OSError, ValueError, EOFError, TypeError):
        pass
    texts = sources or [
        (part, (pathlib.Path(folder) / f"{part}.py").read_text("utf-8")) for part in parts
    ]
    codes = [(part, compile(text, "<cellbridge probe>", "exec")) for part, text in texts]
    if kept is not None:
        beside = pathlib.Path(f"{kept}.{os.getpid()}")
        try:
            beside.write_bytes(marshal.dumps(codes))
            beside.replace(kept)
        except OSError:
            pass
    return codes
def boot():
    codes = read()
    sys.modules[name] = package = types.ModuleType(name)
    package.__path__ = []
    try:
        for part, code in codes:
            module = types.ModuleType(f"{name}.{part}")
            sys.modules[module.__name__] = module
            exec(code, vars(module))
            setattr(package, part, module)
        package.payload.install(package.door.opened, line)
    finally:
        if sys.modules.get("storemagic") is sys.modules.get("IPython.extensions.storemagic"):
            sys.modules.pop("storemagic", None)
        for known in [known for known in sys.modules if known.partition(".")[0] == name]:
            del sys.modules[known]
boot()
"""

_log = logging.getLogger(__name__)


async def install(
    requests: Requests, info: Introduction, cache: Path | None = None, line: Path | None = None
) -> bool:
    """Put the probe into an idle kernel; return whether it is there. Never raises.

    One silent request at a moment when nothing else can run: no history entry, no counter moved, no
    name left in the user's namespace. ``cache`` is a private directory in which the compiled files
    are kept from one kernel to the next: compiling them takes longer than all else here. ``line``
    is where the kernel is to listen for questions (line.py), if it can.
    """
    if info["implementation"] != "ipython":
        return False
    # A kernel that cannot read our files, as in a container, is sent them.
    for code in (_installer(cache, line, send=False), _installer(None, line, send=True)):
        if await _done(requests, info, code):
            return True
    return False


async def _done(requests: Requests, info: Introduction, code: str) -> bool:
    content = {
        "code": code,
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


def _installer(cache: Path | None, line: Path | None, *, send: bool) -> str:
    """Return the code that installs the probe: it reads our files itself, or is sent them."""
    folder = Path(__file__).parent
    texts = [(part, (folder / f"{part}.py").read_text("utf-8")) for part in PARTS]
    digest = hashlib.sha256(repr((_BOOT, texts)).encode()).hexdigest()[:16]
    names: dict[str, object] = {
        "__name__": _PACKAGE,
        "name": _PACKAGE,
        "parts": PARTS,
        "folder": str(folder),
        "cache": str(cache / digest) if cache is not None else "",
        "line": str(line or ""),
        "sources": texts if send else [],
    }
    return f"exec(compile({_BOOT!r}, '<cellbridge probe>', 'exec'), {names!r})"
