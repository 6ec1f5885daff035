"""Which kernel a script runs in, and why.

Owns the order in which wishes count, and the sentence that explains the outcome. Invariant: nothing
is started, and no directory is searched; a choice costs some file names. It must not know editors,
nor how a kernel is started (specs.py).

    1. picked for this file by a person
    2. the kernelspec that the script's header names
    3. the setting ``cellbridge.kernel.name``
    Python only, also where one of these says no more than ``python3``:
    4. ``python.defaultInterpreterPath``, the setting that other tools know
    5. the environment that is active where the editor was started
    6. the project's own: .venv, uv, poetry, pdm, hatch, pixi, conda, pyenv
    7. the Python that cellbridge is installed in
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from cellbridge.core.json_depth import loads
from cellbridge.kernel.find import environments, projects
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.trust import file_trust
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.kernel.trust.untrusted_paths import absolute, expanded, is_file, read_text

GENERIC = frozenset({"python", "python3"})
"""Names by which Jupyter means "the Python at hand": every environment with ipykernel has one."""
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, and where."""

    directory: Path | None
    """The script's; None for one that has no file."""
    language: str = "python"
    picked: str = ""
    """Id of the choice that a person made for this file."""
    header: str | None = None
    """The kernelspec that the script's header names."""
    setting: str | None = None
    """``cellbridge.kernel.name``: a kernelspec, an interpreter or an environment's directory."""
    interpreter: str = ""
    """``python.defaultInterpreterPath`` as the editor has it."""
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True, slots=True)
class Choice:
    """What a script runs in."""

    id: str | None
    """A kernelspec's name or an interpreter's absolute path; None: the first of the language."""
    why: str
    """One sentence."""
    environment: Environment | None = None
    """Where an interpreter was chosen."""
    problem: str = ""
    """Why it cannot run yet, and what to do; empty if nothing is known against it."""
    refused: tuple[Refusal, ...] = ()
    """What would have been chosen, had it been the user's own."""


def choose(wish: Wish) -> Choice:
    """Return the kernel for a script."""
    refused: list[Refusal] = []
    named = _named(wish, refused)
    if named is not None:
        return named
    if wish.language.casefold() != "python":
        return Choice(None, f"It is the first kernel registered for {wish.language}.")
    note = ""
    for found in candidates(wish):
        if isinstance(found, Refusal):
            refused.append(found)
        elif isinstance(found, projects.Missing):
            note = note or found.why
        else:
            why = _sentence(f"This Python was chosen because {found.why}.", note, _aside(wish))
            return replace(of_environment(found.environment, why), refused=tuple(refused))
    mine = environments.own()
    why = "No environment was found near the script, so the Python of cellbridge itself runs it."
    why = _sentence(note or why, _aside(wish))
    return Choice(str(mine.python), why, mine, refused=tuple(refused))


def candidates(wish: Wish) -> Iterator[projects.Found | projects.Missing | Refusal]:
    """Yield the environments that speak for themselves, the strongest first.

    Those that another user could have put there are refused. What is active where the editor was
    started is the user's own doing.
    """
    base = wish.directory or Path(wish.variables.get("HOME") or Path.home())
    yield from _of_settings(wish, base)
    variables = wish.variables
    base_conda: projects.Found | None = None
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = variables.get(name, "")
        if prefix and (reason := environments.out_of_reach(Path(prefix))):
            yield projects.Missing(f"{reason}, though {name} names it; activate another one.")
        elif prefix and (one := environments.at(Path(prefix))):
            found = projects.Found(one, f"it is active in the editor's surroundings ({name})")
            if name == "CONDA_PREFIX" and variables.get("CONDA_DEFAULT_ENV") == "base":
                base_conda = found  # Conda activates it by itself, so it says nothing.
            else:
                yield found
    if wish.directory is not None:
        yield from projects.ask(wish.directory, variables)
    if base_conda is not None:
        yield base_conda


def of_environment(environment: Environment, why: str) -> Choice:
    """Return the choice of an interpreter, with what is missing in it."""
    return Choice(str(environment.python), why, environment, problem_of(environment))


def problem_of(environment: Environment) -> str:
    """Say what keeps an environment from running cells; empty if nothing is known to."""
    if environments.same(environment.python, environments.own().python):
        return ""
    if environment.ipykernel:
        return ""
    return f"ipykernel is not installed in {environment.title}; install it there."


def unreliable(version: str) -> bool:
    """Tell whether a version of ipykernel loses requests now and then (7.0 to 7.3)."""
    parts = environments.numbers(version)
    return (7, 0) <= parts[:2] <= (7, 3)


def _named(wish: Wish, refused: list[Refusal]) -> Choice | None:
    if wish.picked:
        return _chosen(wish.picked, "It was picked for this file.", wish)
    if wish.header and wish.header not in GENERIC:
        return Choice(wish.header, f"The script's header names the kernel {wish.header}.")
    if wish.setting and wish.setting not in GENERIC:
        if relative := _refused_beside(wish.setting, wish.directory):
            refused.append(relative)
            return None
        return _chosen(wish.setting, f"cellbridge.kernel.name is {wish.setting}.", wish)
    return None


def _chosen(name: str, why: str, wish: Wish) -> Choice:
    """Return the choice of a name that may be a path."""
    path = "/" in name or name.startswith("~")
    if not path:
        return Choice(name, why)
    environment = environments.of(name, wish.directory)
    if environment is None:
        problem = no_python(name, wish.directory)
        return Choice(name, why, problem=problem)
    return of_environment(environment, why)


def no_python(name: str, base: Path | None = None) -> str:
    """Return why there is no Python under a name that is a path, in one sentence."""
    why = environments.out_of_reach(absolute(expanded(name), base))
    missing = f"There is no Python at {name} any more"
    return f"{f'{name} cannot be used: {why}' if why else missing}; choose another kernel."


def _refused_beside(name: str, directory: Path | None) -> Refusal | None:
    """Return why an environment is not used whose setting names it relative to the script."""
    if "/" not in name or name.startswith(("/", "~", "$")):
        return None
    environment = environments.of(name, directory)
    return _refused(environment) if environment is not None else None


def _refused(environment: Environment) -> Refusal | None:
    prefix = environment.prefix
    folder = prefix.parent if environment.kind in {"venv", "uv"} else prefix
    return file_trust.refusal(environment.python, folder, environment.places)


def _of_settings(wish: Wish, base: Path) -> Iterator[projects.Found | projects.Missing | Refusal]:
    """Yield what ``python.defaultInterpreterPath`` says, by the editor or in the project."""
    if wish.interpreter:
        for found in _interpreter(wish.interpreter, base, "python.defaultInterpreterPath names it"):
            # An editor takes its settings from the project's folder too.
            named = isinstance(found, projects.Found)
            yield (_refused(found.environment) if named else None) or found
    if wish.directory is None:
        return
    for file, value in interpreter_settings(base):
        level = file.parent.parent
        refused = file_trust.refusal(file, level)
        why = f"python.defaultInterpreterPath in {file} names it"
        for found in _interpreter(value.replace("${workspaceFolder}", str(level)), level, why):
            if isinstance(found, projects.Found):
                known = projects.allowed(replace(found, entry=file, folder=level))
                refused = known if isinstance(known, Refusal) else None
                yield known
            elif refused is None:
                yield found
        if refused is None:
            return  # The nearest settings are all there are.


def interpreter_settings(directory: Path) -> Iterator[tuple[Path, str]]:
    """Yield the VS Code settings around a script and the interpreter that they name, nearest first.

    They may be another user's.
    """
    for level in (directory, *directory.parents)[: file_trust.LEVELS]:
        file = level / ".vscode" / "settings.json"
        if is_file(file):
            yield file, _setting(file)


def _interpreter(value: str, base: Path, why: str) -> Iterator[projects.Found | projects.Missing]:
    """Yield the environment of the setting's value; nothing for its default, which says nothing."""
    if value in GENERIC:
        return
    if (one := environments.of(value, base)) is not None:
        yield projects.Found(one, why)
    elif reason := environments.out_of_reach(absolute(expanded(value), base)):
        yield projects.Missing(f"{reason}, though {why}; correct the setting.")


def _setting(file: Path) -> str:
    try:
        values: Any = loads(_COMMENT.sub("", read_text(file)))
    except ValueError:
        return ""
    known = cast("dict[str, Any]", values) if isinstance(values, dict) else {}
    value = known.get("python.defaultInterpreterPath")
    return value if isinstance(value, str) else ""


def _aside(wish: Wish) -> str:
    """Say why a generic name in the header did not decide."""
    if wish.header in GENERIC:
        return f"The header's {wish.header} stands for any Python."
    return ""


def _sentence(*parts: str) -> str:
    return " ".join(part for part in parts if part)
