"""The installation of the probe into a kernel that is ready.

Owns the transfer of the files of ``kernel/probe`` into ipykernel, and the name of the messages that
they answer. It must not know the use of the answers. Those files run in the user's Python and
import one another only, by relative names, as modules of a package that exists for the moment of
the installation.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from cellbridge.kernel.channels.requests import Requests, silent_code
from cellbridge.kernel.queries.answers import KernelInfoReply

REQUEST = "cellbridge_request"
"""The message type that the probe answers on the control channel, without its socket."""
ELSEWHERE = frozenset({"table", "summary", "export", "delete", "rename", "draw_figure"})
"""Queries that the probe answers in another thread, because they may take long."""
INSTALL_SECONDS = 10.0
PARTS = (
    "stored_attributes",
    "mappings",
    "live_names",
    "polars_lazy",
    "safe_eval",
    "safe_repr",
    "deadlines",
    "switch_interval",
    "sizes",
    "library_types",
    "children",
    "tables/recognition",
    "tables/values",
    "tables/object_columns",
    "tables/columns",
    "tables/pyarrow_tables",
    "tables/polars_tables",
    "tables/pandas_tables",
    "tables/xarray_tables",
    "tables/backends",
    "subscript_keys",
    "completions",
    "images",
    "run_files",
    "executed_sources",
    "frames",
    "frame_names",
    "selected_frame",
    "inspection",
    "reached_names",
    "changed_names",
    "copied_names",
    "variables",
    "tables/sort_cache",
    "tables/exports",
    "tables/parquet",
    "tables/pages",
    "figures",
    "output_shapes",
    "execution_order",
    "late_parts",
    "dispatch",
    "probe_socket",
    "script_paths",
    "translated_lines",
    "program_exit",
    "breakpoint_prompts",
    "execution_hooks",
)
"""The files to install, each after those that it imports."""
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
        temporary = pathlib.Path(f"{kept}.{os.getpid()}")
        try:
            temporary.write_bytes(marshal.dumps(codes))
            temporary.replace(kept)
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
        hooks = known["execution_hooks"]
        hooks.install(known["dispatch"].open_dispatcher, socket_path, source_root)
    finally:
        if sys.modules.get("storemagic") is sys.modules.get("IPython.extensions.storemagic"):
            sys.modules.pop("storemagic", None)
        for old in [old for old in sys.modules if old.partition(".")[0] == name]:
            del sys.modules[old]
boot()
"""

_log = logging.getLogger(__name__)


async def install(
    requests: Requests,
    info: KernelInfoReply,
    cache: Path | None = None,
    socket_path: Path | None = None,
    source_root: Path | None = None,
) -> bool:
    """Install the probe in an idle kernel; return whether it succeeded. It never raises.

    It is one silent request while nothing else can run: no history entry, no change of the counter,
    no new name in the user's namespace. ``cache`` is a private directory in which the compiled
    files are kept from one kernel to the next: compiling them takes longer than everything else
    here. At ``socket_path`` the kernel listens for queries (probe_socket.py), if it can.
    ``source_root`` is a private directory for the texts of its runs (executed_sources.py).
    """
    if info["implementation"] != "ipython":
        return False
    # A kernel that cannot read our files, for example in a container, receives their text.
    for code in (
        _installer(cache, socket_path, source_root, send=False),
        _installer(None, socket_path, source_root, send=True),
    ):
        if await _done(requests, info, code):
            return True
    return False


async def _done(requests: Requests, info: KernelInfoReply, code: str) -> bool:
    reply = await requests.query("shell", "execute_request", silent_code(code), INSTALL_SECONDS)
    if reply is None or reply.content.get("status") != "ok":
        reason = reply.content.get("evalue") if reply is not None else "no answer"
        _log.warning("no probe in the kernel %s: %s", info["name"], reason)
        return False
    return True


def _installer(
    cache: Path | None, socket_path: Path | None, source_root: Path | None, *, send: bool
) -> str:
    """Return the code that installs the probe; it reads our files, or contains their text."""
    folder = Path(__file__).parents[1] / "probe"
    texts = [(part, (folder / f"{part}.py").read_text("utf-8")) for part in PARTS]
    digest = hashlib.sha256(repr((_BOOT, texts)).encode()).hexdigest()[:16]
    names: dict[str, object] = {
        "__name__": _PACKAGE,
        "name": _PACKAGE,
        "parts": PARTS,
        "folder": str(folder),
        "cache": str(cache / digest) if cache is not None else "",
        "socket_path": str(socket_path or ""),
        "source_root": str(source_root or ""),
        "sources": texts if send else [],
    }
    return f"exec(compile({_BOOT!r}, '<cellbridge probe>', 'exec'), {names!r})"
