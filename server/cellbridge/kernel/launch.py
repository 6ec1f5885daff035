"""Starting a kernel's process through jupyter_client's provisioners.

Owns the command, the connection file and the place of everything that belongs to a start. It must
not know what a message is; what becomes of the process is process.py's.

Every start gets file names of its own inside the plan's directory, so that a new kernel never meets
the sockets of an old one.
"""

from __future__ import annotations

import itertools
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from cellbridge.kernel.connection import Connection
from cellbridge.kernel.errors import KernelStartError
from cellbridge.kernel.process import LaunchedProcess, OutputFile
from cellbridge.kernel.records import SUFFIX
from cellbridge.kernel.specs import Spec, missing_program, to_jupyter

IPC_LIMIT = 100
"""Longest path of a Unix socket that every platform takes."""

_QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
"""Keeps ipykernel's debugger from writing four lines of advice into the first output."""

_log = logging.getLogger(__name__)
_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """Everything needed to start a kernel, and to start it again."""

    spec: Spec
    cwd: str
    directory: Path
    """Ours alone (0700): connection files and sockets lie in it, so its path should be short."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added to our own environment."""
    cache: Path | None = None
    """A private directory for what may be kept from one kernel to the next."""
    startup: str = ""
    """Code to run before the first cell."""
    outlives: bool = False
    """The kernel lives on when this process is killed; a record of it is left in ``directory``."""


async def launch(plan: LaunchPlan) -> LaunchedProcess:
    """Start a kernel's process.

    Raises:
        KernelStartError: it could not be started at all.
    """
    problem = missing_program(plan.spec)
    if problem is not None:
        raise problem
    _check_directory(plan)
    stem = plan.directory.absolute() / f"k{os.getpid()}-{next(_serial)}"
    manager = _manager(plan, str(stem))
    output = OutputFile(stem.with_suffix(".out"))
    terminal = output.open()
    try:
        command, options = await _untyped(manager).pre_start_kernel(
            cwd=plan.cwd,
            env={**_QUIET, **os.environ, **plan.env},
            independent=plan.outlives,
            stdout=terminal,
            stderr=terminal,
        )
        provisioner: Any = manager.provisioner
        info = await provisioner.launch_kernel(command, **options)
        await provisioner.post_launch(**options)
        connection = Connection.of(cast("Mapping[str, Any]", info))
        return LaunchedProcess(manager, connection, output, [stem.with_suffix(SUFFIX)])
    except (OSError, ValueError, RuntimeError) as error:
        output.path.unlink(missing_ok=True)
        raise KernelStartError(
            f"The kernel {plan.spec.name} could not start ({error}). "
            "Repair its environment or choose another kernel."
        ) from error
    finally:
        os.close(terminal)


def _check_directory(plan: LaunchPlan) -> None:
    if not Path(plan.cwd).is_dir():
        raise KernelStartError(
            f"The kernel {plan.spec.name} could not start: its working directory {plan.cwd} does "
            "not exist. Save the script in a directory that does."
        )


def _manager(plan: LaunchPlan, stem: str) -> AsyncKernelManager:
    """Return a manager whose connection file, and sockets where possible, lie in our directory.

    Only what ipykernel starts is sure to know the ipc transport. Others listen on the loopback
    interface, encrypted where their kernelspec says that they can.
    """
    plan.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = plan.spec.runs_ipykernel and sys.platform != "win32" and len(stem) + 4 <= IPC_LIMIT
    where = {"transport": "ipc", "ip": stem} if private else {"transport": "tcp"}
    return AsyncKernelManager(
        kernel_name=plan.spec.name,
        kernel_spec_manager=_OneSpec(to_jupyter(plan.spec)),
        connection_file=f"{stem}.json",
        transport_encryption="disabled" if private else _encryption(),
        **where,
    )


class _OneSpec(KernelSpecManager):
    """Answers every question for a kernelspec with the one that was chosen."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 - the base class's signature
        """Return the chosen spec."""
        return self._spec


def _encryption() -> str:
    import zmq  # noqa: PLC0415 - beside its only use

    return "auto" if zmq.has("curve") else "disabled"


def _untyped(value: object) -> Any:
    return value
