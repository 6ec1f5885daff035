"""Installation of packages into a Python environment, with the environment's own tool.

Owns the choice of the program for each kind of environment, and the messages for failures. It runs
only when the user requests it. Invariant: nothing is installed into a Python that another tool
manages (PEP 668); a new virtual environment is offered instead. It must not choose the packages.
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
"""Seconds that an installation may take: a slow connection and a large package."""
_KEPT = 40
"""Last lines of a program's output that are searched for its error."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""PEP 508's names; nothing else becomes an argument."""
_COMPLAINT = re.compile(r"^\s*(?:ERROR|error|Error|Caused by|×|✗)[:\s]\s*(.+)$")

ReportLine = Callable[[str], None]


class InstallError(KernelError):
    """An error during an installation; its message includes the installer's own reason."""


class ManagedError(InstallError):
    """The Python is managed by another tool, and is not changed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of an installation.

    It runs in the environment's own folder: with ``-m``, Python imports modules from the working
    directory, and uv reads settings from it and its parents.
    """

    argv: tuple[str, ...]
    cwd: Path

    @property
    def command(self) -> str:
        """The command as the user would type it."""
        program, *rest = self.argv
        return " ".join([Path(program).name, *rest])


def plan(environment: Environment, packages: Sequence[str]) -> Step:
    """Return the command that installs ``packages`` into ``environment``.

    Raises:
        ManagedError: nothing may be installed there.
        InstallError: no program for it is installed, or a name is not valid for a package.
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
    """Return the command that creates ``.venv`` in ``directory``, and its path.

    Raises:
        InstallError: something of that name exists.
    """
    prefix = directory / ".venv"
    if exists(prefix) or is_link(prefix):
        raise InstallError(f"{prefix} exists already; choose it as the kernel, or remove it.")
    if program := shutil.which("uv"):
        step = Step((program, "venv", "--python", str(base.python), str(prefix)), base.prefix)
    else:
        step = Step((str(base.python), "-m", "venv", str(prefix)), base.prefix)
    return step, prefix


async def run(step: Step, report: ReportLine) -> None:
    """Run a command; report each line of its output as it comes.

    Cancelling ends the command and everything it started.

    Raises:
        InstallError: it failed; the message contains the command's own reason.
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
        raise InstallError(f"{step.command} could not be started ({error.strerror}).") from error
    try:
        async with asyncio.timeout(SECONDS):
            assert process.stdout is not None  # noqa: S101 (a pipe was requested)
            while line := await _line(process.stdout):
                last.append(line)
                if line.strip():
                    report(line.strip())
            code = await process.wait()
    except TimeoutError:
        raise InstallError(
            f"{step.command} took longer than {SECONDS / 60:.0f} minutes and was ended. "
            "Run it in a terminal to see what it waits for."
        ) from None
    finally:
        await _end(process)
    if code:
        raise InstallError(
            f"{step.command} failed: {_reason(last)} Run it in a terminal to see its whole output."
        )


async def _line(stream: asyncio.StreamReader) -> str:
    """Return the next line, or a piece of one that is far too long."""
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
    reason = told[-1] if told else said[-1] if said else "it printed nothing"
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."


def _conda() -> str | None:
    if (program := os.environ.get("CONDA_EXE")) and is_file(program):
        return program
    found = (shutil.which(name) for name in ("conda", "mamba", "micromamba"))
    return next((program for program in found if program), None)


def created_environment(prefix: Path) -> Environment:
    """Return the environment that a command has just created.

    Raises:
        InstallError: it has not created one.
    """
    environment = environments.at(prefix)
    if environment is None:
        raise InstallError(f"There is no Python in {prefix}, although it was created.")
    return environment
