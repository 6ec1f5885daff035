"""The start of a kernel's process on this machine.

Owns the connection file and the paths of all files of a start. The command and its variables are
built by command_line.py, and process.py handles the process afterwards. It must not know messages.
A host starts a kernel before it imports anything slow, so this imports little: no asyncio, no
ZeroMQ.

Every start has its own file names inside the plan's directory, so that a new kernel never meets
the sockets of an old one. Sources: "Kernel specs" and "Connection files" in jupyter_client's
documentation.
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
"""File descriptors that a start and the channels to a kernel may need. ZeroMQ aborts the process if
it is refused one."""
IPC_LIMIT = 100
"""Longest path of a Unix socket that every platform supports."""
_LOOPBACK = "127.0.0.1"
_LOCAL = "local-provisioner"


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """Everything needed to start a kernel, and to start it again."""

    spec: Spec
    cwd: str
    directory: Path
    """A private directory (0700) for connection files and sockets, so its path should be short."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added to our own environment."""
    cache: Path | None = None
    """A private directory for data that may be kept from one kernel to the next."""
    sources: Path | None = None
    """The directory for the texts of runs (source_files.py), shared by all kernels of the user."""
    startup: str = ""
    """Code to run before the first cell."""
    outlives: bool = False
    """The kernel keeps running when this process is killed; a record of it is written."""
    records: Path | None = None
    """The directory for the record, if it is writable; otherwise, and by default, ``directory``."""
    notes: Path | None = None
    """A private directory for notes about kernels (transports.py)."""
    loopback: bool = False
    """The kernel must listen on the loopback interface, because it did not start on sockets."""
    allow_unencrypted: bool = True
    """It may listen where other users of the machine can read its messages."""


@dataclass(frozen=True, slots=True)
class LaunchedProcess:
    """A process that was just started, and its files."""

    popen: subprocess.Popen[bytes]
    stem: Path
    """The path of its files without their suffixes."""
    info: Mapping[str, Any]
    """The connection file's content."""
    link: Path | None = None
    """A short name of the directory of its sockets, which the kernel uses to create them."""

    @property
    def output(self) -> Path:
        """The file of its terminal output."""
        return self.stem.with_suffix(".out")

    @property
    def files(self) -> list[Path]:
        """The files to remove with it."""
        link = [self.link] if self.link is not None else []
        return [self.stem.with_suffix(".json"), self.output, *sockets(self.info), *link]

    def settle(self) -> None:
        """Remove the short name: the kernel has created its sockets, and others do not need it."""
        if self.link is not None:
            with contextlib.suppress(OSError):
                beside = self.stem.with_suffix(".new")
                with os.fdopen(_open_private(beside, os.O_TRUNC), "w") as file:
                    json.dump(self.info, file)
                beside.replace(self.stem.with_suffix(".json"))
                self.link.unlink(missing_ok=True)

    def abandon(self) -> None:
        """End a process that is not used, and remove its files; may be called twice."""
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


def launch(plan: LaunchPlan) -> LaunchedProcess:
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
        link = _short_link(plan.directory) if _needs_short_path(plan.spec, info) else None
        given = {**info, "ip": str(link / stem.name)} if link is not None else info
        with os.fdopen(_open_private(file, os.O_EXCL), "w") as writing:
            json.dump(given, writing)
        with os.fdopen(_open_private(output, os.O_APPEND), "wb") as terminal:
            popen = subprocess.Popen(
                command_line.fill_in(plan.spec, file),
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=terminal,
                cwd=plan.cwd,
                env=variables,
                start_new_session=True,  # A separate group, which is interrupted as a whole.
            )
        _lower_priority(popen.pid)
    except (OSError, ValueError) as error:
        for left in (file, output, *([link] if link is not None else [])):
            left.unlink(missing_ok=True)
        raise start_error(plan, error) from error
    return LaunchedProcess(popen, stem, info, link)


def needs_provisioner(spec: Spec) -> bool:
    """Return True if a provisioner must start this kernel, not `launch` (provisioned.py)."""
    default = os.environ.get("JUPYTER_DEFAULT_PROVISIONER_NAME") or _LOCAL
    stanza = spec.metadata.get("kernel_provisioner")
    if not isinstance(stanza, dict):
        return default != _LOCAL
    return cast("dict[str, Any]", stanza).get("provisioner_name", default) != _LOCAL


def check(plan: LaunchPlan) -> None:
    """Check that a start can be attempted.

    Raises:
        KernelStartError: its program or its working directory does not exist, or there are too few
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
        _check_descriptors()
    except OSError as error:
        raise start_error(plan, error) from error


def next_stem(plan: LaunchPlan) -> Path:
    """Return the path, without suffixes, of the next start's files; create its directory.

    Its length is constant, so that the sockets of every kernel fit.

    Raises:
        KernelStartError: the directory cannot be created, or is another user's.
    """
    try:
        make_private(plan.directory)
    except OSError as error:
        raise start_error(plan, error) from error
    taken = {name.partition(".")[0] for name in names(plan.directory)}
    while True:
        name = f"k{secrets.randbelow(100_000):05}-{secrets.randbelow(10)}"
        if name not in taken and not any(other.startswith(f"{name}-") for other in taken):
            return plan.directory.absolute() / name


def start_error(plan: LaunchPlan, error: Exception) -> KernelStartError:
    """Return the error for a process that the system refuses to start."""
    if want := shortage(error):
        return KernelStartError(f"The kernel {plan.spec.name} could not start: {want}")
    reason = str(error).rstrip(".")
    return KernelStartError(
        f"The kernel {plan.spec.name} could not start ({reason}). "
        "Repair its environment or choose another kernel."
    )


def _check_descriptors() -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(DESCRIPTORS):
            stack.callback(os.close, os.dup(2))


def _lower_priority(pid: int) -> None:
    """Keep a woken kernel from preempting the processes for which the user waits.

    It keeps its whole share of the processor (SCHED_BATCH, sched(7)); so do those that it starts.
    In a flood of prints it is woken thousands of times a second, and each time a server that was
    about to answer would wait for it.
    """
    if hasattr(os, "sched_setscheduler"):
        with contextlib.suppress(OSError):  # Not every system allows it.
            if os.sched_getscheduler(pid) == os.SCHED_OTHER:
                os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))


def _connection(plan: LaunchPlan, stem: Path) -> dict[str, Any]:
    """Return a connection file's content: sockets in our directory if possible.

    Other kernels listen on the loopback interface, encrypted if they can.
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


def _needs_short_path(spec: Spec, info: Mapping[str, Any]) -> bool:
    """Return True if a kernel may need a short socket path: xeus allows 25 characters."""
    return info["transport"] == "ipc" and not spec.runs_ipykernel


def _short_link(directory: Path) -> Path | None:
    """Return a new link to ``directory`` with the shortest possible path; None on failure.

    Only the kernel uses it, and it is removed when the kernel is ready. No other user can replace
    it in a directory such as ``/tmp``; if one could, we would not find the kernel, and would send
    nothing.
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


def _open_private(path: Path, flag: int) -> int:
    """Return a new file's descriptor; only the owner can read or write the file."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | flag, 0o600)
