# pyright: basic
# Basic, as everything here is reached through IPython's and ipykernel's untyped objects.
"""Runs inside ipykernel: what a host needs to come back to a kernel, and to stop a cell.

Owns the record of which runs ended how, the cancelling of an awaiting cell, the end of a kernel
that nobody comes back to, how much the kernel holds for a reader that lags, and the numbers by
which a reader finds out that it has missed something. It must not import
cellbridge, print, or leave a name in the user's namespace, must run on Python 3.9, and falls back
to doing nothing.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import sys
import threading
import time
from collections import OrderedDict
from pathlib import Path

import IPython
import zmq
from ipykernel.iostream import OutStream

OWN = (OutStream,)
"""ipykernel's own streams, which are safe."""
REQUEST = "cellbridge_tending"
REPLY = "cellbridge_tending_reply"
RUN_LIMIT = 64
"""Runs of which it is remembered how they ended."""
LOOK_SECONDS = 30.0
"""Longest time between two looks at whether the owner lives."""
LAST_SECONDS = 5.0
"""What the process gets to end after it has asked itself to."""
HELD_BACK = 100_000
"""Messages that the kernel holds for a client that does not read; what comes beyond is lost, as the
socket that publishes never waits. ZeroMQ's own 1,000 are gone within a tenth of a second of a
flood, which a busy machine may well keep the reader from running."""
NUMBER = b"cellbridge:%d"
"""The routing frame that numbers a message. What stands before the delimiter is for routing, which
every client passes over."""


class Tending:
    """What is known of this kernel's runs and of its owner."""

    def __init__(self, shell):
        self.kernel = shell.kernel
        self.loop = asyncio.get_running_loop()
        self.depth = 0
        self.outcomes = OrderedDict()
        self.question = None
        self.owner = (0, 0.0, 0.0)
        self.told = threading.Event()
        self.thread = None

    def run_id(self):
        """Return the id of the request that the kernel works on, or worked on last."""
        return ((self.kernel.get_parent("shell") or {}).get("header") or {}).get("msg_id", "")

    def before(self, _info):
        """Note that code runs; called by IPython, also for a cell within a cell."""
        self.depth += 1

    def after(self, result):
        """Note how it ended."""
        self.depth = max(0, self.depth - 1)
        try:
            run = self.run_id()
            self.outcomes[run] = bool(result.success)
            self.outcomes.move_to_end(run)
            while len(self.outcomes) > RUN_LIMIT:
                self.outcomes.popitem(last=False)
        except (AttributeError, LookupError, TypeError):  # not the IPython that we know
            pass

    def asking(self, original):
        """Return ipykernel's way to ask for a line, which remembers the question meanwhile."""

        def ask(prompt, ident, parent, password=False):  # noqa: FBT002 - ipykernel's own signature
            __tracebackhide__ = True
            self.question = {"prompt": str(prompt), "password": bool(password)}
            try:
                return original(prompt, ident, parent, password=password)
            finally:
                self.question = None

        return ask

    def answer(self, stream, ident, parent):
        """Answer a request on the control channel; called by ipykernel in its control thread."""
        content = parent.get("content") or {}
        op = content.get("op")
        reply = {"status": "ok"}
        if op == "state":
            reply = {"status": "ok", "question": self.question, "outcomes": dict(self.outcomes)}
        elif op == "cancel":
            reply = {"status": "ok", "cancelled": self.cancel()}
        elif op == "guard":
            self.guard(int(content["pid"]), float(content["started"]), float(content["seconds"]))
        self.kernel.session.send(stream, REPLY, reply, parent, ident=ident)

    def cancel(self):
        """Cancel the task of the cell that runs; nothing happens where it does not await."""
        if not self.depth:
            return False
        for task in asyncio.all_tasks(self.loop):
            if "run_cell_async" in getattr(task.get_coro(), "__qualname__", ""):
                # IPython catches the cancellation around the cell's code and shows it as its error.
                self.loop.call_soon_threadsafe(task.cancel)
                return True
        return False

    def guard(self, pid, started, seconds):
        """From now on, end once the owner has been gone for so long while nothing ran."""
        self.owner = (pid, started, seconds)
        self.told.set()
        if seconds and self.thread is None:
            self.thread = threading.Thread(target=self.watch, name="cellbridge-guard", daemon=True)
            self.thread.start()

    def watch(self):
        """Look at the owner now and then."""
        gone_since = None
        while True:
            pid, started, seconds = self.owner
            now = time.monotonic()
            if not seconds or self.depth or started_at(pid) == started:
                gone_since = None
            elif gone_since is None:
                gone_since = now
            elif now - gone_since >= seconds:
                end()
            if self.told.wait(min(LOOK_SECONDS, max(0.2, seconds / 4))):
                self.told.clear()
                gone_since = None


def started_at(pid):
    """Return a number that tells a process from later ones of the same id; None without it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return None if stat[0] in "ZX" else float(stat[19])
    except (OSError, ValueError, IndexError):
        if Path("/proc/self/stat").exists():
            return None
    import psutil  # noqa: PLC0415 - not needed on Linux

    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def end():
    """End this process and those it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):
            if os.getpgrp() == os.getpid():
                os.killpg(os.getpid(), number)
            else:
                os.kill(os.getpid(), number)
        time.sleep(LAST_SECONDS)  # Wait: what the process gets to end.


def hold_more(kernel):
    """Raise the high water mark of the socket that publishes, in the thread that owns it.

    It takes effect for connections that stand already ("ZMQ_SNDHWM", libzmq 4.2 and newer).
    """
    thread = getattr(kernel, "iopub_thread", None)
    socket = thread.socket if thread is not None else None
    if thread is not None and socket is not None and hasattr(socket, "getsockopt"):
        thread.schedule(lambda: socket.setsockopt(zmq.SNDHWM, HELD_BACK))


def number(kernel):
    """Number what is published, in the order in which it leaves."""
    thread = getattr(kernel, "iopub_thread", None)
    send = getattr(thread, "_really_send", None)
    if thread is None or send is None:
        return
    numbers, process = itertools.count(1), os.getpid()

    def numbered(msg, *args, **kwargs):
        # What a forked child says comes through here once more, in this process.
        if isinstance(msg, list) and len(msg) > 1 and os.getpid() == process:
            msg = [msg[0], NUMBER % next(numbers), *msg[1:]]
        return send(msg, *args, **kwargs)

    thread._really_send = numbered  # noqa: SLF001 - there is no other place where the order is known


class Stream:
    """A stream that a cell may have replaced or closed, for those who only want it flushed."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def flush(self):
        """Flush the stream, where that is possible."""
        with contextlib.suppress(Exception):  # Boundary: it is whatever a cell has made it.
            self.stream.flush()


class Streams:
    """The module sys as ipykernel sees it: its streams can always be flushed.

    ipykernel does so around each request, and a cell may have set them to anything: None, a file
    that is closed. The request would end without its reply, and some without their "idle".
    """

    def __getattr__(self, name):
        if name not in {"stdout", "stderr"}:
            return getattr(sys, name)
        stream = getattr(sys, name, None)
        return stream if type(stream) in OWN else Stream(stream)


def teeing(original):
    """Return IPython's way to keep what a cell prints, which does not end the cell if it fails."""

    @contextlib.contextmanager
    def tee(channel):
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(Exception):  # Boundary: as above.
                stack.enter_context(original(channel=channel))
            yield

    return tee


def bear_any_stream(shell):
    """Have each request be answered, whatever cells have made of the standard streams."""
    for name in ("kernelbase", "zmqshell", "displayhook"):
        module = sys.modules.get(f"ipykernel.{name}")
        if module is not None and getattr(module, "sys", None) is sys:
            setattr(module, "sys", Streams())  # noqa: B010 - a name that no module declares
    if hasattr(shell, "_tee"):
        shell._tee = teeing(shell._tee)  # noqa: SLF001 - there is no other way


def install():
    """Put everything in place."""
    shell = IPython.get_ipython()
    if shell is None or REQUEST in shell.kernel.control_handlers:
        return
    tending = Tending(shell)
    shell.events.register("pre_run_cell", tending.before)
    shell.events.register("post_run_cell", tending.after)
    asking = tending.asking(shell.kernel._input_request)  # noqa: SLF001 - there is no other way
    shell.kernel._input_request = asking  # noqa: SLF001 - as above
    shell.kernel.control_handlers[REQUEST] = tending.answer
    bear_any_stream(shell)
    hold_more(shell.kernel)
    number(shell.kernel)


install()
