"""The choice of a script's kernel, with its reason.

Owns the order of the preferences, and the sentence that explains the choice. Invariant: nothing is
started, and no directory is searched; a choice only checks some file names. It must not know
editors, nor the start of kernels (specs.py).

    1. the kernel that the user picked for this file
    2. the kernelspec that the script's header names
    3. the setting ``cellbridge.kernel.name``
    Only for Python, including the case that one of these is just ``python3``:
    4. ``python.defaultInterpreterPath``, the setting that other tools share
    5. the environment that is active in the editor's process
    6. the project's own: .venv, uv, poetry, pdm, hatch, pixi, conda, pyenv
    7. the Python that Cellbridge is installed in
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
"""Jupyter's names for "the current Python": every environment with ipykernel has one."""
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class KernelPreferences:
    """The preferences for a script's kernel."""

    directory: Path | None
    """The script's directory; None for a script without a file."""
    language: str = "python"
    picked: str = ""
    """Id of the kernel that the user picked for this file."""
    header: str | None = None
    """The kernelspec that the script's header names."""
    setting: str | None = None
    """``cellbridge.kernel.name``: a kernelspec, an interpreter or an environment's directory."""
    interpreter: str = ""
    """The editor's value of ``python.defaultInterpreterPath``."""
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True, slots=True)
class Choice:
    """The kernel chosen for a script."""

    id: str | None
    """A kernelspec's name or an interpreter's absolute path; None: the first of the language."""
    why: str
    """One sentence."""
    environment: Environment | None = None
    """The environment, if an interpreter was chosen."""
    problem: str = ""
    """Why it cannot run yet, and what to do; empty if no problem is known."""
    refused: tuple[Refusal, ...] = ()
    """The environments that were refused because they are not the user's own."""


def choose(preferences: KernelPreferences) -> Choice:
    """Return the kernel for a script."""
    refused: list[Refusal] = []
    named = _by_name(preferences, refused)
    if named is not None:
        return named
    if preferences.language.casefold() != "python":
        return Choice(None, f"It is the first kernel registered for {preferences.language}.")
    note = ""
    for found in candidates(preferences):
        if isinstance(found, Refusal):
            refused.append(found)
        elif isinstance(found, projects.MissingEnvironment):
            note = note or found.why
        else:
            why = _sentence(
                f"This Python was chosen because {found.why}.", note, _header_note(preferences)
            )
            return replace(of_environment(found.environment, why), refused=tuple(refused))
    mine = environments.own()
    why = "No environment was found near the script, so the Python of Cellbridge runs it."
    why = _sentence(note or why, _header_note(preferences))
    return Choice(str(mine.python), why, mine, refused=tuple(refused))


def candidates(
    preferences: KernelPreferences,
) -> Iterator[projects.ProjectEnvironment | projects.MissingEnvironment | Refusal]:
    """Yield the environments that no explicit choice names, in order of preference.

    Those that another user could have created are refused. The environment that is active in the
    editor's process was activated by the user.
    """
    base = preferences.directory or Path(preferences.variables.get("HOME") or Path.home())
    yield from _from_settings(preferences, base)
    variables = preferences.variables
    base_conda: projects.ProjectEnvironment | None = None
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = variables.get(name, "")
        if prefix and (reason := environments.out_of_reach(Path(prefix))):
            yield projects.MissingEnvironment(
                f"{reason}, though {name} names it; activate another one."
            )
        elif prefix and (one := environments.at(Path(prefix))):
            found = projects.ProjectEnvironment(
                one, f"it is active in the editor's surroundings ({name})"
            )
            if name == "CONDA_PREFIX" and variables.get("CONDA_DEFAULT_ENV") == "base":
                base_conda = found  # Conda activates it automatically, so it is not a choice.
            else:
                yield found
    if preferences.directory is not None:
        yield from projects.find_environments(preferences.directory, variables)
    if base_conda is not None:
        yield base_conda


def of_environment(environment: Environment, why: str) -> Choice:
    """Return the choice of an interpreter, with the problem of its environment."""
    return Choice(str(environment.python), why, environment, problem_of(environment))


def problem_of(environment: Environment) -> str:
    """Return why an environment cannot run cells; empty if no reason is known."""
    if environments.same(environment.python, environments.own().python):
        return ""
    if environment.ipykernel:
        return ""
    return f"ipykernel is not installed in {environment.title}; install it there."


def same_kernel(one: str, other: str) -> bool:
    """Return True if two ids name one kernel; an interpreter may have several names."""
    paths = os.sep in one and os.sep in other
    return one == other or (paths and environments.same(one, other))


def unreliable(version: str) -> bool:
    """Return True if a version of ipykernel sometimes loses requests (7.0 to 7.3)."""
    parts = environments.numbers(version)
    return (7, 0) <= parts[:2] <= (7, 3)


def _by_name(preferences: KernelPreferences, refused: list[Refusal]) -> Choice | None:
    if preferences.picked:
        return _choice_of_name(preferences.picked, "It was picked for this file.", preferences)
    if preferences.header and preferences.header not in GENERIC:
        return Choice(
            preferences.header, f"The script's header names the kernel {preferences.header}."
        )
    if preferences.setting and preferences.setting not in GENERIC:
        if relative := _relative_refusal(preferences.setting, preferences.directory):
            refused.append(relative)
            return None
        return _choice_of_name(
            preferences.setting, f"cellbridge.kernel.name is {preferences.setting}.", preferences
        )
    return None


def _choice_of_name(name: str, why: str, preferences: KernelPreferences) -> Choice:
    """Return the choice of a name that may be a path."""
    path = "/" in name or name.startswith("~")
    if not path:
        return Choice(name, why)
    environment = environments.of(name, preferences.directory)
    if environment is None:
        problem = missing_python(name, preferences.directory)
        return Choice(name, why, problem=problem)
    return of_environment(environment, why)


def missing_python(name: str, base: Path | None = None) -> str:
    """Return why there is no Python under a name that is a path, in one sentence."""
    why = environments.out_of_reach(absolute(expanded(name), base))
    missing = f"There is no Python at {name} any more"
    return f"{f'{name} cannot be used: {why}' if why else missing}; choose another kernel."


def _relative_refusal(name: str, directory: Path | None) -> Refusal | None:
    """Return the refusal of an environment that a setting names relative to the script."""
    if "/" not in name or name.startswith(("/", "~", "$")):
        return None
    environment = environments.of(name, directory)
    return _environment_refusal(environment) if environment is not None else None


def _environment_refusal(environment: Environment) -> Refusal | None:
    prefix = environment.prefix
    folder = prefix.parent if environment.kind in {"venv", "uv"} else prefix
    return file_trust.refusal(environment.python, folder, environment.places)


def _from_settings(
    preferences: KernelPreferences, base: Path
) -> Iterator[projects.ProjectEnvironment | projects.MissingEnvironment | Refusal]:
    """Yield the environments of ``python.defaultInterpreterPath``, in the editor or the project."""
    if preferences.interpreter:
        for found in _interpreter(
            preferences.interpreter, base, "python.defaultInterpreterPath names it"
        ):
            # An editor also reads settings from the project's folder.
            named = isinstance(found, projects.ProjectEnvironment)
            yield (_environment_refusal(found.environment) if named else None) or found
    if preferences.directory is None:
        return
    for file, value in interpreter_settings(base):
        level = file.parent.parent
        refused = file_trust.refusal(file, level)
        why = f"python.defaultInterpreterPath in {file} names it"
        for found in _interpreter(value.replace("${workspaceFolder}", str(level)), level, why):
            if isinstance(found, projects.ProjectEnvironment):
                known = projects.refuse_untrusted(replace(found, entry=file, folder=level))
                refused = known if isinstance(known, Refusal) else None
                yield known
            elif refused is None:
                yield found
        if refused is None:
            return  # Only the nearest settings are used.


def interpreter_settings(directory: Path) -> Iterator[tuple[Path, str]]:
    """Yield the VS Code settings around a script and the interpreter that they name, nearest first.

    They may be another user's.
    """
    for level in (directory, *directory.parents)[: file_trust.LEVELS]:
        file = level / ".vscode" / "settings.json"
        if is_file(file):
            yield file, _setting(file)


def _interpreter(
    value: str, base: Path, why: str
) -> Iterator[projects.ProjectEnvironment | projects.MissingEnvironment]:
    """Yield the environment of the setting's value; nothing for the default value."""
    if value in GENERIC:
        return
    if (one := environments.of(value, base)) is not None:
        yield projects.ProjectEnvironment(one, why)
    elif reason := environments.out_of_reach(absolute(expanded(value), base)):
        yield projects.MissingEnvironment(f"{reason}, though {why}; correct the setting.")


def _setting(file: Path) -> str:
    try:
        values: Any = loads(_COMMENT.sub("", read_text(file)))
    except ValueError:
        return ""
    known = cast("dict[str, Any]", values) if isinstance(values, dict) else {}
    value = known.get("python.defaultInterpreterPath")
    return value if isinstance(value, str) else ""


def _header_note(preferences: KernelPreferences) -> str:
    """Return why a generic name in the header did not decide the choice."""
    if preferences.header in GENERIC:
        return f"The header's {preferences.header} stands for any Python."
    return ""


def _sentence(*parts: str) -> str:
    return " ".join(part for part in parts if part)
