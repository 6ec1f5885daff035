"""``cellbridge kernels``: list, explain, register, remove and test.

Owns the printed text. Only ``test`` starts a kernel.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cellbridge.cli.errors import FAILED, OK, CommandError
from cellbridge.cli.kernel_option import choice_of
from cellbridge.cli.kernels.trial import Trial, run_trial
from cellbridge.cli.script_argument import read
from cellbridge.core.output.escapes import label
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.find.kernel_choice import Choice, Wish, candidates, problem_of
from cellbridge.kernel.find.projects import Found
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.find.specs import find, listing, missing_program

_PIPE_WIDTH = 1_000
_NAME = re.compile(r"[A-Za-z0-9._-]+")
"""The names that Jupyter accepts for a kernelspec."""


def show(*, everywhere: bool) -> int:
    """Print the kernels; with ``everywhere`` also environments that no project names."""
    console = Console(
        highlight=False, markup=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("Kernel", "Language", "What it is", "Where", "Remark"):
        table.add_column(heading, overflow="fold")
    for spec in listing():
        remark = str(missing_program(spec) or "")
        row = (spec.name, spec.language, spec.display_name, spec.directory, remark)
        table.add_row(*map(label, row))
    for environment in _environments(everywhere=everywhere):
        remark = "no ipykernel" if problem_of(environment) else ""
        row = ("", "python", environment.title, str(environment.python), remark)
        table.add_row(*map(label, row))
    console.print(table)
    if not everywhere:
        console.print("More Python environments: cellbridge kernels list --all")
    return OK


def why(file: Path) -> int:
    """Print the kernel of a script, and the reason for it.

    Raises:
        CommandError: the script does not exist.
    """
    choice = choice_of(read(file))
    print(label(f"{file}: {_kernel_text(choice)}"))
    print(label(choice.why))
    for refused in choice.refused:
        print(label(refused.sentence))
    if choice.problem:
        print(label(choice.problem))
    return FAILED if choice.problem else OK


def register(python: str, name: str | None) -> int:
    """Register the kernel of an environment for all Jupyter front ends, without starting it."""
    environment = environments.of(python)
    if environment is None:
        raise CommandError(f"There is no Python at {python}; name an interpreter or its folder.")
    if problem := problem_of(environment):
        raise CommandError(problem, FAILED)
    chosen = name or re.sub(r"[^a-z0-9._-]+", "-", environment.name.lower()).strip("-.")
    if not _NAME.fullmatch(chosen):
        raise CommandError(
            f"{chosen!r} is not a valid name for a kernel; use letters, digits, '.', '-', '_'."
        )
    folder = _kernels_folder() / chosen
    if folder.exists():
        raise CommandError(
            f"A kernel {chosen} is already registered in {folder}; choose another --name."
        )
    argv = [str(environment.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {
        "argv": argv,
        "display_name": environment.title,
        "language": "python",
        "env": {key: value for key, value in environment.variables.items() if key != "PATH"},
        "metadata": {"debugger": environment.debugger},
    }
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n", "utf-8")
    print(f"{label(environment.title)} is registered as {chosen}.")
    return OK


def remove(name: str) -> int:
    """Remove a kernelspec, but not the program that it starts."""
    spec = _find_spec(name)
    if not spec.directory or Path(spec.directory).name != name:
        raise CommandError(f"{name} belongs to the Python of Cellbridge and is not registered.")
    folder = Path(spec.directory)
    if not os.access(folder.parent, os.W_OK):
        raise CommandError(f"{folder} cannot be removed without its owner's rights.", FAILED)
    shutil.rmtree(folder)
    print(f"The kernel {name} is no longer registered. Its program is still installed.")
    return OK


def test(name: str) -> int:
    """Start a kernel, run one cell, and print the result."""
    target = str(Path(name).absolute()) if os.sep in name else name
    environment = environments.of(target) if os.sep in name else None
    chosen = str(environment.python) if environment is not None else target
    trial = asyncio.run(run_trial(_find_spec(chosen)))
    _print(name, trial)
    return OK if trial.well else FAILED


def _print(name: str, trial: Trial) -> None:
    if not trial.well:
        print(label(f"{name}: {trial.problem}"), file=sys.stderr)
        return
    print(f"{name}: starts in {trial.start:.1f} s and answers in {trial.answer * 1000:.0f} ms")
    print(label(f"{trial.implementation}, {trial.language}"))
    if trial.remark:
        print(label(trial.remark))


def _find_spec(name: str) -> Spec:
    try:
        return find(name, "")
    except KernelError as error:
        raise CommandError(str(error)) from None


def _kernel_text(choice: Choice) -> str:
    if choice.environment is not None:
        return f"{choice.environment.title}, {choice.environment.python}"
    return choice.id or "the first kernel of its language"


def _environments(*, everywhere: bool) -> list[Environment]:
    wish = Wish(Path.cwd())
    found = [each.environment for each in candidates(wish) if isinstance(each, Found)]
    found.append(environments.own())
    if everywhere:
        from cellbridge.kernel.find.environment_search import search  # noqa: PLC0415 (only when asked)

        found += search([Path.cwd()], os.environ)
    once: dict[str, Environment] = {}
    for environment in found:
        once.setdefault(environment.key, environment)
    return list(once.values())


def _kernels_folder() -> Path:
    from jupyter_core.paths import jupyter_data_dir  # noqa: PLC0415 (only when asked)

    return Path(jupyter_data_dir()) / "kernels"
