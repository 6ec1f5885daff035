# Size: it is sent to the kernel as one text, and its parts share the kernel's hooks.
# pyright: basic
# Basic: everything here is reached through IPython's and ipykernel's untyped objects.
"""Runs inside ipykernel: run state for a returning host, and ways to stop a cell or the kernel.

Owns the record of the outcomes of runs, the cancelling of an awaiting cell, the end of an abandoned
kernel, the queue for a reader that lags, and the message numbers by which a reader notices losses.
It must not import cellbridge, print, or leave a name in the user's namespace, must run on Python
3.9, and does nothing if it cannot be installed.
"""

import asyncio
import contextlib
import dis
import itertools
import os
import signal
import sys
import threading
import time
from collections import OrderedDict
from pathlib import Path

import ipykernel
import IPython
import tornado
import zmq
from ipykernel.iostream import OutStream

OWN = (OutStream,)
"""ipykernel's own streams, which are safe."""
INTERNAL = tuple(
    str(Path(str(module.__file__)).parent) + os.sep for module in (IPython, ipykernel, tornado, zmq)
)
"""The path prefixes of the kernel's own code."""
REQUEST = "cellbridge_run_control"
REPLY = "cellbridge_run_control_reply"
RUN_LIMIT = 64
"""Runs whose outcomes are kept."""
CHECK_SECONDS = 30.0
"""Longest time between two checks that the owner is running."""
SAMPLES, SAMPLE_SECONDS = 10, 0.005
"""Samples of the main thread's place, and the time between two."""
LAST_SECONDS = 5.0
"""Seconds that the process has to end after its own SIGTERM."""
SEND_LIMIT = 100_000
"""Messages that the kernel holds for a client that does not read; further ones are lost, because
the publishing socket never waits. A flood fills ZeroMQ's default of 1,000 within a tenth of a
second, and on a busy machine the reader may not run for that long."""
NUMBER = b"cellbridge:%d"
"""The routing frame that numbers a message. Frames before the delimiter are for routing, and every
client skips them."""


class RunControl:
    """The state of this kernel's runs and of its owner."""

    def __init__(self, shell):
        self.kernel = shell.kernel
        self.loop = asyncio.get_running_loop()
        self.depth = 0
        self.outcomes = OrderedDict()
        self.question = None
        self.owner = (0, 0.0, 0.0)
        self.owner_changed = threading.Event()
        self.thread = None

    def run_id(self):
        """Return the id of the kernel's current or last request."""
        return ((self.kernel.get_parent("shell") or {}).get("header") or {}).get("msg_id", "")

    def before(self, _info):
        """Note that code runs; called by IPython, even for a nested cell."""
        self.depth += 1

    def after(self, result):
        """Note its outcome."""
        self.depth = max(0, self.depth - 1)
        try:
            run = self.run_id()
            self.outcomes[run] = bool(result.success)
            self.outcomes.move_to_end(run)
            while len(self.outcomes) > RUN_LIMIT:
                self.outcomes.popitem(last=False)
        except (AttributeError, LookupError, TypeError):  # an unexpected version of IPython
            pass

    def wrap_input_request(self, original):
        """Wrap ipykernel's function for input requests; keep the prompt while it waits."""

        def ask(prompt, ident, parent, password=False):  # noqa: FBT002 - ipykernel's own signature
            __tracebackhide__ = True
            self.question = {"prompt": str(prompt), "password": bool(password)}
            try:
                return original(prompt, ident, parent, password=password)
            finally:
                self.question = None

        return ask

    def __call__(self, stream, ident, parent):
        """Answer a request on the control channel; called by ipykernel in its control thread."""
        reply = self.carry_out(parent.get("content") or {})
        self.kernel.session.send(stream, REPLY, reply, parent, ident=ident)

    def carry_out(self, order):
        """Carry out an order and return the answer; called in any thread."""
        op = order.get("op")
        if op == "state":
            return {"status": "ok", "question": self.question, "outcomes": dict(self.outcomes)}
        if op == "cancel":
            cancelled = self.cancel()
            return {"status": "ok", "cancelled": cancelled, "moves": not cancelled and moves()}
        if op == "guard":
            self.guard(int(order["pid"]), float(order["started"]), float(order["seconds"]))
        if op == "interrupt":
            send_to_group(signal.SIGINT)
        return {"status": "ok"}

    def cancel(self):
        """Cancel the task of the running cell; do nothing if it does not await."""
        if not self.depth:
            return False
        for task in asyncio.all_tasks(self.loop):
            if "run_cell_async" in getattr(task.get_coro(), "__qualname__", ""):
                # IPython catches the cancellation around the cell's code and shows it as its error.
                self.loop.call_soon_threadsafe(task.cancel)
                return True
        return False

    def wrap_cancel_on_sigint(self, original):
        """Wrap ipykernel's reaction to SIGINT while a cell awaits, which does not wake its loop."""

        @contextlib.contextmanager
        def cancel_on_sigint(future):
            def interrupt(_number, frame):
                task = asyncio.current_task(self.loop)
                if task is future and runs_cell(frame):
                    raise KeyboardInterrupt  # IPython shows it, as for a cell that does not await.
                # From a signal handler, only this wakes a loop that waits for its sockets.
                self.loop.call_soon_threadsafe(future.cancel)
                if task is not None and task is not future and not is_internal(task):
                    raise asyncio.CancelledError  # A loop of the cell in another of its tasks.

            with original(future):
                signal.signal(signal.SIGINT, interrupt)
                yield

        return cancel_on_sigint

    def guard(self, pid, started, seconds):
        """From now on, end when the owner has been gone for ``seconds`` while nothing ran."""
        self.owner = (pid, started, seconds)
        self.owner_changed.set()
        if seconds and self.thread is None:
            self.thread = threading.Thread(target=self.watch, name="cellbridge-guard", daemon=True)
            self.thread.start()

    def watch(self):
        """Check the owner regularly."""
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
            if self.owner_changed.wait(min(CHECK_SECONDS, max(0.2, seconds / 4))):
                self.owner_changed.clear()
                gone_since = None


def moves():
    """Return True if the main thread runs Python code, which every interrupt reaches."""
    main, seen = threading.main_thread().ident or 0, set()
    for _ in range(SAMPLES):
        frame = sys._current_frames().get(main)  # noqa: SLF001 - there is no other way
        if frame is None:
            return False
        seen.add((id(frame), frame.f_lasti))
        # A short loop releases the interpreter at its jump only.
        at_jump = "JUMP" in dis.opname[frame.f_code.co_code[frame.f_lasti]]
        if at_jump or len(seen) > 1:
            return True
        time.sleep(SAMPLE_SECONDS)  # Wait: the time between two samples.
    return False


def runs_cell(frame):
    """Return True if a frame belongs to the code of a cell, whose exceptions IPython catches."""
    while frame is not None:
        if frame.f_code.co_name == "run_code" and frame.f_code.co_filename.startswith(INTERNAL):
            return True
        frame = frame.f_back
    return False


def is_internal(task):
    """Return True if a task is the kernel's own, and no cell has started it."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is None or code.co_filename.startswith(INTERNAL)


def started_at(pid):
    """Return a number that distinguishes a process from later ones with its id, or None."""
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


def send_to_group(number):
    """Send a signal to this process, and to those it started if it leads their group."""
    with contextlib.suppress(OSError):
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), number)
        else:
            os.kill(os.getpid(), number)


def end():
    """End this process and those it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        send_to_group(number)
        time.sleep(LAST_SECONDS)  # Wait: the time that the process has to end.


def raise_send_limit(kernel):
    """Raise the high water mark of the socket that publishes, in the thread that owns it.

    It also applies to existing connections ("ZMQ_SNDHWM", libzmq 4.2 and newer).
    """
    thread = getattr(kernel, "iopub_thread", None)
    socket = thread.socket if thread is not None else None
    if thread is not None and socket is not None and hasattr(socket, "getsockopt"):
        thread.schedule(lambda: socket.setsockopt(zmq.SNDHWM, SEND_LIMIT))


def number(kernel):
    """Number the published messages, in the order of sending."""
    thread = getattr(kernel, "iopub_thread", None)
    send = getattr(thread, "_really_send", None)
    if thread is None or send is None:
        return
    numbers, process = itertools.count(1), os.getpid()

    def send_numbered(msg, *args, **kwargs):
        # Messages of a forked child pass through here again, in this process.
        if isinstance(msg, list) and len(msg) > 1 and os.getpid() == process:
            msg = [msg[0], NUMBER % next(numbers), *msg[1:]]
        return send(msg, *args, **kwargs)

    thread._really_send = send_numbered  # noqa: SLF001 - only here is the order known


class Stream:
    """A wrapper of a stream that a cell may have replaced or closed; flushing it never fails."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def flush(self):
        """Flush the stream, if possible."""
        with contextlib.suppress(Exception):  # Boundary: a cell may have set any object.
            self.stream.flush()


class Streams:
    """A replacement for the module sys in ipykernel: its streams can always be flushed.

    ipykernel flushes them around each request, and a cell may have set them to anything, such as
    None or a closed file. The request would end without its reply, and some without their "idle".
    """

    def __getattr__(self, name):
        if name not in {"stdout", "stderr"}:
            return getattr(sys, name)
        stream = getattr(sys, name, None)
        return stream if type(stream) in OWN else Stream(stream)


def wrap_tee(original):
    """Wrap IPython's capture of a cell's output, so that its failure does not end the cell."""

    @contextlib.contextmanager
    def tee(channel):
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(Exception):  # Boundary: as above.
                stack.enter_context(original(channel=channel))
            yield

    return tee


def tolerate_any_stream(shell):
    """Let each request be answered, even if cells have replaced the standard streams."""
    for name in ("kernelbase", "zmqshell", "displayhook"):
        module = sys.modules.get(f"ipykernel.{name}")
        if module is not None and getattr(module, "sys", None) is sys:
            setattr(module, "sys", Streams())  # noqa: B010 - a name that no module declares
    if hasattr(shell, "_tee"):
        shell._tee = wrap_tee(shell._tee)  # noqa: SLF001 - there is no other way


def install():
    """Install everything."""
    shell = IPython.get_ipython()
    if shell is None or REQUEST in shell.kernel.control_handlers:
        return
    control = RunControl(shell)
    shell.events.register("pre_run_cell", control.before)
    shell.events.register("post_run_cell", control.after)
    wrap_input_request = control.wrap_input_request(shell.kernel._input_request)  # noqa: SLF001 - there is no other way
    shell.kernel._input_request = wrap_input_request  # noqa: SLF001 - as above
    shell.kernel._cancel_on_sigint = control.wrap_cancel_on_sigint(  # noqa: SLF001 - as above
        shell.kernel._cancel_on_sigint  # noqa: SLF001 - as above
    )
    shell.kernel.control_handlers[REQUEST] = control
    tolerate_any_stream(shell)
    raise_send_limit(shell.kernel)
    number(shell.kernel)


install()
