"""The JavaScript modules of widgets, in the folders where Jupyter's extensions are installed.

Owns which folders are searched, and which of their files may be read. Nothing is fetched from the
network. It must not know how a module is loaded.

A module is an AMD module in ``nbextensions``, or else a federated extension of JupyterLab in
``labextensions``. The folders are those of ``jupyter --paths``, for the kernel's environment.

Invariant: a file is read only if it is in the module's folder, links followed, and no other user
could have written it (kernel/trust/file_trust.py). A longer file than `SIZE_LIMIT` is refused.

Sources: jupyter_core's ``jupyter_path``; JupyterLab's "Prebuilt extensions".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, cast

import msgspec

from cellbridge.core import json_depth
from cellbridge.kernel.trust import untrusted_paths
from cellbridge.kernel.trust.file_trust import refusal
from cellbridge.session.errors import SessionError

SIZE_LIMIT = 32 * 1024 * 1024
"""Bytes of a file; the largest modules have about ten million."""
_NAME = re.compile(r"(?:@[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)?[A-Za-z0-9_~-][A-Za-z0-9._~-]*")
_SYSTEM = ("/usr/local/share/jupyter", "/usr/share/jupyter")
_PACKAGES = {
    "@jupyter-widgets/base": "ipywidgets",
    "@jupyter-widgets/controls": "ipywidgets",
    "@jupyter-widgets/output": "ipywidgets",
    "jupyter-leaflet": "ipyleaflet",
    "jupyter-matplotlib": "ipympl",
    "jupyter-threejs": "pythreejs",
    "jupyter-vuetify": "ipyvuetify",
    "jupyter-webrtc": "ipywebrtc",
    "nglview-js-widgets": "nglview",
}
"""The Python packages of modules that have another name."""
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """A file of a module."""

    format: Literal["amd", "federated"]
    data: bytes
    mime: str
    version: str
    """The installed version of the module; empty if it is not known."""


@dataclass(frozen=True, slots=True)
class _Module:
    format: Literal["amd", "federated"]
    folder: Path
    entry: str
    version: str


def read_module(module: str, path: str, python: str) -> ModuleFile:
    """Return a file of a module, or its entry if ``path`` is empty.

    Args:
        module: the name in ``_view_module`` or ``_model_module``.
        path: relative to the module's folder.
        python: the interpreter of the kernel; empty if it is not known.

    Raises:
        SessionError: there is no such module or file, or it is not to be read.
    """
    folders = data_folders(python, os.environ)
    found = _find(module, folders) if _NAME.fullmatch(module) and ".." not in module else None
    if found is None:
        raise SessionError(_missing(module))
    file = found.folder / _checked(module, path or found.entry)
    if reason := refusal(file):
        raise SessionError(f"The widget's file cannot be used: {reason.sentence}")
    inside = PurePosixPath(untrusted_paths.real(found.folder))
    if not PurePosixPath(untrusted_paths.real(file)).is_relative_to(inside):
        raise SessionError(f"{file} leads out of the folder of {module}, so it is not read.")
    data = untrusted_paths.read_bytes(file, SIZE_LIMIT)
    if data is None:
        raise SessionError(
            f"The module {module} has no file {path or found.entry} that can be read; "
            f"install the package {_package(module)} again."
        )
    kind = _TYPES.get(file.suffix.lower(), "application/octet-stream")
    return ModuleFile(found.format, data, kind, found.version)


def data_folders(python: str, environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders of Jupyter's data files, the preferred ones first."""
    for part in environment.get("JUPYTER_PATH", "").split(os.pathsep):
        if part:
            yield Path(part)
    if python:
        yield Path(python).parent.parent / "share" / "jupyter"
    own = environment.get("JUPYTER_DATA_DIR")
    if own:
        yield Path(own)
    else:
        data = environment.get("XDG_DATA_HOME") or untrusted_paths.expanded("~/.local/share")
        yield Path(data) / "jupyter"
    yield from map(Path, _SYSTEM)


def _find(module: str, folders: Iterator[Path]) -> _Module | None:
    known = [*folders]
    for folder in known:
        amd = folder / "nbextensions" / module
        if untrusted_paths.is_file(amd / "index.js"):
            lab = _manifest(folder / "labextensions" / module)
            return _Module("amd", amd, "index.js", _text(lab.get("version")))
    for folder in known:
        lab = folder / "labextensions" / module
        manifest = _manifest(lab)
        build = _mapping(_mapping(manifest.get("jupyterlab")).get("_build"))
        if load := _text(build.get("load")):
            return _Module("federated", lab, load, _text(manifest.get("version")))
    return None


def _checked(module: str, path: str) -> PurePosixPath:
    """Return a relative path that stays below its folder.

    Raises:
        SessionError: it does not.
    """
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or "\0" in path or "\\" in path:
        raise SessionError(f"{path!r} is not a file of the module {module}.")
    return parts


def _manifest(folder: Path) -> dict[str, Any]:
    content = untrusted_paths.read_bytes(folder / "package.json")
    if content is None or json_depth.too_deep(content):
        return {}
    try:
        return _mapping(msgspec.json.decode(content))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _missing(module: str) -> str:
    return (
        f"The JavaScript module {module[:100]} of this widget is not installed in the kernel's "
        f"environment; install the package {_package(module)} there, and reload this page."
    )


def _package(module: str) -> str:
    return _PACKAGES.get(module, module.rpartition("/")[2])[:100] or "of the widget"


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
