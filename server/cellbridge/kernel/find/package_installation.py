"""Installing packages into a Python environment, in the way that suits it.

Owns which program does it for which kind of environment, and what is said when it fails. It runs
only when a person has asked for it. Invariant: nothing is ever installed into a Python that
something else looks after (PEP 668); a new virtual environment is offered instead. It must not
choose what is installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.trust.untrusted_paths import exists, is_file, is_link

SECONDS = 900.0
"""How long an installation may take: a slow line and a large package."""
_KEPT = 40
"""Last lines of a program's output in which its reason for failing is looked for."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""PEP 508's names; nothing else becomes an argument."""
_COMPLAINT = re.compile(r"^\s*(?:ERROR|error|Error|Caused by|×|✗)[:\s]\s*(.+)$")

Say = Callable[[str], None]


class InstallError(KernelError):
    """Packages could not be installed; full sentences, the installer's own reason among them."""


class ManagedError(InstallError):
    """The Python is looked after by something else, and stays as it is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of an installation.

    It runs in the environment's own folder: Python imports modules from where it is started with
    ``-m``, and uv reads its settings from there upwards.
    """

    argv: tuple[str, ...]
    cwd: Path

    @property
    def shown(self) -> str:
        """The command as a person would type it."""
        program, *rest = self.argv
        return " ".join([Path(program).name, *rest])


def plan(environment: Environment, packages: Sequence[str]) -> Step:
    """Return the command that installs ``packages`` into ``environment``.

    Raises:
        ManagedError: nothing may be installed there.
        InstallError: no program for it is there, or a name is no package's.
    """
    for name in packages:
        if not _NAME.fullmatch(name):
            raise InstallError(f"{name!r} is not the name of a package; nothing was installed.")
    if environment.managed:
        raise ManagedError(
            f"{environment.python} belongs to the operating system, which forbids installing into "
            "it (PEP 668). Make a virtual environment for the script and install there."
        )
    python, prefix = str(environment.python), str(environment.prefix)
    if environment.kind == "pixi" and (program := shutil.which("pixi")):
        return Step((program, "add", *packages), environment.prefix.parents[2])
    if environment.kind == "conda" and (program := _conda()):
        return Step(
            (program, "install", "--yes", "--prefix", prefix, *packages), environment.prefix
        )
    if environment.kind == "uv" and (program := shutil.which("uv")):
        return Step((program, "pip", "install", "--python", python, *packages), environment.prefix)
    if environment.has("pip"):
        options = ("--disable-pip-version-check", "--no-input")
        return Step((python, "-m", "pip", "install", *options, *packages), environment.prefix)
    if program := shutil.which("uv"):
        return Step((program, "pip", "install", "--python", python, *packages), environment.prefix)
    wanted = {"uv": "uv", "conda": "conda", "pixi": "pixi"}.get(environment.kind, "pip")
    raise InstallError(
        f"{environment.title} has no pip, and {wanted} was not found on the PATH. "
        f"Install {wanted}, or run: {python} -m ensurepip"
    )


def new_environment(base: Environment, directory: Path) -> tuple[Step, Path]:
    """Return the command that makes ``.venv`` in ``directory``, and where it will lie.

    Raises:
        InstallError: something of that name is there.
    """
    prefix = directory / ".venv"
    if exists(prefix) or is_link(prefix):
        raise InstallError(f"{prefix} exists already; choose it as the kernel, or remove it.")
    if program := shutil.which("uv"):
        step = Step((program, "venv", "--python", str(base.python), str(prefix)), base.prefix)
    else:
        step = Step((str(base.python), "-m", "venv", str(prefix)), base.prefix)
    return step, prefix


async def run(step: Step, say: Say) -> None:
    """Carry out a command, with each of its lines told as it comes.

    Cancelling ends the command and everything it started.

    Raises:
        InstallError: it failed; the sentence has its own reason.
    """
    last: deque[str] = deque(maxlen=_KEPT)
    try:
        process = await asyncio.create_subprocess_exec(
            *step.argv,
            cwd=step.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PIP_NO_COLOR": "1", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
        )
    except OSError as error:
        raise InstallError(f"{step.shown} could not be started ({error.strerror}).") from error
    try:
        async with asyncio.timeout(SECONDS):
            assert process.stdout is not None  # noqa: S101 (it was asked for)
            while line := await _line(process.stdout):
                last.append(line)
                if line.strip():
                    say(line.strip())
            code = await process.wait()
    except TimeoutError:
        raise InstallError(
            f"{step.shown} took longer than {SECONDS / 60:.0f} minutes and was ended. "
            "Run it in a terminal to see what it waits for."
        ) from None
    finally:
        await _end(process)
    if code:
        raise InstallError(
            f"{step.shown} failed: {_reason(last)} Run it in a terminal to see all it says."
        )


async def _line(stream: asyncio.StreamReader) -> str:
    """Return the next line; of one that is far too long, a piece."""
    try:
        data = await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        data = end.partial
    except asyncio.LimitOverrunError as over:
        data = await stream.readexactly(over.consumed)
    return data.decode("utf-8", errors="replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _reason(lines: Sequence[str]) -> str:
    """Return why a program failed, in its own words."""
    told = [found[1].strip() for line in lines if (found := _COMPLAINT.match(line))]
    said = [line.strip() for line in lines if line.strip()]
    reason = told[-1] if told else said[-1] if said else "it said nothing"
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."


def _conda() -> str | None:
    if (program := os.environ.get("CONDA_EXE")) and is_file(program):
        return program
    found = (shutil.which(name) for name in ("conda", "mamba", "micromamba"))
    return next((program for program in found if program), None)


def made(prefix: Path) -> Environment:
    """Return the environment that a command has just made.

    Raises:
        InstallError: it has made none.
    """
    environment = environments.at(prefix)
    if environment is None:
        raise InstallError(f"No Python is in {prefix}, though its making seemed to go well.")
    return environment
