"""The start of a host: it becomes the only host of its notebook and starts its kernel's process.

Owns the steps before the host's main imports: its command line, the lock that makes it the only
host, its record (presence.py), and the start of the kernel that its client is about to request.
At a first run, the user waits longest for the kernel's imports; so they begin first, and the
host's own imports run at the same time. It must not import anything slow.

Invariant: a process that was started here is the host's child. It belongs to the session's kernel
manager once clients can reach the session; if the host fails before that, it is ended here.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find.specs import find
from cellbridge.kernel.process.launch import LaunchPlan, launch, needs_provisioner
from cellbridge.session.host.launch_report import TAKEN, FirstKernel, report_to_launcher
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, data_root
from cellbridge.session.presence import HOST, acquire_lock, announce

ENDING_SECONDS = 20.0
"""Seconds that the previous host gets to end; each of its steps has its own, shorter bound."""


def main(argv: list[str]) -> int:
    """Run a host with the arguments that `cellbridge.session.launch` gives it.

    Returns:
        The process's exit code: 0 when the host has ended normally, 3 if another host already
        serves the notebook.
    """
    parser = argparse.ArgumentParser(prog="python -m cellbridge.session.host")
    parser.add_argument("--key", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--runtime", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    HostPlan.add_to(parser)
    options = parser.parse_args(argv)
    request = sys.stdin.buffer.read()
    if os.fork():
        # The launching client reaps this process now; no client is the host's parent.
        os._exit(0)
    location = Location(options.key, options.name, options.runtime, options.data)
    plan = HostPlan.of(options)
    lock = acquire_lock(location, HOST, ENDING_SECONDS)
    if lock is None:
        report_to_launcher(TAKEN)
        return 3
    with lock:
        # Before there is a kernel: a client that finds this process dead can then end that kernel.
        announce(location)
        location.socket.unlink(missing_ok=True)
        first = _start_first_kernel(location, plan, request) if request else None
        try:
            from cellbridge.session.host.main import serve  # noqa: PLC0415 - slow to import

            return serve(location, plan, first, lock)
        finally:
            if first is not None:
                first.abandon()


def _start_first_kernel(location: Location, plan: HostPlan, request: bytes) -> FirstKernel | None:
    """Start the requested kernel; None if that has to wait.

    A kernel that an earlier host may have left takes precedence. An error here occurs again when a
    client requests the kernel, and is reported then.
    """
    directory = location.kernel
    if any(directory.glob("k*")) or any(location.records.glob("k*")):
        return None
    fields: dict[str, Any] = json.loads(request)
    startup: dict[str, Any] = fields.get("startup", {})
    try:
        spec = find(fields.get("kernel"), fields["language"])
        if needs_provisioner(spec):
            return None
        directed = LaunchPlan(
            spec,
            startup.get("directory") or str(plan.cwd),
            directory,
            startup.get("variables", {}),
            outlives=not plan.temporary,
            records=location.records,
            notes=data_root() / "transports",
        )
        return FirstKernel(request, spec, launch(directed))
    except KernelError:
        return None
