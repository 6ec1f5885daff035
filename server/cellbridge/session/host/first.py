"""The first moments of a host: it is alone on its notebook, and its kernel's process starts.

Owns what a host does before it imports what it works with: its command line, the lock that makes it
the only host of its notebook, and the start of a kernel that its client is going to ask for. The
kernel's imports take longest of all that a person waits for at a first run; so they begin first,
and the host's own pass meanwhile. It must not import anything slow.

Invariant: a process that was started here is the host's child, and either belongs to the session's
keeper or is ended here.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.launch import Launched, LaunchPlan, launch, needs_provisioner
from cellbridge.kernel.specs import Spec, find
from cellbridge.session.locations import Location
from cellbridge.session.plan import HostPlan

ENDING_SECONDS = 20
"""How long a host that is ending may take; each step of it has its own, shorter bound."""
READY = "ready"
"""The line on standard output that says that clients can connect."""
FAILED = "failed "
"""Begins the line that says, in a sentence, why no client will ever be able to."""
TAKEN = "taken"
"""The line that says that another host serves this notebook already."""


class FirstKernel:
    """A kernel whose process was started before the host could speak to it."""

    def __init__(self, wish: bytes, spec: Spec, launched: Launched) -> None:
        self.wish = wish
        """What the client is going to ask for: `cellbridge.session.messages.Warm` as JSON."""
        self.spec = spec
        self._launched: Launched | None = launched

    def take(self) -> Launched | None:
        """Return the process, which is the caller's from now on; None the second time."""
        launched, self._launched = self._launched, None
        return launched

    def abandon(self) -> None:
        """End the process, unless somebody has taken it."""
        if (launched := self.take()) is not None:
            launched.abandon()


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
    with location.host_lock.open("w") as lock:
        if not _locked(lock.fileno()):
            say(TAKEN)
            return 3
        location.socket.unlink(missing_ok=True)
        first = _begun(location.kernel, plan, wish) if wish else None
        try:
            from cellbridge.session.host.main import serve  # noqa: PLC0415 - slow to import

            return serve(location, plan, first)
        finally:
            if first is not None:
                first.abandon()


def say(line: str) -> None:
    """Tell the launching client one thing, then let go of its pipes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    # The client may end at any time; nothing here may ever wait for, or break on, its pipes.
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


def _begun(directory: Path, plan: HostPlan, wish: bytes) -> FirstKernel | None:
    """Start the kernel that is wished for; None where that has to wait.

    Where a kernel may be left of an earlier host, that one comes first. What goes wrong here goes
    wrong again, and is told, when the kernel is asked for.
    """
    if any(directory.glob("k*")):
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
        )
        return FirstKernel(wish, spec, launch(directed))
    except KernelError:
        return None


def _locked(lock: int) -> bool:
    """Lock, waiting for a host that is about to end; False where it does not end.

    Whoever starts a host has found none that listens.
    """

    def give_up(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(ENDING_SECONDS)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    except TimeoutError:
        return False
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return True
