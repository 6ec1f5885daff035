"""The first moments of a host: it is alone on its notebook, and its kernel's process starts.

Owns what a host does before it imports what it works with: its command line, the lock by which
it is the only host, its record (presence.py), and the start of a kernel that its client is going to
ask for. The kernel's imports take longest of all that a person waits for at a first run; so they
begin first, and the host's own pass meanwhile. It must not import anything slow.

Invariant: a process that was started here is the host's child. It belongs to the session's keeper
once clients can reach the session; if the host fails before, it is ended here.
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
from cellbridge.session.host.launch_report import TAKEN, FirstKernel, say
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, data_root
from cellbridge.session.presence import HOST, announce, taken

ENDING_SECONDS = 20.0
"""How long the host before this one may take to end; each step of it has its own, shorter bound."""


def main(argv: list[str]) -> int:
    """Run a host with the arguments that `cellbridge.session.launch` gives it.

    Returns:
        The process's exit code: 0 when it has served its time, 3 where another host serves the
        notebook already.
    """
    parser = argparse.ArgumentParser(prog="python -m cellbridge.session.host")
    parser.add_argument("--key", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--runtime", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    HostPlan.add_to(parser)
    options = parser.parse_args(argv)
    wish = sys.stdin.buffer.read()
    if os.fork():
        # The launching client reaps this process now; the host belongs to no client.
        os._exit(0)
    location = Location(options.key, options.name, options.runtime, options.data)
    plan = HostPlan.of(options)
    lock = taken(location, HOST, ENDING_SECONDS)
    if lock is None:
        say(TAKEN)
        return 3
    with lock:
        # Before there is a kernel: whoever finds this process dead can end what it had begun.
        announce(location)
        location.socket.unlink(missing_ok=True)
        first = _begun(location, plan, wish) if wish else None
        try:
            from cellbridge.session.host.main import serve  # noqa: PLC0415 - slow to import

            return serve(location, plan, first, lock)
        finally:
            if first is not None:
                first.abandon()


def _begun(location: Location, plan: HostPlan, wish: bytes) -> FirstKernel | None:
    """Start the kernel that is wished for; None where that has to wait.

    Where a kernel may be left of an earlier host, that one comes first. What goes wrong here goes
    wrong again, and is told, when the kernel is asked for.
    """
    directory = location.kernel
    if any(directory.glob("k*")) or any(location.records.glob("k*")):
        return None
    asked: dict[str, Any] = json.loads(wish)
    startup: dict[str, Any] = asked.get("startup", {})
    try:
        spec = find(asked.get("kernel"), asked["language"])
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
        return FirstKernel(wish, spec, launch(directed))
    except KernelError:
        return None
