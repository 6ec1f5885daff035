"""The doctor's checks that start nothing: files, permissions, paths and settings.

Owns the checks and their texts. Every problem has a remedy. It must not change anything.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from cellbridge import __version__
from cellbridge.analysis.engine.command import KNOWN, EngineCommand, ScriptPlace, find_command
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.find.kernel_choice import interpreter_settings, unreliable
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.find.specs import list_specs, missing_program
from cellbridge.kernel.queries.debugging import Attached
from cellbridge.kernel.trust import file_trust
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.kernel.trust.ownership import is_private
from cellbridge.kernel.trust.untrusted_paths import exists, is_file, names, read_bytes, same
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import configured_roots, data_root, make_private, runtime_root
from cellbridge.session.registry import has_orphaned_kernel, sessions_without_host

_KERNEL_MODULES = frozenset(
    {"IPython", "ipykernel", "jupyter_client", "tornado", "traitlets", "zmq"}
)
"""The modules that a Python kernel imports at its start, without those of Python itself."""
_LOW_SPACE = 200 * 1024 * 1024
"""Free space, in bytes, below which outputs may be lost."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    state: Literal["well", "remark", "bad"]
    text: str
    remedy: str = ""


def well(text: str) -> Finding:
    """Return a finding without a problem."""
    return Finding("well", text)


def installation() -> Iterator[Finding]:
    """Check Cellbridge itself."""
    mine = environments.own()
    yield well(f"cellbridge {__version__} in {mine.title} ({mine.python})")
    version = mine.ipykernel
    if not version:
        text = "ipykernel is missing in the Python of Cellbridge"
        yield Finding("bad", text, _pip_command("ipykernel"))
    elif unreliable(version):
        text = f"ipykernel {version} sometimes loses requests"
        yield Finding("bad", text, _pip_command("--upgrade ipykernel"))
    else:
        yield well(f"ipykernel {version}")
    yield from _search_path()


def _search_path() -> Iterator[Finding]:
    found = shutil.which("cellbridge")
    mine = Path(sys.executable).parent / "cellbridge"
    if found is None:
        remedy = f"use the full path {mine} in editors, or add {mine.parent} to the PATH"
        yield Finding("remark", "the command cellbridge is not on the PATH", remedy)
    elif exists(mine) and not same(mine, found):
        text = f"editors that start `cellbridge` start another installation: {found}"
        yield Finding("remark", text, f"put {mine.parent} first in the PATH")
    for name in ("PYTHONHOME", "PYTHONPATH"):
        if value := os.environ.get(name):
            text = f"{name} is set ({value}): every Python imports from there first"
            yield Finding("remark", text, f"unset {name} unless this is intended")


def directories() -> Iterator[Finding]:
    """Check the directories for sockets and outputs."""
    for what, directory in (("sockets", runtime_root()), ("outputs", data_root())):
        try:
            make_private(directory)
        except (SessionError, OSError) as error:
            remedy = "make it private and writable, or set CELLBRIDGE_RUNTIME_DIR and _DATA_DIR"
            yield Finding("bad", f"{what}: {error}", remedy)
            continue
        yield well(f"{what} are in {directory}, which is private")
        if shutil.disk_usage(directory).free < _LOW_SPACE:
            text = f"little space is left for {what} in {directory}"
            remedy = "free some space, or set CELLBRIDGE_DATA_DIR to another disk"
            yield Finding("bad", text, remedy)
    yield from _unused_roots()
    yield _sockets(runtime_root())


def _unused_roots() -> Iterator[Finding]:
    """Report the directories for sockets that the environment names and that are not used."""
    used, run = runtime_root(), os.environ.get("XDG_RUNTIME_DIR")
    if run and not is_private(Path(run)) and not os.environ.get("CELLBRIDGE_RUNTIME_DIR"):
        text = f"XDG_RUNTIME_DIR ({run}) is not private, so sockets are in {used}"
        yield Finding("remark", text, f"no action is needed; to use it: chmod 700 {run}")
    for root in configured_roots():
        if root == used:
            return
        yield Finding(
            "remark",
            f"the path {root} is too long for sockets, so they are in {used}",
            "no action is needed; to choose a directory, set a shorter CELLBRIDGE_RUNTIME_DIR",
        )


def _sockets(root: Path) -> Finding:
    try:
        with tempfile.TemporaryDirectory(dir=root) as place, socket.socket(socket.AF_UNIX) as end:
            end.bind(f"{place}/s")
    except OSError as error:
        return Finding(
            "bad",
            f"a Unix socket cannot be created in {root} ({error.strerror or error})",
            "set CELLBRIDGE_RUNTIME_DIR to a directory on a local disk",
        )
    return well("Unix sockets work there")


def registered_kernels() -> Iterator[Finding]:
    """Check the registered kernels."""
    specs = list_specs()
    broken = [(spec, problem) for spec in specs if (problem := missing_program(spec)) is not None]
    for spec, problem in broken:
        yield Finding("bad", str(problem), f"cellbridge kernels remove {spec.name}")
    names = ", ".join(spec.name for spec in specs) or "none"
    yield well(f"registered kernels: {names}")
    lost = [location.name for location in sessions_without_host() if has_orphaned_kernel(location)]
    if lost:
        text = f"kernels still run although their session was killed: {', '.join(lost)}"
        yield Finding("remark", text, "open the script to continue, or: cellbridge sessions prune")


def debugging(spec: Spec, found: Attached) -> Finding:
    """Report whether cells can be debugged in a kernel."""
    if found.status == "ok":
        cost = "; code is several times as slow meanwhile, before Python 3.12"
        text = f"cells can be debugged in {spec.name} by debugpy {found.version}"
        return well(text + (cost if found.slow else ""))
    python = spec.argv[0] if spec.argv else "python"
    remedy = f"{python} -m pip install --upgrade debugpy" if spec.runs_ipykernel else ""
    return Finding("remark", f"{spec.name}: {found.problem}", remedy)


def shadowing_files(directory: Path, environment: Environment) -> Iterator[Finding]:
    """Find files that cells import in place of a module of the same name.

    The start of a kernel imports none of them (kernel/process/command_line.py).
    """
    needed = _KERNEL_MODULES | sys.stdlib_module_names
    installed = {name for site in environment.sites for name in map(_module, names(site)) if name}
    here = sorted(names(directory))
    bad = [name for name in here if name.endswith(".py") and name.removesuffix(".py") in needed]
    for name in bad:
        module = name.removesuffix(".py")
        text = f"{directory / name} is imported in place of Python's own {module}"
        if module in _KERNEL_MODULES:
            text = f"{directory / name} is imported in place of {module}, which kernels need"
        yield Finding("bad", text, "rename the file")
    for name in here:
        module = _module(name)
        if name in bad or module not in installed:
            continue
        if name.endswith((".py", ".so")) or is_file(directory / name / "__init__.py"):
            text = (
                f"cells import {directory / name} in place of the {module} of {environment.title}"
            )
            yield Finding("remark", text, "rename it unless this is intended")
    if not bad:
        yield well(f"no file in {directory} hides a module that kernels need")


def _module(name: str) -> str:
    """Return the module in a file or folder of this name, or an empty text."""
    module, _, suffix = name.partition(".")
    known = not suffix or suffix == "py" or suffix.endswith("so")
    return module if known and module.isidentifier() and not module.startswith("__") else ""


def engines(directory: Path, environment: Environment) -> Iterator[Finding]:
    """List the programs that can be the setting cellbridge.static.engine for scripts here."""
    place = ScriptPlace(environment, directory, ran=True)
    found = [find_command(name, place) for name in KNOWN]
    for refused in dict.fromkeys(one for one in found if isinstance(one, Refusal)):
        text = f"{refused.text}, so it cannot be used by cellbridge.static.engine"
        yield Finding("remark", text, refused.command)
    usable = [one for one in found if isinstance(one, EngineCommand)]
    names = ", ".join(f"{one.name} ({one.arguments[0]})" for one in usable)
    yield well(f"engines for cellbridge.static.engine: jedi{f', {names}' if names else ''}")


def editors(directory: Path) -> Iterator[Finding]:
    """Check the settings of editors for Python and for Cellbridge."""
    for file, value in interpreter_settings(directory):
        base = file.parent.parent
        if refused := file_trust.refusal(file, base):
            yield Finding("remark", refused.text, refused.command)
            continue
        if value:
            yield _interpreter_setting(file, value, base)
        break
    helix = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "helix"
    yield from _helix(helix / "languages.toml")


def _interpreter_setting(file: Path, value: str, base: Path) -> Finding:
    there = environments.of(value.replace("${workspaceFolder}", str(base)), base)
    if there is None:
        text = f"{file}: python.defaultInterpreterPath names {value}, which does not exist"
        return Finding("bad", text, "correct or remove the setting")
    return well(f"{file}: python.defaultInterpreterPath names {there.title}")


def _helix(file: Path) -> Iterator[Finding]:
    content = read_bytes(file)
    if content is None:
        return
    try:
        values = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        yield Finding("bad", f"{file} cannot be read by Helix ({error})", "correct the file")
        return
    servers = values.get("language-server")
    entries = cast("dict[str, Any]", servers) if isinstance(servers, dict) else {}
    mine = entries.get("cellbridge")
    if not isinstance(mine, dict):
        return
    command = str(cast("dict[str, Any]", mine).get("command", ""))
    if command and shutil.which(command):
        yield well(f"{file} starts {command}")
    else:
        text = f"{file} starts {command!r}, which does not exist"
        yield Finding("bad", text, "correct the command")


def _pip_command(what: str) -> str:
    return f"{sys.executable} -m pip install {what}"
