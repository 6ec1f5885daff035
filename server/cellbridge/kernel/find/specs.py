"""The search for kernelspecs by name, language or interpreter.

Owns the search: by name and language among the registered ones (registered_specs.py), and for an
interpreter, which needs no registration. It must not start anything, and imports little: a
session's host uses it first.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from cellbridge.kernel.errors import KernelStartError, UnknownKernel
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.find.spec import INTERPRETER, Spec
from cellbridge.kernel.trust.untrusted_paths import exists

NATIVE = "python3"
"""The name Jupyter gives to the kernel of the interpreter it runs in."""
_LAUNCHER = ("-m", "ipykernel_launcher", "-f", "{connection_file}")
_ALSO_KNOWN_AS = {
    "javascript": ("typescript",),  # Deno runs both
    "matlab": ("octave",),
    "c++": ("c++17", "c++14", "c++20", "c++23", "c++11"),
    "shellscript": ("bash",),
}
"""Languages that run in kernels with another language name, the best first."""


def find(name: str | None, language: str) -> Spec:
    """Return the kernelspec of that name, or the best one for ``language`` without a name.

    A name that is an absolute path is an interpreter: any Python with ipykernel is a kernel. For
    Python the best is always our own interpreter, registered or not, because it always exists.

    Raises:
        UnknownKernel: it does not exist; the message lists the registered ones.
        KernelStartError: the interpreter does not exist.
    """
    wanted = language.casefold()
    if name is None and wanted == "python":
        return _own_interpreter()
    if name is not None and Path(name).is_absolute():
        return _of_interpreter(name)
    if name is not None:
        return _registered(name)
    known = list_specs()
    for spoken in (wanted, *_ALSO_KNOWN_AS.get(wanted, ())):
        for spec in known:
            if spec.language.casefold() == spoken:
                return spec
    raise UnknownKernel(
        f"A kernel for {language or 'this language'}", [spec.name for spec in known]
    )


def list_specs() -> list[Spec]:
    """Return every kernelspec that is registered and can be read, by name."""
    from cellbridge.kernel.find import registered_specs  # noqa: PLC0415 - slow to import

    return registered_specs.list_specs()


def missing_program(spec: Spec) -> KernelStartError | None:
    """Return the error for a ``spec`` whose program does not exist; None if it exists."""
    program = os.path.expanduser(spec.argv[0]) if spec.argv else ""  # noqa: PTH111 - a command, as jupyter_client reads it
    major, minor = sys.version_info[:2]
    if program in {"python", f"python{major}", f"python{major}.{minor}"}:
        return None  # jupyter_client puts our own interpreter there.
    search = spec.env.get("PATH") or os.environ.get("PATH")
    if program and (shutil.which(program, path=search) or _relative(spec, program)):
        return None
    place = Path(spec.directory) / "kernel.json" if spec.directory else "its kernelspec"
    return KernelStartError(
        f"The kernel {spec.name} could not start: its program {program or '(none given)'} does not "
        f"exist. Correct {place}, or choose another kernel."
    )


def _relative(spec: Spec, program: str) -> bool:
    # ``{resource_dir}/kernel`` and the like are filled in only at launch.
    return program.startswith("{resource_dir}") and exists(
        program.replace("{resource_dir}", spec.directory)
    )


def _own_interpreter() -> Spec:
    metadata = {"debugger": True, "supported_encryption": ["curve"]}
    argv = (sys.executable, *_LAUNCHER)
    metadata = {INTERPRETER: sys.executable, **metadata}
    return Spec(NATIVE, "Python 3 (ipykernel)", "python", argv, "", "signal", {}, metadata)


def _of_interpreter(path: str) -> Spec:
    environment = environments.of(path)
    if environment is None:
        why = environments.out_of_reach(Path(path))
        there = f"{path} cannot be used: {why}" if why else f"There is no Python at {path}"
        raise KernelStartError(f"{there}; choose another kernel.")
    if environments.same(environment.python, sys.executable):
        return _own_interpreter()
    return of_environment(environment)


def of_environment(environment: Environment) -> Spec:
    """Return the kernel of an environment, which needs ipykernel but no kernelspec."""
    return Spec(
        name=environment.name,
        display_name=environment.title,
        language="python",
        argv=(str(environment.python), *_LAUNCHER),
        directory="",
        interrupt_mode="signal",
        env=environment.variables,
        metadata={INTERPRETER: str(environment.python), "debugger": environment.debugger},
    )


def _registered(name: str) -> Spec:
    from cellbridge.kernel.find import registered_specs  # noqa: PLC0415 - slow to import

    return registered_specs.load(name)
