"""The program that is used as the engine: its choice, its arguments and its environment.

Owns the known programs, and the rule of trust for them. Nothing is started here.

``cellbridge.static.engine`` names a program, or is ``auto``. A program is searched for in the
environment of the script's kernel, and then in the PATH.

Invariant: no program is used that another user could have put in its place, and none is used for a
project whose settings another user could have written, as those can name programs too. Nothing of
the project runs before the user has run a cell of it (`ScriptPlace.runnable`), and neither does a
command that is not a known program: some editors take settings from the project without a question.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.trust import file_trust
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.kernel.trust.untrusted_paths import expanded, is_program

JEDI, OFF, AUTO = "jedi", "off", "auto"

KNOWN: Mapping[str, tuple[str, ...]] = {
    "zuban": ("zuban", "server"),
    "ty": ("ty", "server"),
    "pyrefly": ("pyrefly", "lsp"),
    "basedpyright": ("basedpyright-langserver", "--stdio"),
    "pyright": ("pyright-langserver", "--stdio"),
}
"""The programs that need no arguments in the setting, in the order in which ``auto`` tries them."""
_READERS = frozenset({"zuban", "ty"})
"""The programs that only read the environment. The others run its interpreter as they start."""
_PROJECT_FILES = (
    "pyproject.toml",
    "setup.cfg",
    "mypy.ini",
    ".mypy.ini",
    "ty.toml",
    "pyrefly.toml",
    "pyrightconfig.json",
)
"""The files in which the known programs read a project's settings."""
_ACTIVATION = ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYTHONHOME", "PYTHONPATH")
"""Variables that belong to the environment of Cellbridge or the editor, not to the script's."""


@dataclass(frozen=True, slots=True)
class EngineCommand:
    """A program and everything it is started with. Equal ones can share a process."""

    name: str
    """The name for users."""
    arguments: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    directory: str
    """The root of the project, and the working directory."""
    python: str
    """The interpreter of the script's kernel."""


@dataclass(frozen=True, slots=True)
class ScriptPlace:
    """The place of a script, which decides on the program and its environment."""

    environment: Environment
    """The environment of the script's kernel."""
    directory: Path
    """The script's directory."""
    ran: bool
    """True if the kernel of a script in that directory has run there, at the user's request."""

    @property
    def runnable(self) -> bool:
        """True if programs of the environment may run: the user has, or it is not the project's."""
        prefix, root = self.environment.prefix, file_trust.project_root(self.directory)
        above = prefix.parent in (self.directory, *self.directory.parents)
        planted = above or prefix.is_relative_to(root)
        return self.ran or self.environment.kind == "system" or not planted


def find_command(setting: str, place: ScriptPlace) -> EngineCommand | Refusal | str:
    """Return the engine for a script; or the reason for using none, as one sentence.

    The sentence is empty without an error: ``auto`` finds no program, or the program has to wait
    until the kernel runs.
    """
    try:
        words = shlex.split(setting)
    except ValueError:
        words = []
    if not words:
        return _problem(setting, "it is not a command")
    refused: Refusal | None = None
    waits = False
    for name, (program, *arguments) in _candidates(words):
        for path in _places(program, place.environment):
            if (refusal := file_trust.refusal(path)) is not None:
                refused = refused or refusal
            elif not _may_start(words, path, place):
                waits = True
            elif (refusal := _project_refusal(place.directory)) is not None:
                return refusal
            else:
                return _command(name, (str(path), *arguments), place)
    if refused is not None or waits or words == [AUTO]:
        return "" if waits else refused or ""
    return _problem(setting, f"{words[0]} was not found")


def _may_start(words: list[str], path: Path, place: ScriptPlace) -> bool:
    """Return whether a program may start now: opening a script must run nothing of its project."""
    root = file_trust.project_root(place.directory)
    known = words == [AUTO] or (len(words) == 1 and _known_name(words[0]) in KNOWN)
    if place.ran or not known or path.is_relative_to(root):
        return place.ran
    reads = path.name in _READERS and not path.is_relative_to(place.environment.prefix)
    return reads or place.runnable


def _command(name: str, arguments: tuple[str, ...], place: ScriptPlace) -> EngineCommand:
    variables = tuple(sorted(_variables(place.environment).items()))
    root = str(file_trust.project_root(place.directory))
    return EngineCommand(name, arguments, variables, root, str(place.environment.python))


def _candidates(words: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield names and commands, in the order in which they are tried."""
    if words == [AUTO]:
        yield from KNOWN.items()
        return
    name = _known_name(words[0])
    known = KNOWN.get(name, ())
    if len(words) > 1 or not known:
        yield name, tuple(words)
    elif os.sep in words[0]:
        yield name, (words[0], *known[1:])
    else:
        yield name, known


def _known_name(program: str) -> str:
    """Return the name of a program, as in `KNOWN`."""
    return Path(program).name.removesuffix("-langserver")


def _places(program: str, environment: Environment) -> Iterator[Path]:
    """Yield the files that a program's name may mean, the first ones first."""
    written = expanded(program)
    if os.sep in written:
        folders, name = [""], written
    else:
        path = os.environ.get("PATH", os.defpath).split(os.pathsep)
        folders, name = [str(environment.python.parent), *path], written
    for folder in folders:
        place = Path(folder, name)
        # A relative path would depend on the working directory, which is the editor's.
        if place.is_absolute() and is_program(place):
            yield place


def _project_refusal(directory: Path) -> Refusal | None:
    for level in (directory, *directory.parents)[: file_trust.LEVELS]:
        for name in _PROJECT_FILES:
            file = level / name
            if os.path.lexists(file) and (refusal := file_trust.refusal(file)) is not None:
                return refusal
    return None


def _variables(environment: Environment) -> dict[str, str]:
    """Return the variables by which every known program finds the interpreter."""
    inherited = {key: value for key, value in os.environ.items() if key not in _ACTIVATION}
    path = os.pathsep.join([str(environment.python.parent), inherited.get("PATH", os.defpath)])
    return {**inherited, "PATH": path, **environment.variables}


def _problem(setting: str, reason: str) -> str:
    return (
        f"cellbridge.static.engine is “{setting}”, but {reason}, so jedi is used; "
        "install the program or correct the setting."
    )
