"""The installation of the probe into a kernel that has just become ready.

Owns how the files of ``kernel/probe`` get into ipykernel, and the name of the messages that they
answer. It must not know what the answers are used for. Those files run in the user's Python and
import one another only, by relative names, as modules of a package that exists for the moment of
the installation.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from cellbridge.kernel.channels.requests import Requests
from cellbridge.kernel.queries.answers import Introduction

METADATA_KEY = "cellbridge"
"""Where an ``execute_request``'s metadata says which path and line its source came from."""
REQUEST = "cellbridge_request"
"""The message type that the probe answers on the control channel, where there is no line."""
ELSEWHERE = frozenset({"table", "summary", "export", "delete", "rename"})
"""Questions that the probe answers in a thread of their own, as they may take long."""
INSTALL_SECONDS = 10.0
PARTS = (
    "stored_attributes", "polars_lazy", "safe_eval", "safe_repr", "deadlines", "switch_interval",
    "sizes", "library_types", "children", "tables/recognition", "tables/values",
    "tables/object_columns", "tables/columns", "tables/pyarrow_tables", "tables/polars_tables",
    "tables/pandas_tables", "tables/xarray_tables", "tables/backends", "subscript_keys",
    "completions", "images", "inspection", "changed_names", "variables", "tables/sort_cache",
    "tables/pages", "dispatch", "probe_socket", "execution_hooks",
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
    known = {}
    for room in (name, f"{name}.tables"):
        sys.modules[room] = known[room] = types.ModuleType(room)
        known[room].__path__ = []
    try:
        for part, code in codes:
            module = types.ModuleType(f"{name}.{part}".replace("/", "."))
            sys.modules[module.__name__] = known[part] = module
            exec(code, vars(module))
            room, _, leaf = module.__name__.rpartition(".")
            setattr(known[room], leaf, module)
        known["execution_hooks"].install(known["dispatch"].opened, line)
    finally:
        if sys.modules.get("storemagic") is sys.modules.get("IPython.extensions.storemagic"):
            sys.modules.pop("storemagic", None)
        for old in [old for old in sys.modules if old.partition(".")[0] == name]:
            del sys.modules[old]
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
    is where the kernel is to listen for questions (probe_socket.py), if it can.
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
    folder = Path(__file__).parents[1] / "probe"
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
