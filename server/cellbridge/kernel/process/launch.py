"""Starting a kernel's process on this machine.

Owns the connection file and the place of everything that belongs to a start; the command and its
variables are command_line.py's. It must not know what a message is; what becomes of the process is
process.py's. A host starts a kernel before it imports anything slow, so this imports little: no
asyncio, no ZeroMQ.

Every start gets file names of its own inside the plan's directory, so that a new kernel never meets
the sockets of an old one. What a kernel is given is told by "Kernel specs" and "Connection files"
in jupyter_client's documentation.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from cellbridge.core.resource_errors import shortage
from cellbridge.kernel.channels.names import CHANNELS, PROBE
from cellbridge.kernel.errors import KernelStartError
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.find.specs import missing_program
from cellbridge.kernel.process import command_line, transports
from cellbridge.kernel.trust.ownership import make_private
from cellbridge.kernel.trust.untrusted_paths import is_folder, names, obstacle

DESCRIPTORS = 48
"""File descriptors that a start and the channels to a kernel may take. ZeroMQ aborts the process
where it is refused one."""
IPC_LIMIT = 100
"""Longest path of a Unix socket that every platform takes."""
_LOOPBACK = "127.0.0.1"
_LOCAL = "local-provisioner"


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
    """The kernel lives on when this process is killed; a record of it is left."""
    records: Path | None = None
    """Where the record is left, if that can be written; else, and by default, in ``directory``."""
    notes: Path | None = None
    """A private directory in which is kept what was found out about kernels (transports.py)."""
    loopback: bool = False
    """The kernel is to listen on the loopback interface, as it did not come up on sockets."""
    allow_unencrypted: bool = True
    """It may listen where other users of the machine can read what it sends."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A process that was just started, and its files."""

    popen: subprocess.Popen[bytes]
    stem: Path
    """The path of its files without their suffixes."""
    info: Mapping[str, Any]
    """The connection file's content."""
    link: Path | None = None
    """A short name of the directory of its sockets, under which the kernel makes them."""

    @property
    def output(self) -> Path:
        """What it writes to its terminal."""
        return self.stem.with_suffix(".out")

    @property
    def files(self) -> list[Path]:
        """What is to be removed with it."""
        link = [self.link] if self.link is not None else []
        return [self.stem.with_suffix(".json"), self.output, *sockets(self.info), *link]

    def settle(self) -> None:
        """Forget the short name: the kernel has made its sockets, and others find them without."""
        if self.link is not None:
            with contextlib.suppress(OSError):
                beside = self.stem.with_suffix(".new")
                with os.fdopen(_private(beside, os.O_TRUNC), "w") as file:
                    json.dump(self.info, file)
                beside.replace(self.stem.with_suffix(".json"))
                self.link.unlink(missing_ok=True)

    def abandon(self) -> None:
        """End a process that nobody speaks to, and remove its files; may come twice."""
        if self.popen.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
        for file in self.files:
            file.unlink(missing_ok=True)


def sockets(info: Mapping[str, Any]) -> list[Path]:
    """Return the sockets in our directory that a connection file with this content names."""
    ports = [port for name, port in info.items() if name.endswith("_port")]
    ipc = info.get("transport") == "ipc" and "ip" in info
    return [Path(f"{info['ip']}-{port}") for port in ports] if ipc else []


def launch(plan: LaunchPlan) -> Launched:
    """Start a kernel's process.

    Raises:
        KernelStartError: it could not be started at all.
    """
    check(plan)
    stem = next_stem(plan)
    file, output = stem.with_suffix(".json"), stem.with_suffix(".out")
    variables = command_line.environment(plan.spec, plan.env)
    if not plan.outlives:
        variables["JPY_PARENT_PID"] = str(os.getpid())
    link: Path | None = None
    try:
        info = _connection(plan, stem)
        link = _short(plan.directory) if _needs_short(plan.spec, info) else None
        given = {**info, "ip": str(link / stem.name)} if link is not None else info
        with os.fdopen(_private(file, os.O_EXCL), "w") as writing:
            json.dump(given, writing)
        with os.fdopen(_private(output, os.O_APPEND), "wb") as terminal:
            popen = subprocess.Popen(
                command_line.filled(plan.spec, file),
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=terminal,
                cwd=plan.cwd,
                env=variables,
                start_new_session=True,  # A group of its own, which is interrupted as a whole.
            )
        _behind_who_waits(popen.pid)
    except (OSError, ValueError) as error:
        for left in (file, output, *([link] if link is not None else [])):
            left.unlink(missing_ok=True)
        raise could_not_start(plan, error) from error
    return Launched(popen, stem, info, link)


def needs_provisioner(spec: Spec) -> bool:
    """Tell whether a provisioner, instead of `launch`, is to start this kernel (provisioned.py)."""
    default = os.environ.get("JUPYTER_DEFAULT_PROVISIONER_NAME") or _LOCAL
    stanza = spec.metadata.get("kernel_provisioner")
    if not isinstance(stanza, dict):
        return default != _LOCAL
    return cast("dict[str, Any]", stanza).get("provisioner_name", default) != _LOCAL


def check(plan: LaunchPlan) -> None:
    """See to it that a start can be tried.

    Raises:
        KernelStartError: its program or its working directory is not there, or there are too few
            file descriptors.
    """
    if (problem := missing_program(plan.spec)) is not None:
        raise problem
    if not is_folder(plan.cwd):
        why = obstacle(plan.cwd)
        state = f"is out of reach ({why})" if why else "does not exist"
        raise KernelStartError(
            f"The kernel {plan.spec.name} could not start: its working directory {plan.cwd} "
            f"{state}. Save the script in a directory that does."
        )
    try:
        _see_to_descriptors()
    except OSError as error:
        raise could_not_start(plan, error) from error


def next_stem(plan: LaunchPlan) -> Path:
    """Return the path, without suffixes, of the next start's files; its directory is made.

    Its length is always the same, so that sockets fit for the last kernel as for the first.

    Raises:
        KernelStartError: the directory cannot be made, or is another user's.
    """
    try:
        make_private(plan.directory)
    except OSError as error:
        raise could_not_start(plan, error) from error
    taken = {name.partition(".")[0] for name in names(plan.directory)}
    while True:
        name = f"k{secrets.randbelow(100_000):05}-{secrets.randbelow(10)}"
        if name not in taken and not any(other.startswith(f"{name}-") for other in taken):
            return plan.directory.absolute() / name


def could_not_start(plan: LaunchPlan, error: Exception) -> KernelStartError:
    """Return what is said where the system refuses to start a process."""
    if want := shortage(error):
        return KernelStartError(f"The kernel {plan.spec.name} could not start: {want}")
    reason = str(error).rstrip(".")
    return KernelStartError(
        f"The kernel {plan.spec.name} could not start ({reason}). "
        "Repair its environment or choose another kernel."
    )


def _see_to_descriptors() -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(DESCRIPTORS):
            stack.callback(os.close, os.dup(2))


def _behind_who_waits(pid: int) -> None:
    """Have a kernel not push aside, when it is woken, who is at work for a person who waits.

    It keeps its whole share of the processor (SCHED_BATCH, sched(7)); so do those that it starts.
    In a flood of prints it is woken thousands of times a second, and each time a server that was
    about to answer would wait for it.
    """
    if hasattr(os, "sched_setscheduler"):
        with contextlib.suppress(OSError):  # Not everywhere may a process do so.
            if os.sched_getscheduler(pid) == os.SCHED_OTHER:
                os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))


def _connection(plan: LaunchPlan, stem: Path) -> dict[str, Any]:
    """Return a connection file's content: sockets in our directory where that is possible.

    Others listen on the loopback interface, encrypted where they can.
    """
    spec = plan.spec
    room = len(os.fsencode(f"{stem}-{len(CHANNELS) + 1}")) <= IPC_LIMIT
    private = room and not plan.loopback and transports.takes_sockets(spec, plan.notes)
    names = (*CHANNELS, PROBE) if private else CHANNELS
    ports = range(1, len(names) + 1) if private else _free_ports()
    return {
        **{f"{name}_port": port for name, port in zip(names, ports, strict=True)},
        "transport": "ipc" if private else "tcp",
        "ip": str(stem) if private else _LOOPBACK,
        "key": secrets.token_hex(16),
        "signature_scheme": "hmac-sha256",
        "kernel_name": spec.name,
        **({} if private else transports.curve_keys(spec)),
    }


def _needs_short(spec: Spec, info: Mapping[str, Any]) -> bool:
    """Tell whether a kernel may have little room for a socket's path: xeus takes 25 characters."""
    return info["transport"] == "ipc" and not spec.runs_ipykernel


def _short(directory: Path) -> Path | None:
    """Return a new link to ``directory`` with the shortest path there is; None if none can be made.

    Only the kernel uses it, and it is gone when the kernel is ready. Nobody else can replace it in
    a directory like ``/tmp``; if they could, we would not find the kernel, and send it nothing.
    """
    place = min(tempfile.gettempdir(), "/tmp", key=len)  # noqa: S108 - see above
    link = Path(place, f"c{secrets.token_hex(3)}")
    try:
        link.symlink_to(directory.absolute())
    except OSError:
        return None
    return link


def _free_ports() -> list[int]:
    with contextlib.ExitStack() as stack:
        # All at once, so that no two are the same.
        held = [stack.enter_context(socket.socket()) for _ in CHANNELS]
        for one in held:
            one.bind((_LOOPBACK, 0))
        return [one.getsockname()[1] for one in held]


def _private(path: Path, flag: int) -> int:
    """Return a new file's descriptor; the file is for its owner alone."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | flag, 0o600)
