"""What the doctor can find without starting anything: files, permissions, paths, settings.

Owns the questions and what is said of each answer; every finding that is not well names its remedy.
It must not change anything.
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
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.find.kernel_choice import interpreter_settings, unreliable
from cellbridge.kernel.find.specs import listing, missing_program
from cellbridge.kernel.trust import file_trust
from cellbridge.kernel.trust.ownership import is_private
from cellbridge.kernel.trust.untrusted_paths import exists, is_file, names, read_bytes, same
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import configured_roots, data_root, make_private, runtime_root
from cellbridge.session.registry import has_orphaned_kernel, sessions_without_host

_NEEDED = frozenset({"IPython", "ipykernel", "jupyter_client", "tornado", "traitlets", "zmq"})
"""What a Python kernel imports when it starts, beside Python's own modules."""
_LITTLE = 200 * 1024 * 1024
"""Bytes of room below which outputs may not be kept."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of the doctor's."""

    state: Literal["well", "remark", "bad"]
    text: str
    remedy: str = ""


def well(text: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding("well", text)


def installation() -> Iterator[Finding]:
    """Look at cellbridge itself."""
    mine = environments.own()
    yield well(f"cellbridge {__version__} in {mine.title} ({mine.python})")
    version = mine.ipykernel
    if not version:
        yield Finding("bad", "ipykernel is missing beside cellbridge", _pip("ipykernel"))
    elif unreliable(version):
        text = f"ipykernel {version} loses requests now and then"
        yield Finding("bad", text, _pip("--upgrade ipykernel"))
    else:
        yield well(f"ipykernel {version}")
    yield from _path()


def _path() -> Iterator[Finding]:
    found = shutil.which("cellbridge")
    mine = Path(sys.executable).parent / "cellbridge"
    if found is None:
        remedy = f"give editors the whole path {mine}, or add {mine.parent} to the PATH"
        yield Finding("remark", "the command cellbridge is not on the PATH", remedy)
    elif exists(mine) and not same(mine, found):
        text = f"editors that start `cellbridge` start another one: {found}"
        yield Finding("remark", text, f"put {mine.parent} first in the PATH")
    for name in ("PYTHONHOME", "PYTHONPATH"):
        if value := os.environ.get(name):
            text = f"{name} is set ({value}): every Python imports from there first"
            yield Finding("remark", text, f"unset {name} unless that is meant")


def directories() -> Iterator[Finding]:
    """Look at where sessions keep their sockets and outputs."""
    for what, directory in (("sockets", runtime_root()), ("outputs", data_root())):
        try:
            make_private(directory)
        except (SessionError, OSError) as error:
            remedy = "make it writable for you alone, or set CELLBRIDGE_RUNTIME_DIR and _DATA_DIR"
            yield Finding("bad", f"{what}: {error}", remedy)
            continue
        yield well(f"{what} lie in {directory}, for you alone")
        if shutil.disk_usage(directory).free < _LITTLE:
            text = f"little room is left for {what} in {directory}"
            yield Finding("bad", text, "free some, or set CELLBRIDGE_DATA_DIR to another disk")
    yield from _passed_over()
    yield _sockets(runtime_root())


def _passed_over() -> Iterator[Finding]:
    """Report a place for sockets that the environment names and that is not used."""
    used, run = runtime_root(), os.environ.get("XDG_RUNTIME_DIR")
    if run and not is_private(Path(run)) and not os.environ.get("CELLBRIDGE_RUNTIME_DIR"):
        text = f"XDG_RUNTIME_DIR ({run}) is not for you alone, so sockets lie in {used}"
        yield Finding("remark", text, f"nothing has to be done; or: chmod 700 {run}")
    for root in configured_roots():
        if root == used:
            return
        yield Finding(
            "remark",
            f"{root} is too long a path for sockets, so they lie in {used}",
            "nothing has to be done; a shorter CELLBRIDGE_RUNTIME_DIR is used again",
        )


def _sockets(root: Path) -> Finding:
    try:
        with tempfile.TemporaryDirectory(dir=root) as place, socket.socket(socket.AF_UNIX) as end:
            end.bind(f"{place}/s")
    except OSError as error:
        return Finding(
            "bad",
            f"no Unix socket can be made in {root} ({error.strerror or error})",
            "set CELLBRIDGE_RUNTIME_DIR to a directory on a local disk",
        )
    return well("Unix sockets work there")


def registered() -> Iterator[Finding]:
    """Look at the kernels that are registered."""
    specs = listing()
    broken = [(spec, problem) for spec in specs if (problem := missing_program(spec)) is not None]
    for spec, problem in broken:
        yield Finding("bad", str(problem), f"cellbridge kernels remove {spec.name}")
    names = ", ".join(spec.name for spec in specs) or "none"
    yield well(f"registered kernels: {names}")
    lost = [location.name for location in sessions_without_host() if has_orphaned_kernel(location)]
    if lost:
        text = f"kernels live on whose session was killed: {', '.join(lost)}"
        yield Finding("remark", text, "open the script to go on, or: cellbridge sessions prune")


def shadowed(directory: Path, environment: Environment) -> Iterator[Finding]:
    """Look for files that are imported in place of a module of the same name.

    A kernel's own start imports none of them (kernel/process/command_line.py).
    """
    needed = _NEEDED | sys.stdlib_module_names
    installed = {name for site in environment.sites for name in map(_module, names(site)) if name}
    here = sorted(names(directory))
    bad = [name for name in here if name.endswith(".py") and name.removesuffix(".py") in needed]
    for name in bad:
        module = name.removesuffix(".py")
        text = f"{directory / name} is imported in place of Python's own {module}"
        if module in _NEEDED:
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
            yield Finding("remark", text, "rename it unless that is meant")
    if not bad:
        yield well(f"no file in {directory} hides a module that kernels need")


def _module(name: str) -> str:
    """Return the module that a file or folder of this name holds; empty if none."""
    module, _, suffix = name.partition(".")
    known = not suffix or suffix == "py" or suffix.endswith("so")
    return module if known and module.isidentifier() and not module.startswith("__") else ""


def editors(directory: Path) -> Iterator[Finding]:
    """Look at what editors are told of Python and of cellbridge."""
    for file, value in interpreter_settings(directory):
        base = file.parent.parent
        if refused := file_trust.refusal(file, base):
            yield Finding("remark", refused.text, refused.command)
            continue
        if value:
            yield _named(file, value, base)
        break
    helix = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "helix"
    yield from _helix(helix / "languages.toml")


def _named(file: Path, value: str, base: Path) -> Finding:
    there = environments.of(value.replace("${workspaceFolder}", str(base)), base)
    if there is None:
        text = f"{file}: python.defaultInterpreterPath names {value}, which is not there"
        return Finding("bad", text, "correct the setting, or take it out")
    return well(f"{file}: python.defaultInterpreterPath names {there.title}")


def _helix(file: Path) -> Iterator[Finding]:
    content = read_bytes(file)
    if content is None:
        return
    try:
        values = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        yield Finding("bad", f"{file} cannot be read by Helix ({error})", "correct it there")
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
        yield Finding("bad", f"{file} starts {command!r}, which is not there", "correct command")


def _pip(what: str) -> str:
    return f"{sys.executable} -m pip install {what}"
