"""A Python environment, read from its files.

Owns the reading of a prefix: the kind of environment, its version and its packages. Invariant: no
interpreter is started and nothing is imported from it. A few names on disk identify an environment,
so two hundred of them are read in the time that one Python takes to start. It must not know which
environment a script uses (kernel_choice.py).

Sources: PEP 405 (pyvenv.cfg), PEP 668 (EXTERNALLY-MANAGED), conda's ``conda-meta``.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cellbridge.kernel.trust.untrusted_paths import (
    absolute,
    expanded,
    is_file,
    is_folder,
    is_link,
    is_program,
    names,
    obstacle,
    read_text,
    real,
)

Kind = Literal["venv", "uv", "conda", "pixi", "pyenv", "system"]

PROGRAMS = ("python", "python3")
"""The names of an environment's interpreter in ``bin``."""
_CONDA_RECORD = re.compile(r"python-(\d+\.\d+(?:\.\d+)?)-[^-]+\.json")
_LIBRARY = re.compile(r"python(\d+\.\d+)t?")
_LINK = re.compile(r"python(\d+\.\d+)t?")
_DISTRIBUTION = re.compile(r"ipykernel-([^-]+)\.(?:dist|egg)-info")


@dataclass(frozen=True, slots=True)
class Environment:
    """One Python environment."""

    python: Path
    """Its interpreter, by the path that makes it this environment: links are not followed."""
    prefix: Path
    kind: Kind
    version: str
    """The version, such as ``3.12.1``, or ``3.12`` if no more is known; empty if unknown."""
    sites: tuple[Path, ...]
    """The directories of its packages, in the order of import."""
    managed: bool
    """PEP 668: another tool, such as Debian's apt, manages its packages, and pip must not."""

    @property
    def title(self) -> str:
        """The title for users, such as ``Python 3.12.1 (.venv)``."""
        return f"Python {self.version}".rstrip() + f" ({self.name})"

    @property
    def name(self) -> str:
        """Its short name: the prefix's, with the tool's name if all prefixes are named alike."""
        if self.kind == "system":
            return str(self.python)
        if self.kind == "pixi":
            return f"pixi {self.prefix.name}"
        if self.kind == "pyenv":
            return f"pyenv {self.prefix.name}"
        return self.prefix.name

    @property
    def ipykernel(self) -> str:
        """The version of its ipykernel; empty if it is not installed."""
        for site in self.sites:
            for name in names(site):
                if found := _DISTRIBUTION.fullmatch(name):
                    return found[1]
            if is_file(site / "ipykernel" / "__init__.py"):
                return "unknown"
        return ""

    @property
    def encrypts(self) -> bool:
        """True if its ipykernel can encrypt its messages (from 7.3 on)."""
        return numbers(self.ipykernel) >= (7, 3)

    @property
    def debugger(self) -> bool:
        """True if debugpy is installed too, which ipykernel's debugger needs."""
        return self.has("debugpy")

    def has(self, module: str) -> bool:
        """Return True if a top-level module or package is installed in it."""
        for site in self.sites:
            if is_folder(site / module) or is_file(site / f"{module}.py"):
                return True
            if any(name.startswith(f"{module}.") and name.endswith(".so") for name in names(site)):
                return True
        return False

    @property
    def variables(self) -> dict[str, str]:
        """The variables that its activation sets, so that ``!pip`` and ``!python`` are its own."""
        if self.kind == "system":
            return {}
        path = os.pathsep.join([str(self.python.parent), os.environ.get("PATH", os.defpath)])
        if self.kind in {"conda", "pixi"}:
            name = {"CONDA_PREFIX": str(self.prefix), "CONDA_DEFAULT_ENV": self.prefix.name}
            return {**name, "PATH": path}
        return (
            {"VIRTUAL_ENV": str(self.prefix), "PATH": path}
            if self.kind != "pyenv"
            else {"PATH": path}
        )

    @property
    def places(self) -> tuple[Path, ...]:
        """The files that it runs and imports at its start, for the trust rule (file_trust.py)."""
        inside = [site for site in self.sites if site.is_relative_to(self.prefix)]
        return (self.python, self.prefix / "pyvenv.cfg", *inside)

    @property
    def key(self) -> str:
        """A key that is the same for every name of one environment."""
        return key_of(self.python)

    @property
    def library(self) -> tuple[Path, ...]:
        """The directories of its standard library, a virtual environment's base's; may be empty."""
        named = f"python{minor(self.version)}"
        home = _config(self.prefix).get("home", "")
        bases = [self.prefix, Path(real(self.python)).parent.parent]
        if home:
            bases.insert(1, Path(home).parent)
        for base in bases:
            for folder in (base / "lib" / named, base / "lib64" / named):
                if is_file(folder / "os.py"):
                    return (folder, folder / "lib-dynload")
        return ()


def at(prefix: Path) -> Environment | None:
    """Return the environment whose root is ``prefix``; None without an interpreter."""
    for name in PROGRAMS:
        python = prefix / "bin" / name
        if is_program(python):
            return _environment(python, prefix)
    return None


def out_of_reach(place: Path) -> str:
    """Return why an interpreter or an environment's root is not usable, as a clause.

    Empty if it is in reach or does not exist.
    """
    programs = [place / "bin" / name for name in PROGRAMS]
    for path in (place, *programs):
        if why := obstacle(path):
            return f"{path} is out of reach ({why})"
    for path in (place, *programs):
        if is_file(path) and not is_program(path):
            return f"{path} may not be executed"
    return ""


def of(interpreter: str | Path, base: Path | None = None) -> Environment | None:
    """Return the environment of an interpreter, a command's name, or an environment's root.

    Relative paths start from ``base``. None if nothing of that name exists.
    """
    text = expanded(str(interpreter))
    if not text:
        return None
    if os.sep not in text and (found := shutil.which(text)):
        return _environment(Path(found), Path(found).parent.parent)
    path = absolute(text, base)
    if is_folder(path):
        return at(path)
    return _environment(path, path.parent.parent) if is_program(path) else None


def own() -> Environment:
    """Return the environment that Cellbridge itself runs in."""
    found = _environment(Path(sys.executable), Path(sys.prefix))
    version = ".".join(map(str, sys.version_info[:3]))
    return Environment(found.python, found.prefix, found.kind, version, found.sites, found.managed)


def key_of(interpreter: str | Path) -> str:
    """Return a key that is the same for every name of an interpreter's environment.

    A virtual environment is its prefix: its ``python`` is mostly a link to that of the base, which
    other environments link to, too. Any other interpreter is the program that its links lead to.
    """
    prefix = Path(real(Path(interpreter).parent)).parent
    return str(prefix) if is_file(prefix / "pyvenv.cfg") else real(interpreter)


def same(one: str | Path, other: str | Path) -> bool:
    """Return True if two interpreters belong to the same environment, by whatever names."""
    return str(one) == str(other) or key_of(one) == key_of(other)


def _environment(python: Path, prefix: Path) -> Environment:
    if is_link(python.parent):  # for example /bin if /usr is merged
        python = Path(real(python.parent)) / python.name
        prefix = python.parent.parent
    config = _config(prefix)
    kind = _kind(prefix, config)
    version = config.get("version_info") or config.get("version") or _version(python, prefix, kind)
    return Environment(
        python=python,
        prefix=prefix,
        kind=kind,
        version=version,
        sites=tuple(_sites(prefix, version, config)),
        managed=_managed(prefix, version, config),
    )


def _config(prefix: Path) -> dict[str, str]:
    """Read pyvenv.cfg; empty if the prefix is not a virtual environment."""
    if not is_file(prefix / "pyvenv.cfg"):
        return {}
    text = read_text(prefix / "pyvenv.cfg")
    pairs = (line.partition("=") for line in text.split("\n") if "=" in line)
    return {"home": "", **{key.strip().lower(): value.strip() for key, _, value in pairs}}


def _kind(prefix: Path, config: dict[str, str]) -> Kind:
    if config:
        return "uv" if "uv" in config else "venv"
    if is_folder(prefix / "conda-meta"):
        return (
            "pixi"
            if prefix.parent.name == "envs" and prefix.parent.parent.name == ".pixi"
            else "conda"
        )
    return "pyenv" if prefix.parent.name == "versions" else "system"


def _version(python: Path, prefix: Path, kind: Kind) -> str:
    if kind in {"conda", "pixi"}:
        for name in names(prefix / "conda-meta"):
            if found := _CONDA_RECORD.fullmatch(name):
                return found[1]
    if kind == "pyenv" and (found := re.fullmatch(r"\d+\.\d+\.\d+", prefix.name)):
        return found[0]
    if found := _LINK.fullmatch(Path(real(python)).name):
        return found[1]
    found = [match[1] for name in names(prefix / "lib") if (match := _LIBRARY.fullmatch(name))]
    return max(found, key=numbers, default="")


def numbers(version: str) -> tuple[int, ...]:
    """Return a version's numbers, for comparisons."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def minor(version: str) -> str:
    """Return the ``3.12`` of ``3.12.1``."""
    return ".".join(version.split(".")[:2])


def _sites(prefix: Path, version: str, config: dict[str, str]) -> list[Path]:
    short = minor(version)
    named = f"python{short}"
    sites = [
        prefix / "lib" / named / "site-packages",
        prefix / "lib64" / named / "site-packages",
    ]
    if not config or config.get("include-system-site-packages", "").lower() == "true":
        # PEP 370: the user's own packages are visible unless the environment is isolated.
        sites.insert(0, Path.home() / ".local" / "lib" / named / "site-packages")
        base = Path(config["home"]).parent if config else prefix
        sites += [
            base / "local" / "lib" / named / "dist-packages",
            base / "lib" / "python3" / "dist-packages",
            base / "lib" / named / "site-packages",
        ]
    return [site for site in dict.fromkeys(sites) if is_folder(site)]


def _managed(prefix: Path, version: str, config: dict[str, str]) -> bool:
    if config:
        return False
    return is_file(prefix / "lib" / f"python{minor(version)}" / "EXTERNALLY-MANAGED")
